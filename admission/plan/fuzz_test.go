package plan

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// fuzzPatience bounds one simulation: what was invented may well be too large.
const fuzzPatience = 200 * time.Millisecond

// FuzzPlan plays whatever decodes as a plan: it is refused by name, given up in time, or everybody in it is accounted for.
func FuzzPlan(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) {
		var p wire.Plan
		if json.Unmarshal(text, &p) != nil {
			return
		}
		play(t, p)
	})
}

// FuzzRecording plans from events as an export writes them, one a line.
func FuzzRecording(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		recording := NewRecording()
		for line := range strings.Lines(text) {
			var e wire.Event
			if json.Unmarshal([]byte(line), &e) == nil {
				recording.Add(e.Recorded())
			}
		}
		p, isRecorded := recording.Plan(admission.DefaultSettings("main"))
		if !isRecorded {
			return
		}
		if len(p.Arrivals.Counts) > maxCounts || len(p.Sessions.Seconds) > maxLengths {
			t.Errorf("the plan has %d steps and %d lengths", len(p.Arrivals.Counts), len(p.Sessions.Seconds))
		}
		p.Capacities = []int{10}
		play(t, p)
	})
}

func play(t *testing.T, p wire.Plan) {
	ctx, cancel := context.WithTimeout(t.Context(), fuzzPatience)
	defer cancel()
	s, err := Simulate(ctx, p)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return
	case err != nil:
		if !errors.Is(err, ErrInvalid) || !errors.Is(Validate(p), ErrInvalid) || strings.Contains(err.Error(), "\n") {
			t.Errorf("it is refused with %v", err)
		}
		return
	}
	if _, err := json.Marshal(s); err != nil { // a figure that is no number cannot be written
		t.Errorf("the answer cannot be written: %v", err)
	}
	for _, run := range s.Runs {
		isOver := run.PeakQueue > p.QueueMax || len(run.Series.Playing) > maxPoints || run.SeatUse < 0 || run.SeatUse > 1
		if run.Arrived != run.Admitted+run.Refused+run.GaveUp || isOver {
			t.Errorf("%+v", run)
		}
	}
}
