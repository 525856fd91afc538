package cli_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gatekeeper/admission/admissiontest"
	"gatekeeper/admission/sim"
)

func TestALoadTestOfARunningServer(t *testing.T) {
	p := serve(t, "--auth", "guest")
	p.runs("instance", "set", "main", "--capacity", "150", "--queue-max", "1000")
	line := []string{"bench", "--data", p.Dir, "--players", "300", "--arrival", "200", "--session", "1s", "--drop-rate", "0.5", "--duration", "8s"}

	status, stdout, stderr := runs(t, nil, append(line, "--json", "--slo", "reconnections>=98%", "--slo", "errors<=0", "--slo", "refused<=0%")...)
	var r sim.Report
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || status != 0 {
		t.Fatalf("it exits %d and says %v\n%s%s", status, err, stdout, stderr)
	}
	if o := r.Outcomes; o.Arrived != 300 || o.Admitted+o.Queued != 300 || r.Server != p.URL() || r.Version == "" || r.Plan.InstanceID != "main" {
		t.Errorf("the report is %+v", r)
	}
	if back := r.Reconnections; back.Attempted == 0 || back.Succeeded != back.Attempted {
		t.Errorf("the reconnections are %+v", back)
	}
	sessions := p.listed("sessions", "session", "list")
	if len(sessions) > 0 {
		t.Errorf("%d sessions are left", len(sessions))
	}

	short := append(line, "--players", "20")
	status, stdout, stderr = runs(t, nil, append(short, "--slo", "admission.p50<1us", "--slo", "errors<=0")...)
	isOneLine(t, "an impossible rule", stderr)
	if status != 1 || !strings.Contains(stderr, "admission.p50<1us") || strings.Contains(stderr, "errors") {
		t.Errorf("an impossible rule: it exits %d and says %s", status, stderr)
	}
	for _, word := range []string{"arrived", "admission (attempt to answer)", "admission.p50<1us", "NO", "errors<=0", "yes", "Errors: none"} {
		if !strings.Contains(stdout, word) {
			t.Errorf("the report does not tell of %s:\n%s", word, stdout)
		}
	}
}

func TestALoadTestGoesToThePlayersDoor(t *testing.T) {
	p := serve(t, "--admin-listen", admissiontest.FreeAddress(t)) // with local accounts only
	accounts := p.writes("accounts", "ana correct horse\n\nben battery staple\n")
	p.player("ana") // whose password is "correct horse"
	status, stdout, stderr := runs(t, nil, "bench", "--data", p.Dir, "--players", "2", "--arrival", "100", "--session", "1s", "--duration", "2s")
	if status != 0 || !strings.Contains(stdout, p.URL()) {
		t.Errorf("it exits %d and says\n%s%s", status, stdout, stderr)
	}
	status, _, stderr = runs(t, nil, "bench", "--url", p.URL(), "--players", "2", "--accounts", accounts)
	isOneLine(t, "a wrong password", stderr)
	if status != 1 || !strings.Contains(stderr, "ben cannot log in") {
		t.Errorf("a wrong password: it exits %d and says %s", status, stderr)
	}
	status, stdout, stderr = runs(t, nil, "bench", "--url", p.URL(), "--players", "1", "--accounts", accounts, "--session", "1s", "--duration", "2s")
	if status != 0 || !strings.Contains(stdout, "accounts: 1\n") {
		t.Errorf("with accounts it exits %d and says\n%s%s", status, stdout, stderr)
	}
}

func TestALoadTestThatCannotBeSaysWhy(t *testing.T) {
	p := serve(t)
	p.runs("instance", "add", "arena")
	few := p.writes("few", "ana correct horse\n")
	bare := p.writes("bare", "ana\n")
	for args, want := range map[string]struct {
		status int
		says   string
	}{
		"--slo speed<1":            {2, "admission.p95"},
		"--slo errors<1s":          {2, "whole number"},
		"--players 0":              {2, "--players"},
		"--players 20001":          {2, "--players"},
		"--arrival 0":              {2, "--arrival"},
		"--arrival NaN":            {2, "--arrival"},
		"--session 1ms":            {2, "--session"},
		"--drop-rate 1.5":          {2, "--drop-rate"},
		"--duration 0s":            {2, "--duration"},
		"--instance a.b":           {2, "--instance"},
		"--url here":               {2, "--url"},
		"--html nowhere/x.html":    {2, "nowhere"},
		"--accounts nowhere":       {2, "nowhere"},
		"--accounts " + few:        {2, "fewer accounts than players"},
		"--accounts " + bare:       {2, "line 1"},
		"":                         {1, "there are arena, main"},
		"--instance nowhere":       {1, "no instance nowhere"},
		"--data nowhere":           {1, "gatekeeper serve"},
		"--url http://127.0.0.1:1": {1, "cannot be reached"},
	} {
		line := append([]string{"bench", "--data", p.Dir}, strings.Fields(args)...)
		if strings.Contains(args, few) {
			line = append(line, "--instance", "main")
		}
		status, _, stderr := runs(t, nil, line...)
		isOneLine(t, args, stderr)
		if status != want.status || !strings.Contains(stderr, want.says) {
			t.Errorf("bench %s exits %d and says %s", args, status, stderr)
		}
	}
}

func TestAnInterruptedLoadTestStillReports(t *testing.T) {
	p := serve(t, "--auth", "guest")
	stdout, err := os.Create(filepath.Join(t.TempDir(), "report"))
	if err != nil {
		t.Fatal(err)
	}
	defer stdout.Close()
	cmd := exec.Command(p.Binary, "bench", "--data", p.Dir, "--players", "30", "--arrival", "1000", "--session", "1h", "--json")
	cmd.Stdout = stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.eventually("all play", func() bool {
		list := p.must(200, "GET", "/instances", "", nil)["instances"].([]any)[0].(object)
		return list["seatsTaken"] == 30.0
	})
	_ = cmd.Process.Signal(syscall.SIGINT)
	began := time.Now()
	_ = cmd.Wait()
	if took := time.Since(began); cmd.ProcessState.ExitCode() != 1 || took > 8*time.Second {
		t.Errorf("it exits %d after %s", cmd.ProcessState.ExitCode(), took)
	}
	var r sim.Report
	if err := json.Unmarshal([]byte(p.read(stdout.Name())), &r); err != nil || !r.Interrupted || r.Outcomes.Admitted != 30 {
		t.Errorf("it reports %+v, %v", r, err)
	}
	if list := p.must(200, "GET", "/instances", "", nil)["instances"].([]any)[0].(object); list["seatsTaken"] != 0.0 {
		t.Errorf("%v seats are still taken", list["seatsTaken"])
	}
}
