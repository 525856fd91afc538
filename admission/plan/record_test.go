package plan

import (
	"slices"
	"testing"
	"time"

	"gatekeeper/admission"
)

func TestARecordedEveningIsAPlan(t *testing.T) {
	at := time.Date(2026, 1, 2, 18, 0, 0, 0, time.UTC)
	r := NewRecording()
	add := func(name admission.EventName, who string, reason string, data map[string]any) {
		at = at.Add(time.Second)
		r.Add(admission.Event{Time: at, Name: name, Character: admission.CharacterID(who), Session: admission.SessionID("of " + who), Reason: reason, Data: data})
	}
	if _, isRecorded := r.Plan(admission.DefaultSettings("main")); isRecorded {
		t.Error("nothing is an evening")
	}
	add(admission.EventAdmitted, "ana", "", nil)
	add(admission.EventQueued, "bob", "", nil)
	add(admission.EventFailed, "cyd", "QUEUE_FULL", nil)
	add(admission.EventFailed, "cyd", "QUEUE_FULL", nil)
	add(admission.EventFailed, "dan", "MAINTENANCE", nil)
	add(admission.EventDisconnected, "ana", "network", map[string]any{"graceSeconds": 60.})
	add(admission.EventReconnected, "ana", "", nil)
	add(admission.EventDisconnected, "ana", "user", map[string]any{"sessionSeconds": 6.})
	add(admission.EventAdmitted, "bob", "", map[string]any{"waitSeconds": 7.})
	add(admission.EventDisconnected, "bob", "user", map[string]any{"sessionSeconds": 1.})
	add(admission.EventAdmitted, "ana", "", nil)
	p, isRecorded := r.Plan(admission.DefaultSettings("main"))
	if !isRecorded || Validate(p) != nil {
		t.Fatalf("%+v: %v", p, Validate(p))
	}
	if got := p.Arrivals.Counts; !slices.Equal(got, []int{1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1}) {
		t.Errorf("arrivals: %v", got)
	}
	if !slices.Equal(p.Sessions.Seconds, []float64{1, 6}) || p.DropRate != .5 || p.ReturnRate != 1 || p.Arrivals.StartsAt != "18:00" {
		t.Errorf("%+v", p)
	}
}
