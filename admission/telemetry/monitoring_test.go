package telemetry_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/admissiontest"
	"gatekeeper/admission/telemetry"
)

// promtool runs it in the folder of the rules; it must find nothing to say against its input.
func promtool(t *testing.T, input []byte, args ...string) {
	t.Helper()
	command := exec.Command(admissiontest.Prometheus(t, "promtool"), args...)
	command.Dir, command.Stdin = "monitoring", bytes.NewReader(input)
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func TestAlertsFireWhenTheyShouldAndOnlyThen(t *testing.T) {
	promtool(t, nil, "test", "rules", "alerts_test.yaml")
	cases, err := os.ReadFile("monitoring/alerts_test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, alert := range regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(telemetry.Alerts(telemetry.QueueWaitSLO), -1) {
		if !bytes.Contains(cases, []byte("alertname: "+alert[1])) {
			t.Errorf("nobody tries %s", alert[1])
		}
	}
}

func TestAlertsTakeTheOperatorsTarget(t *testing.T) {
	rules := telemetry.Alerts(90 * time.Second)
	if !strings.Contains(rules, "> 90 # --queue-wait-slo") || strings.Contains(rules, "> 600") {
		t.Errorf("the rules say\n%s", rules)
	}
	path := filepath.Join(t.TempDir(), "alerts.yaml")
	if err := os.WriteFile(path, []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, nil, "check", "rules", path)
}

func TestTheScrapeIsAsPrometheusWantsIt(t *testing.T) {
	var text bytes.Buffer
	busy(3).WritePrometheus(&text)
	promtool(t, text.Bytes(), "check", "metrics")
	families := regexp.MustCompile(`(?m)^# TYPE (\w+) `).FindAllSubmatch(text.Bytes(), -1)
	known := make(map[string]bool)
	for _, family := range families {
		known[string(family[1])] = true
	}
	for _, query := range dashboardQueries(t) {
		for _, name := range regexp.MustCompile(`gatekeeper_\w+`).FindAllString(query, -1) {
			if !known[strings.TrimSuffix(name, "_bucket")] {
				t.Errorf("the dashboard asks for %s, which nobody counts", name)
			}
		}
	}
	for _, name := range regexp.MustCompile(`gatekeeper_\w+`).FindAllString(telemetry.Alerts(time.Minute), -1) {
		if !known[strings.TrimSuffix(name, "_bucket")] {
			t.Errorf("an alert looks at %s, which nobody counts", name)
		}
	}
}

func dashboardQueries(t *testing.T) (queries []string) {
	t.Helper()
	var board struct {
		Panels []struct {
			Title, Description string
			Targets            []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(telemetry.Dashboard), &board); err != nil {
		t.Fatal(err)
	}
	for _, panel := range board.Panels {
		for _, target := range panel.Targets {
			if panel.Description == "" {
				t.Errorf("%q does not say what it shows", panel.Title)
			}
			queries = append(queries, target.Expr)
		}
	}
	return queries
}

// busy are metrics of so many instances on which everything has happened.
func busy(instances int) *telemetry.Metrics {
	gauges := telemetry.Gauges{Websockets: 5, PendingOps: 1, WebhookLag: map[string]int{"hook": 3}}
	var events []admission.Event
	for i := range instances {
		id := admission.InstanceID(fmt.Sprint("instance-", i))
		gauges.Instances = append(gauges.Instances, telemetry.InstanceGauges{ID: id, Active: 1, Capacity: 50, QueueDepth: 2, QueuePeak: 3})
		for _, reason := range []admission.Reason{
			admission.VersionMismatch, admission.QueueFull, admission.InvalidRequest, admission.InternalError,
		} {
			events = append(events, admission.Event{Name: admission.EventFailed, Instance: id, Reason: string(reason)})
		}
		events = append(events,
			admission.Event{Name: admission.EventAdmitted, Instance: id},
			admission.Event{Name: admission.EventAdmitted, Instance: id, Data: map[string]any{"waitSeconds": 7.5}},
			admission.Event{Name: admission.EventQueued, Instance: id},
			admission.Event{Name: admission.EventTimeout, Instance: id, Reason: string(admission.TimedOut)},
			admission.Event{Name: admission.EventThrottled, Instance: id},
			admission.Event{Name: admission.EventReconnected, Instance: id},
		)
	}
	m := telemetry.NewMetrics("v1", func() telemetry.Gauges { return gauges })
	m.Admission(time.Millisecond)
	m.Handshake(time.Millisecond)
	m.Refused(admission.NotAuthenticated)
	m.ReconnectionRefused("instance-0")
	m.Backup(nil)
	m.Commit(time.Millisecond, 3, events, nil)
	return m
}

// BenchmarkScrape is what one scrape costs with as many instances as anybody has.
func BenchmarkScrape(b *testing.B) {
	m := busy(100)
	var text bytes.Buffer
	for b.Loop() {
		text.Reset()
		m.WritePrometheus(&text)
	}
	b.ReportMetric(float64(text.Len()), "bytes")
}
