package telemetry_test

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"gatekeeper/admission"
	"gatekeeper/admission/telemetry"
)

func scrape(m *telemetry.Metrics) string {
	var b bytes.Buffer
	m.WritePrometheus(&b)
	return b.String()
}

func newMetrics() *telemetry.Metrics {
	return telemetry.NewMetrics("v1", func() telemetry.Gauges {
		return telemetry.Gauges{
			Instances:  []telemetry.InstanceGauges{{ID: "main", Active: 3, Grace: 1, Capacity: 50, QueueDepth: 2, QueuePeak: 7}},
			Websockets: 4, PendingOps: 5, WebhookLag: map[string]int{"8d2c": 6},
		}
	})
}

func TestEventsBecomeCounts(t *testing.T) {
	m := newMetrics()
	m.Commit(time.Millisecond, 3, []admission.Event{
		{Name: admission.EventAdmitted, Instance: "main", Data: map[string]any{"resumed": false}},
		{Name: admission.EventAdmitted, Instance: "main", Data: map[string]any{"waitSeconds": 42.0}},
		{Name: admission.EventQueued, Instance: "main"},
		{Name: admission.EventFailed, Instance: "main", Reason: "VERSION_MISMATCH"},
		{Name: admission.EventThrottled, Instance: "main"},
		{Name: admission.EventThrottled, Data: map[string]any{"count": 40}},
		{Name: admission.EventReconnected, Instance: "main"},
	}, nil)
	m.Commit(time.Second, 1, []admission.Event{{Name: admission.EventQueued, Instance: "main"}}, errors.New("disk full"))
	m.Refused(admission.NotAuthenticated)
	text := scrape(m)
	for _, line := range []string{
		`gatekeeper_connection_attempts_total{game_instance="main",outcome="admitted",reason=""} 1`,
		`gatekeeper_connection_attempts_total{game_instance="main",outcome="queued",reason=""} 1`,
		`gatekeeper_connection_attempts_total{game_instance="main",outcome="failed",reason="VERSION_MISMATCH"} 1`,
		`gatekeeper_connection_attempts_total{game_instance="",outcome="failed",reason="NOT_AUTHENTICATED"} 1`,
		`gatekeeper_version_mismatches_total{game_instance="main"} 1`,
		`gatekeeper_rate_limit_blocks_total 41`,
		`gatekeeper_reconnections_total{game_instance="main",result="success"} 1`,
		`gatekeeper_queue_wait_seconds_bucket{le="60"} 1`,
		`gatekeeper_storage_errors_total 1`,
		`gatekeeper_sessions{game_instance="main",state="active"} 3`,
		`gatekeeper_queue_depth_peak{game_instance="main"} 7`,
		`gatekeeper_build_info{version="v1"} 1`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("the scrape lacks %s", line)
		}
	}
}

