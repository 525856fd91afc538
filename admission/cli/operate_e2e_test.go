package cli_test

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gatekeeper/admission/admissiontest"
)

func (p *program) writes(name, text string) (path string) {
	p.t.Helper()
	path = filepath.Join(p.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return path
}

// listed runs a command with --json and returns the list under its name.
func (p *program) listed(name string, args ...string) []any {
	p.t.Helper()
	var answer object
	if err := json.Unmarshal([]byte(p.runs(append(args, "--json")...)), &answer); err != nil {
		p.t.Fatal(err)
	}
	return answer[name].([]any)
}

func TestTheCommandLineCoversWhatThePageDoes(t *testing.T) {
	p := serve(t)
	p.runs("instance", "set", "main", "--capacity", "1")
	p.player("ana").plays()
	ben, cem := p.player("ben").queues(1), p.player("cem").queues(2)
	queue := p.listed("places", "queue", "list", "--instance", "main")
	if len(queue) != 2 || queue[0].(object)["accountName"] != "ben" {
		t.Fatalf("the queue is %v", queue)
	}
	p.runs("queue", "move", "--instance", "main", "--character", cem.character, "1")
	p.runs("queue", "remove", "--instance", "main", "--character", ben.character, "--reason", "late")
	sessions := p.listed("sessions", "session", "list", "--instance", "main")
	if len(sessions) != 1 {
		t.Fatalf("the sessions are %v", sessions)
	}
	p.runs("session", "end", sessions[0].(object)["sessionId"].(string), "--reason", "enough")
	if text := p.runs("session", "list"); !strings.Contains(text, "cem") || strings.Contains(text, "ana") {
		t.Errorf("the sessions are\n%s", text)
	}
	account := p.listed("accounts", "account", "list", "ana")[0].(object)["accountId"].(string)
	fresh := strings.TrimSpace(p.runs("account", "password", account))
	p.must(200, "POST", "/auth/login", "", object{"name": "ana", "password": fresh})
	p.runs("lock", "clear", account)
	if text := p.runs("lock", "list"); strings.Count(text, "\n") != 1 {
		t.Errorf("the locks are\n%s", text)
	}
	if text := p.runs("build", "list"); !strings.Contains(text, "main") {
		t.Errorf("the builds are\n%s", text)
	}
	if text := p.runs("export", "events", "--event", "admin.session_ended"); strings.Count(text, "\n") != 1 || !strings.Contains(text, `"by":"command line"`) {
		t.Errorf("the events are\n%s", text)
	}
}

func TestKeysAndAdminsAreMadeByTheCommandLine(t *testing.T) {
	p := serve(t)
	key := strings.TrimSpace(p.runs("key", "add", "bot", "--scope", "viewer", "--instance", "main"))
	file := p.writes("key", key+"\n")
	out, err := exec.Command(p.Binary, "instance", "list", "--url", p.URL(), "--key-file", file).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "main") {
		t.Errorf("by the key: %v\n%s", err, out)
	}
	out, err = exec.Command(p.Binary, "instance", "close", "main", "--url", p.URL(), "--key-file", file).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "You may not do this") {
		t.Errorf("a viewer's key closes: %v\n%s", err, out)
	}
	p.runs("key", "revoke", "bot")
	p.must(401, "GET", "/admin/api/instances", key, nil)
	if out, err := p.Run("key", "revoke", "bot"); err == nil {
		t.Errorf("a key that is gone is revoked: %s", out)
	}
	p.runs("admin", "add", "olga", "--role", "owner", "--password-file", p.writes("password", "a password of olga\n"))
	p.must(200, "POST", "/admin/api/login", "", object{"name": "olga", "password": "a password of olga"})
	p.runs("admin", "set", "olga", "--password-file", p.writes("password", "another one of olga"))
	p.must(401, "POST", "/admin/api/login", "", object{"name": "olga", "password": "a password of olga"})
	if out, err := p.Run("admin", "remove", "olga"); err == nil {
		t.Errorf("the last owner is removed: %s", out)
	}
}

