package sim_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/sim"
	"gatekeeper/admission/wire"
)

func (h *house) drills() wire.LabDrill {
	h.t.Helper()
	if err := h.lab.StartDrill(); err != nil {
		h.t.Fatal(err)
	}
	for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(10 * time.Millisecond) {
		if drill := h.lab.Status().Drill; drill.State != wire.DrillRunning {
			return *drill
		}
	}
	h.t.Fatal("the drill finds no end")
	return wire.LabDrill{}
}

func crossed(drill wire.LabDrill) (ids []string) {
	for _, step := range drill.Steps {
		if step.State != wire.DrillPassed {
			ids = append(ids, step.ID)
		}
	}
	return ids
}

func TestTheDrillPassesOnRealSockets(t *testing.T) {
	t.Parallel()
	onLoopback(t, nil, func(h *house) { h.passes() })
}

func TestTheDrillPassesTwiceInARow(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.passes()
		h.passes()
	})
}

func (h *house) passes() {
	h.t.Helper()
	drill := h.drills()
	for i, step := range drill.Steps {
		h.t.Logf("%-20s %s %s %v (%d, %d]", step.ID, step.State, step.Detail, step.TookSeconds, step.FromSeq, step.ToSeq)
		if step.ToSeq <= step.FromSeq {
			h.t.Errorf("%s has no event", step.ID)
		}
		if i > 0 && step.FromSeq < drill.Steps[i-1].ToSeq {
			h.t.Errorf("%s has events of the step before it", step.ID)
		}
	}
	if drill.State != wire.DrillPassed || len(drill.Steps) != 13 {
		h.t.Errorf("the drill is %s; crossed: %v", drill.State, crossed(drill))
	}
	view, err := h.gate.Instance(sim.DrillInstance)
	if err != nil || view.Mode != admission.ModeClosed {
		h.t.Errorf("the instance is %s, %v", view.Mode, err)
	}
}

// rewrites changes an answer to any call whose path ends so.
func rewrites(suffix, was, is string) twist {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, suffix) {
				next.ServeHTTP(w, r)
				return
			}
			answer := httptest.NewRecorder()
			next.ServeHTTP(answer, r)
			for name, values := range answer.Header() {
				w.Header()[name] = values
			}
			w.Header().Del("Content-Length")
			w.WriteHeader(answer.Code)
			_, _ = w.Write(bytes.ReplaceAll(answer.Body.Bytes(), []byte(was), []byte(is)))
		})
	}
}

func TestABrokenRuleCrossesTheStepsThatItBelongsTo(t *testing.T) {
	for rule, c := range map[string]struct {
		bend    twist
		crossed []string
		detail  string
	}{
		"a drain names the wrong reason": {
			rewrites("/connect", "DRAIN_MODE", "QUEUE_FULL"), []string{"drain"}, "expected DRAIN_MODE, got QUEUE_FULL",
		},
		"an old build is not told the required one": {
			rewrites("/connect", `"requiredBuild":"drill-2"`, `"requiredBuild":""`), []string{"old-build"}, "requiredBuild: expected drill-2, got ",
		},
		"the first in the queue is told to be second": {
			rewrites("/connect", `"position":1`, `"position":2`), []string{"full", "promoted", "drain", "queue-full"}, "expected 1, got 2",
		},
		"a replacement is not told": {
			rewrites("/connect", `"replaced":true`, `"replaced":false`), []string{"second-tab-confirmed"}, "replaced in the answer: expected true, got false",
		},
		"a full queue does not say when to try again": {
			rewrites("/connect", `"retryAfterSeconds":10`, `"other":10`), []string{"queue-full"}, "retryAfterSeconds",
		},
		"a throttled attempt is told to be unknown": {
			rewrites("/connect", "RATE_LIMITED", "INVALID_INSTANCE"), []string{"five-failures"}, "expected RATE_LIMITED",
		},
		"a timeout is told as trouble": {
			rewrites("/connect", `"timeout"`, `"failed"`), []string{"timeout"}, "expected timeout, got failed TIMEOUT",
		},
	} {
		t.Run(rule, func(t *testing.T) {
			inHouse(t, c.bend, func(h *house) {
				drill := h.drills()
				if got := crossed(drill); !slices.Equal(got, c.crossed) {
					t.Errorf("crossed: %v, want %v", got, c.crossed)
				}
				i := slices.IndexFunc(drill.Steps, func(s wire.LabStep) bool { return s.ID == c.crossed[0] })
				if detail := drill.Steps[i].Detail; !strings.Contains(detail, c.detail) {
					t.Errorf("the detail is %q", detail)
				}
				if drill.State != wire.DrillFailed {
					t.Errorf("the drill is %s", drill.State)
				}
			})
		})
	}
}

