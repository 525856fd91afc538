package admission_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestArrowsGoOneWay keeps the walls where they are: each package may not know those named, and the reason.
func TestArrowsGoOneWay(t *testing.T) {
	const here = "gatekeeper/"
	for pkg, bans := range map[string]map[string]string{
		"admission": {
			"net": "the engine does no I/O", "os/exec": "the engine does no I/O", "database/sql": "the engine does no I/O",
			here + "admission/gate": "the engine does not know who drives it", here + "storage": "the engine does not know its store",
		},
		"admission/gate": {
			"net/http": "the gate does not know the door", "database/sql": "the gate knows its store by an interface",
			here + "storage": "the gate knows its store by an interface", here + "admission/wire": "the gate does not know the contract's form",
		},
		"admission/wire":        {here + "admission/gate": "messages do not know who sends them"},
		"admission/auth":        {here + "admission/gate": "who asks is found out beside the engine", "net/http": "a door may be another one"},
		"admission/certificate": {here + "admission": "a certificate knows nothing of players", here + "storage": "a certificate is a file"},
		"admission/ticket":      {here + "admission/gate": "tickets are signed beside the engine", "net/http": "a door may be another one"},
		"admission/telemetry":   {here + "admission/gate": "telemetry is fed, it does not reach in", here + "admission/httpapi": "telemetry is fed"},
		"admission/httpapi":     {here + "storage": "the door goes through the gate", "database/sql": "the door goes through the gate", here + "webui": "pages are handed in"},
		"admission/sim": {
			here + "admission/httpapi": "the lab goes through the doors, over the network", here + "admission/cli": "the lab is put in by the command line",
			here + "storage": "the lab wraps a store by the gate's interface",
		},
		"admission/gamelink": {
			here + "storage": "it tells of what the gate says is durable", "database/sql": "it tells of what the gate says is durable",
			here + "admission/httpapi": "the door is another one", here + "webui": "it has no page",
		},
		"admission/report": {here + "admission": "a page takes any document", here + "admission/wire": "a page takes any document"},
		"storage":          {here + "admission/gate": "the store does not know who drives it", "net/http": "the store speaks to nobody"},
		"webui":            {here + "admission": "pages know the contract only"},
	} {
		for _, dep := range dependencies(t, here+pkg) {
			if reason, banned := bans[dep]; banned {
				t.Errorf("%s knows %s, but %s", pkg, dep, reason)
			}
		}
	}
}

func TestTheEngineUsesTheStandardLibraryOnly(t *testing.T) {
	for _, dep := range dependencies(t, "gatekeeper/admission") {
		if first, _, _ := strings.Cut(dep, "/"); strings.Contains(first, ".") {
			t.Errorf("it knows %s", dep)
		}
	}
}

func dependencies(t *testing.T, pkg string) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", pkg).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}