func TestOperatorsHaveADoorOfTheirOwn(t *testing.T) {
	door := admissiontest.FreeAddress(t)
	p := serve(t, "--admin-listen", door)
	p.runs("instance", "list") // finds it
	for path, want := range map[string]map[string]int{
		"/admin/":              {p.Addr: 404, door: 200},
		"/metrics":             {p.Addr: 404, door: 200},
		"/admin/api/instances": {p.Addr: 404, door: 401},
		"/debug/pprof/":        {p.Addr: 404, door: 401},
		"/instances":           {p.Addr: 200, door: 404},
		"/healthz":             {p.Addr: 200, door: 200},
	} {
		for addr, status := range want {
			response, err := http.Get("http://" + addr + path)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode != status {
				t.Errorf("%s at %s: %d, want %d", path, addr, response.StatusCode, status)
			}
		}
	}
	if !strings.Contains(p.read(p.Stdout), "http://"+door+"/admin/#setup=") {
		t.Errorf("the link leads elsewhere:\n%s", p.read(p.Stdout))
	}
}

func TestTheDrillPassesOnAFreshServerAndNeedsTheLab(t *testing.T) {
	p := serve(t)
	if out, err := p.Run("drill"); err == nil || !strings.Contains(out, "--lab") {
		t.Errorf("without a lab: %v\n%s", err, out)
	}
	p = serve(t, "--lab")
	if out := p.runs("drill"); strings.Count(out, "✓") != 13 {
		t.Errorf("the drill:\n%s", out)
	}
}

// TestTheDrillCrossesTheRuleThatIsBroken builds the program with one rule broken on purpose, a line each.
func TestTheDrillCrossesTheRuleThatIsBroken(t *testing.T) {
	for rule, m := range map[string]struct{ file, was, is, crossed string }{
		"one seat too many is given": {
			"checks.go", "return in.SeatsTaken() < in.Capacity && in.queue.next() == nil",
			"return in.SeatsTaken() <= in.Capacity && in.queue.next() == nil", "full",
		},
		"six failures lock":         {"ratelimit.go", "FailureLimit  = 5", "FailureLimit  = 6", "five-failures"},
		"a drain lets newcomers in": {"checks.go", "t.continues() || t.Instance.Mode != ModeDraining", "t.continues() || t.Instance.Mode != ModeClosed", "drain"},
	} {
		t.Run(rule, func(t *testing.T) {
			p := &program{Program: admissiontest.NewProgram(t, mutant(t, m.file, m.was, m.is), "--lab"), t: t, http: contractClient(t)}
			p.Start(t)
			out, err := exec.Command(p.Binary, "drill", "--json", "--data", p.Dir).Output()
			if err == nil {
				t.Error("the drill passes")
			}
			var run struct {
				Steps []struct{ ID, State, Detail string }
			}
			if err := json.Unmarshal(out, &run); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			var crossed []string
			for _, step := range run.Steps {
				if step.State == "failed" {
					crossed = append(crossed, step.ID)
					t.Log(step.ID, step.Detail)
				}
			}
			if len(crossed) == 0 || crossed[0] != m.crossed {
				t.Errorf("crossed are %v, want %s first", crossed, m.crossed)
			}
		})
	}
}

// mutant builds the program with one line of the engine replaced; the tree itself stays as it is.
func mutant(t *testing.T, file, was, is string) (binary string) {
	t.Helper()
	source, err := filepath.Abs(filepath.Join("..", file))
	if err != nil {
		t.Fatal(err)
	}
	text := admissiontest.ReadFile(t, source)
	if strings.Count(text, was) != 1 {
		t.Fatalf("%q stands %d times in %s", was, strings.Count(text, was), file)
	}
	dir := t.TempDir()
	broken, overlay, binary := filepath.Join(dir, file), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "gatekeeper")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {source: broken}})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{broken: []byte(strings.Replace(text, was, is, 1)), overlay: replace} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-overlay", overlay, "-o", binary, "gatekeeper")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("the mutant does not build: %v\n%s", err, out)
	}
	return binary
}