func TestStepsThatCannotBeTriedAreSkippedWithTheReason(t *testing.T) {
	broken := func(next http.Handler) http.Handler {
		changes := 0
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPatch {
				changes++
			}
			if changes > 5 { // the first steps need two each
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	inHouse(t, broken, func(h *house) {
		drill := h.drills()
		for i, want := range map[int]wire.DrillState{0: wire.DrillPassed, 1: wire.DrillPassed, 2: wire.DrillFailed, 3: wire.DrillSkipped, 12: wire.DrillSkipped} {
			if step := drill.Steps[i]; step.State != want || (want != wire.DrillPassed) != (step.Detail != "") {
				t.Errorf("%s is %s: %s", step.ID, step.State, step.Detail)
			}
		}
	})
}

func TestADrillEndsWhereTheServerNeverAnswers(t *testing.T) {
	stuck := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/connect") {
				<-r.Context().Done()
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	inHouse(t, stuck, func(h *house) {
		began := time.Now()
		if drill := h.drills(); drill.State == wire.DrillPassed {
			t.Error("it passed")
		}
		if took := time.Since(began); took > time.Minute {
			t.Errorf("it took %s", took)
		}
	})
}

func TestADrillThatIsStoppedLeavesNothing(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		if err := h.lab.StartDrill(); err != nil {
			t.Fatal(err)
		}
		if err := h.lab.StartDrill(); !errors.Is(err, sim.ErrDrillRuns) {
			t.Errorf("a second drill: %v", err)
		}
		time.Sleep(time.Second) // within the grace of grace-over
		h.lab.StopDrill()
		drill := h.lab.Status().Drill
		if drill.State != wire.DrillFailed || drill.Steps[12].State != wire.DrillSkipped || !strings.Contains(drill.Steps[12].Detail, "stopped") {
			t.Errorf("the drill is %+v", drill)
		}
		if view, err := h.gate.Instance(sim.DrillInstance); err != nil || view.Mode != admission.ModeClosed || view.SeatsTaken() > 0 {
			t.Errorf("the instance is %+v, %v", view, err)
		}
	})
}

func TestADrillDoesNotBegin(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		if err := h.lab.SetFault(sim.FailingStorage, wire.LabFault{ForSeconds: 5}); err != nil {
			t.Fatal(err)
		}
		if err := h.lab.StartDrill(); !errors.Is(err, sim.ErrDrillFaulted) {
			t.Errorf("among faults: %v", err)
		}
		if err := h.lab.ClearFault(sim.FailingStorage); err != nil {
			t.Fatal(err)
		}
		if _, err := h.gate.As("tester").CreateInstance(h.t.Context(), admission.DefaultSettings(sim.DrillInstance)); err != nil {
			t.Fatal(err)
		}
		if err := h.lab.StartPlayers(wire.LabPlayers{InstanceID: sim.DrillInstance, Count: 1, ArrivalPerSecond: 1000, SessionSeconds: 1000}); err != nil {
			t.Fatal(err)
		}
		h.waitsUntil("somebody plays", func(p wire.LabCrowd) bool { return p.Playing == 1 })
		if err := h.lab.StartDrill(); !errors.Is(err, sim.ErrDrillInUse) {
			t.Errorf("among people: %v", err)
		}
		h.lab.StopPlayers()
		h.passes()
	})
}
