package telemetry_test

import (
	"math"
	"reflect"
	"testing"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/telemetry"
	"gatekeeper/admission/wire"
)

var noon = time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time { return noon.Add(time.Duration(seconds * float64(time.Second))) }

func event(name admission.EventName, seconds float64, reason string, data map[string]any) admission.Event {
	return admission.Event{Name: name, Instance: "main", Time: at(seconds), Reason: reason, Data: data}
}

func TestSamplesTellWhatHappenedInTheirStep(t *testing.T) {
	h := telemetry.NewHistory(noon)
	gauges := []telemetry.InstanceGauges{{ID: "main", Active: 3, Reserved: 1, Grace: 2, Capacity: 10, QueueDepth: 4}}
	if due := h.Sample(noon, gauges); len(due) != 0 {
		t.Fatalf("nothing is over at the start, but %v", due)
	}
	h.Observe([]admission.Event{
		event(admission.EventAdmitted, 1, "", nil),
		event(admission.EventAdmitted, 2, "", map[string]any{"waitSeconds": 2.0}),
		event(admission.EventFailed, 3, "QUEUE_FULL", nil),
		event(admission.EventThrottled, 4, "RATE_LIMITED", map[string]any{"count": 7}),
		event(admission.EventTimeout, 5, "TIMEOUT", nil),
	})
	first := h.Sample(at(10), gauges)[time.Hour]
	if len(first) != 2 {
		t.Fatalf("after ten seconds there are %d samples, want that of the instance and that of all", len(first))
	}
	want := admission.Sample{
		Instance: "main", Step: 10 * time.Second, Time: noon, Capacity: 10, Reserved: 1, Active: 3, Grace: 2, Queue: 4,
		Admissions: 2, WaitP50: first[0].WaitP50, WaitP95: first[0].WaitP95,
		Failures: map[string]int{"QUEUE_FULL": 1, "RATE_LIMITED": 7, "TIMEOUT": 1},
	}
	if !reflect.DeepEqual(first[0], want) || first[0].WaitP95.Round(100*time.Millisecond) != 2*time.Second {
		t.Errorf("the first sample is\n%+v\nwant\n%+v", first[0], want)
	}
	if all := first[1]; all.Instance != "" || all.Admissions != 2 || all.Capacity != 10 {
		t.Errorf("the sample of all is %+v", all)
	}
	second := h.Sample(at(20), gauges)[time.Hour][0]
	if second.Admissions != 0 || second.WaitP95 >= 0 || second.Failures != nil || !second.Time.Equal(at(10)) {
		t.Errorf("the second sample is %+v, in which nothing happened", second)
	}
	minute := h.Sample(at(60), gauges)[7*24*time.Hour]
	if len(minute) != 2 || minute[0].Admissions != 2 || minute[0].Step != time.Minute || !minute[0].Time.Equal(noon) {
		t.Errorf("after a minute there are %+v", minute)
	}
}

func TestThePulseForgets(t *testing.T) {
	h := telemetry.NewHistory(noon)
	h.Observe([]admission.Event{
		event(admission.EventAdmitted, 0, "", map[string]any{"waitSeconds": 30.0}),
		event(admission.EventAdmitted, 30, "", nil),
		event(admission.EventFailed, 31, "DRAIN_MODE", nil),
	})
	for _, c := range []struct {
		seconds            float64
		admissions, failed int
		hasWait            bool
	}{{59, 2, 1, true}, {61, 1, 1, true}, {91, 0, 1, true}, {631, 0, 0, true}, {3599, 0, 0, true}, {7300, 0, 0, false}} {
		p := h.Pulse("main", at(c.seconds))
		if p.AdmissionsPerMinute != c.admissions || p.Failures["DRAIN_MODE"] != c.failed || (p.WaitP95Seconds != nil) != c.hasWait {
			t.Errorf("after %v s the pulse is %+v, want %+v", c.seconds, p, c)
		}
	}
}

func TestStatsCountWhatTheEventsTell(t *testing.T) {
	h := telemetry.NewHistory(noon)
	var events []admission.Event
	for name, n := range map[admission.EventName]int{
		admission.EventAttempt: 9, admission.EventQueued: 3, admission.EventTimeout: 1, admission.EventReconnectAttempt: 5, admission.EventReconnected: 4,
	} {
		for range n {
			events = append(events, event(name, 1, "", nil))
		}
	}
	events = append(events, event(admission.EventFailed, 1, "QUEUE_FULL", nil), event(admission.EventAdmitted, 1, "", nil),
		event(admission.EventAdmitted, 2, "", map[string]any{"waitSeconds": 10.0}), event(admission.EventThrottled, 2, "RATE_LIMITED", nil))
	h.Observe(events)
	h.Answered("main", 20*time.Millisecond)
	h.Answered("nowhere", time.Hour)
	s := h.Stats("main")
	if p99, mean := *s.AdmissionLatency.P99Seconds, *s.Wait.AverageSeconds; p99 != .02 || math.Round(mean) != 10 {
		t.Errorf("answers in %v s, waits of %v s", p99, mean)
	}
	want := wire.Outcomes{Admitted: 1, Queued: 3, Failed: 1, Timeout: 1}
	if s.Attempts != 9 || s.Outcomes != want || s.Throttled != 1 || s.AdmittedFromQueue != 1 || s.Failures["QUEUE_FULL"] != 1 ||
		s.Reconnections != (wire.Reconnections{Attempts: 5, Successes: 4}) || s.Since != wire.Time(noon) {
		t.Errorf("the statistics are %+v", s)
	}
}