func TestEveryFamilyHasHelpAndType(t *testing.T) {
	m := newMetrics()
	m.Commit(time.Millisecond, 1, []admission.Event{
		{Name: admission.EventFailed, Instance: "main", Reason: "VERSION_MISMATCH"}, {Name: admission.EventReconnected, Instance: "main"},
	}, nil)
	m.Webhooks("taken", 1)
	text := scrape(m)
	typed := map[string]bool{}
	for _, found := range regexp.MustCompile(`(?m)^# TYPE (\S+) `).FindAllStringSubmatch(text, -1) {
		typed[found[1]] = true
		if !regexp.MustCompile(`(?m)^# HELP ` + found[1] + ` \S`).MatchString(text) {
			t.Errorf("%s has no HELP", found[1])
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		name := regexp.MustCompile(`^[a-z_]+`).FindString(line)
		family := regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(name, "")
		if !strings.HasPrefix(line, "#") && !typed[name] && !typed[family] {
			t.Errorf("%s has no TYPE", name)
		}
	}
	if len(typed) != 23 {
		t.Errorf("%d families, the contract has 17, backups two and webhooks two, the doors two", len(typed))
	}
}

func TestALabelCannotBreakTheScrape(t *testing.T) {
	m := newMetrics()
	m.Commit(0, 1, []admission.Event{{Name: admission.EventQueued, Instance: "x\"} 1\nevil 2"}}, nil)
	if strings.Contains(scrape(m), "evil") {
		t.Error("a label broke out")
	}
	m = telemetry.NewMetrics("v1", func() telemetry.Gauges {
		return telemetry.Gauges{Instances: []telemetry.InstanceGauges{{ID: "x\"} 1\nevil 2"}, {ID: "main", Active: 3}}}
	})
	if text := scrape(m); strings.Contains(text, "evil") || !strings.Contains(text, `{game_instance="main",state="active"} 3`) {
		t.Errorf("a gauge's label broke out:\n%s", text)
	}
}

func TestTheSameStateReadsTheSame(t *testing.T) {
	m := newMetrics()
	first := scrape(m)
	for range 50 {
		if scrape(m) != first {
			t.Fatal("the order of the scrape varies")
		}
	}
}

func TestLogsAreOneLineAnEvent(t *testing.T) {
	var b bytes.Buffer
	log, flush, err := telemetry.NewLogger(&b, "info", "auto")
	if err != nil {
		t.Fatal(err)
	}
	log.Events([]admission.Event{{Seq: 7, Name: admission.EventQueued, Reason: "a\nb", Attempt: "x"}})
	flush(t.Context())
	if line := b.String(); strings.Count(line, "\n") != 1 || !strings.Contains(line, `"attemptId":"x"`) {
		t.Errorf("the log is %q", line)
	}
	if _, _, err := telemetry.NewLogger(&b, "loud", "json"); err == nil {
		t.Error("an unknown level is taken")
	}
	if _, _, err := telemetry.NewLogger(&b, "info", "xml"); err == nil {
		t.Error("an unknown format is taken")
	}
}

// TestTheEndOfALogLosesNoLine ends loggers just after a line, while their readers look for one.
func TestTheEndOfALogLosesNoLine(t *testing.T) {
	for round := range 20000 {
		var b bytes.Buffer
		log, flush, err := telemetry.NewLogger(&b, "info", "json")
		if err != nil {
			t.Fatal(err)
		}
		log.Info().Msg("the last words")
		flush(t.Context())
		if !strings.Contains(b.String(), "the last words") {
			t.Fatalf("in round %d the last line is missing: %q", round, b.String())
		}
	}
}

func TestALogThatNobodyReadsHoldsNobodyUp(t *testing.T) {
	read, blocked := io.Pipe()
	log, flush, err := telemetry.NewLogger(blocked, "info", "json")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20_000 {
		log.Events([]admission.Event{{Seq: uint64(i), Name: admission.EventQueued}})
	}
	var text bytes.Buffer
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(&text, read)
	}()
	flush(t.Context())
	blocked.Close()
	<-done
	if !strings.Contains(text.String(), "lines were left out") {
		t.Errorf("nobody is told that lines are missing, in %d bytes", text.Len())
	}
	if !strings.Contains(text.String(), `"seq":19999`) {
		t.Error("the newest line is missing")
	}
}

// TestWhatPlayersSayForgesNoLine writes what anybody may choose into the log, as a field, as a name and as a message.
func TestWhatPlayersSayForgesNoLine(t *testing.T) {
	const forged = "Hero\n{\"level\":\"info\",\"message\":\"admin logged in\"}\r\x1b[2J\x1b]0;title\x07\u202e\u0085\u2028\x9b31m\x00"
	for _, format := range []string{"json", "text"} {
		var out bytes.Buffer
		log, flush, err := telemetry.NewLogger(&out, "debug", format)
		if err != nil {
			t.Fatal(err)
		}
		log.Warn().Str("path", forged).Err(errors.New(forged)).Msg(forged)
		log.Events([]admission.Event{{Seq: 1, Name: "connection.failed", Reason: forged, Character: admission.CharacterID(forged), Data: map[string]any{"message": forged, "list": []string{forged}}}})
		flush(t.Context())
		if lines := strings.Count(out.String(), "\n"); lines != 2 {
			t.Errorf("%s: two entries make %d lines:\n%q", format, lines, out.String())
		}
		if steers := strings.IndexFunc(strings.ReplaceAll(out.String(), "\n", ""), func(r rune) bool {
			return r < ' ' || r == 0x7f || format == "text" && !unicode.IsPrint(r)
		}); steers >= 0 {
			t.Errorf("%s: the log steers the terminal: %q", format, out.String())
		}
	}
}
