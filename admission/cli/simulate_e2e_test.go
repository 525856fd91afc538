package cli_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAnExportedEveningIsSimulated lets virtual players have an evening, and simulates it from what was exported.
func TestAnExportedEveningIsSimulated(t *testing.T) {
	p := serve(t)
	p.runs("bench", "--instance", "main", "--players", "30", "--arrival", "60", "--session", "1s")
	events := p.writes("evening.ndjson", p.runs("export", "events"))
	page := filepath.Join(t.TempDir(), "seats.html")
	out, err := exec.Command(p.Binary, "simulate", "--capacity", "2,50", "--events", events, "--target-wait", "1s", "--json", "--html", page).Output()
	if err != nil {
		t.Fatal(err)
	}
	var found struct {
		Kind string
		Runs []struct{ Capacity, Arrived, Admitted, Queued int }
	}
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatal(err)
	}
	if found.Kind != "simulation" || len(found.Runs) != 2 || found.Runs[1].Arrived != 30 || found.Runs[1].Admitted != 30 || found.Runs[0].Queued == 0 {
		t.Errorf("it found %+v", found)
	}
	text, err := os.ReadFile(page)
	if err != nil || !strings.Contains(string(text), `"kind":"simulation"`) {
		t.Errorf("the page is %d bytes: %v", len(text), err)
	}
}

func TestASimulationTellsHowManySeatsItTakes(t *testing.T) {
	p := serve(t)
	run := func(args ...string) (string, int) {
		command := exec.Command(p.Binary, append([]string{"simulate"}, args...)...)
		out, _ := command.CombinedOutput()
		return string(out), command.ProcessState.ExitCode()
	}
	out, status := run("--capacity", "5,40", "--arrivals", "rush", "--per-hour", "60", "--rush-players", "50")
	if status != 0 || !strings.Contains(out, "seats keep 95 of 100 waits within 5m") || !strings.Contains(out, "--queue-wait-slo 5m\n") {
		t.Errorf("status %d\n%s", status, out)
	}
	for _, wrong := range [][]string{
		{"--capacity", "0"},
		{"--arrivals", "recorded"},
		{"--events", "/nowhere"},
		{"--arrivals", "rush", "--rush-at", "noon"},
		{"--hours", "-1"},
		{"--drop-rate", "2"},
		{"--html", "/nowhere/page.html"},
	} {
		if out, status := run(wrong...); status != 2 || strings.Count(out, "\n") != 1 {
			t.Errorf("%v: status %d\n%s", wrong, status, out)
		}
	}
}
