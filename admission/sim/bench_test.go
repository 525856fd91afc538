package sim_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/auth"
	"gatekeeper/admission/sim"
	"gatekeeper/admission/wire"
)

// benches looks at the server, makes the players and lets them come, for an hour at most.
func (h *house) benches(ctx context.Context, plan wire.LabPlayers, accounts ...wire.Credentials) sim.Report {
	h.t.Helper()
	bench := sim.NewBench(h.client(), plan, accounts)
	if err := errors.Join(bench.Look(ctx), bench.Prepare(ctx)); err != nil {
		h.t.Fatal(err)
	}
	report, err := bench.Run(ctx, time.Hour)
	if err != nil {
		h.t.Fatal(err)
	}
	return report
}

func sum(list []int) (total int) {
	for _, n := range list {
		total += n
	}
	return total
}

func isAbout(got, want float64) bool { return math.Abs(got-want) <= .001*math.Abs(want) }

func TestALoadTestCountsEverybodyOnce(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.opens("arena", 10)
		r := h.benches(h.t.Context(), wire.LabPlayers{InstanceID: "arena", Count: 60, ArrivalPerSecond: 10, SessionSeconds: 30, DropRate: 1})
		o := r.Outcomes
		if r.Kind != "load" || o.Arrived != 60 || o.Admitted+o.Queued != 60 || o.Admitted < 10 || o.Queued < 30 || len(o.Failed) > 0 || o.Timeout > 0 {
			t.Errorf("the outcomes are %+v", o)
		}
		if r.Admission.Count != 60 || r.Attach.Count != o.Admitted || r.Wait.Count != o.Queued {
			t.Errorf("measured %d answers, %d attaches and %d waits of %+v", r.Admission.Count, r.Attach.Count, r.Wait.Count, o)
		}
		if len(r.Errors) > 0 || r.Interrupted {
			t.Errorf("errors %v, interrupted %v", r.Errors, r.Interrupted)
		}
		h.isEmpty("arena")
		counted := map[admission.EventName]int{}
		for _, e := range h.events() {
			counted[e.Name]++
		}
		if counted[admission.EventAttempt] != 60 || counted[admission.EventQueued] != o.Queued || counted[admission.EventReconnected] != r.Reconnections.Succeeded {
			t.Errorf("the server counted %v, the load test %+v and %+v", counted, o, r.Reconnections)
		}
		if back := r.Reconnections; back.Attempted < 50 || back.Succeeded != back.Attempted || back.Share != 1 {
			t.Errorf("the reconnections are %+v", back)
		}
	})
}

// TestTrueWaitsAreComparedWithEstimates reads both from the server's own log.
func TestTrueWaitsAreComparedWithEstimates(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.opens("arena", 10)
		r := h.benches(h.t.Context(), wire.LabPlayers{InstanceID: "arena", Count: 200, ArrivalPerSecond: 5, SessionSeconds: 10})
		joined, waited := map[admission.AttemptID]time.Time{}, []float64{}
		for _, e := range h.events() {
			if e.Name == admission.EventQueued {
				joined[e.Attempt] = e.Time
			} else if since, wasQueued := joined[e.Attempt]; e.Name == admission.EventAdmitted && wasQueued {
				waited = append(waited, e.Time.Sub(since).Seconds())
			}
		}
		told := r.Estimates
		if told.Count < 50 || told.Count > r.Outcomes.Queued || len(told.Points) != told.Count {
			t.Fatalf("of %d queued %d were estimated, with %d points", r.Outcomes.Queued, told.Count, len(told.Points))
		}
		underMedian, underUpper := 0, 0
		for _, p := range told.Points {
			if !slices.ContainsFunc(waited, func(seconds float64) bool { return math.Abs(seconds-p.WaitedSeconds) < .002 }) {
				t.Errorf("the server's log, which knows milliseconds, tells of no wait of %g s", p.WaitedSeconds)
			}
			if p.MedianSeconds > p.UpperSeconds {
				t.Errorf("the median is above the upper estimate: %+v", p)
			}
			if p.WaitedSeconds <= p.MedianSeconds {
				underMedian++
			}
			if p.WaitedSeconds <= p.UpperSeconds {
				underUpper++
			}
		}
		n := float64(told.Count)
		if told.UnderMedian != float64(underMedian)/n || told.UnderUpper != float64(underUpper)/n || underUpper <= underMedian {
			t.Errorf("%d and %d of %g waits are under the estimates, told as %g and %g", underMedian, underUpper, n, told.UnderMedian, told.UnderUpper)
		}
	})
}

// late answers calls to paths that end so after a time.
func late(times map[string]time.Duration) twist {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for end, wait := range times {
				if strings.HasSuffix(r.URL.Path, end) {
					time.Sleep(wait)
				}
			}
			next.ServeHTTP(w, r)
		})
	}
}

func TestLatenciesAreThoseOfTheServer(t *testing.T) {
	inHouse(t, late(map[string]time.Duration{"/connect": 200 * time.Millisecond, "/ws": 50 * time.Millisecond}), func(h *house) {
		r := h.benches(h.t.Context(), wire.LabPlayers{Count: 40, ArrivalPerSecond: 10, SessionSeconds: 20, DropRate: 1})
		if r.Plan.InstanceID != "main" {
			t.Errorf("they played on %q", r.Plan.InstanceID)
		}
		for what, got := range map[string][4]float64{
			"0.2 admission":     {r.Admission.P50Seconds, r.Admission.P95Seconds, r.Admission.P99Seconds, r.Admission.MaxSeconds},
			"0.05 attach":       {r.Attach.P50Seconds, r.Attach.P95Seconds, r.Attach.P99Seconds, r.Attach.MaxSeconds},
			"0.05 reconnection": {r.Reconnections.P50Seconds, r.Reconnections.P95Seconds, r.Reconnections.P99Seconds, r.Reconnections.MaxSeconds},
		} {
			var want float64
			_, _ = fmt.Sscan(what, &want)
			for _, seconds := range got {
				if !isAbout(seconds, want) {
					t.Errorf("want %s, got %v", what, got)
				}
			}
		}
	})
}

func TestATimelineAddsUp(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		r := h.benches(h.t.Context(), wire.LabPlayers{InstanceID: "main", Count: 30, ArrivalPerSecond: .02, SessionSeconds: 60, DropRate: .5})
		line := r.Timeline
		n := len(line.Seconds)
		if n <= 150 || n > 300 {
			t.Fatalf("%d intervals for %.0f s", n, r.TookSeconds)
		}
		for what, length := range map[string]int{
			"arrived": len(line.Arrived), "playing": len(line.Playing), "queued": len(line.Queued), "dropped": len(line.Dropped),
			"admissionP95Seconds": len(line.AdmissionP95Seconds), "errors": len(line.Errors),
		} {
			if length != n {
				t.Errorf("%s has %d entries, seconds %d", what, length, n)
			}
		}
		width := line.Seconds[1]
		for i, second := range line.Seconds {
			if second != float64(i)*width || (line.AdmissionP95Seconds[i] != nil) != (line.Arrived[i] > 0) {
				t.Errorf("interval %d begins at %g s, %d arrived, with an answer: %v", i, second, line.Arrived[i], line.AdmissionP95Seconds[i] != nil)
			}
		}
		if end := line.Seconds[n-1]; end > r.TookSeconds || end+width <= r.TookSeconds {
			t.Errorf("the last interval of %g s begins at %g s of %g s", width, end, r.TookSeconds)
		}
		if sum(line.Arrived) != 30 || sum(line.Playing) == 0 || line.Playing[n-1] != 0 {
			t.Errorf("%d arrived, and %d play at the end", sum(line.Arrived), line.Playing[n-1])
		}
	})
}

func TestRefusalsAreNoErrorsAndErrorsNoRefusals(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.opens("arena", 2)
		if _, err := h.gate.As("tester").ChangeInstance(h.t.Context(), "arena", func(s *admission.Settings) error { s.QueueMax = 3; return nil }); err != nil {
			t.Fatal(err)
		}
		r := h.benches(h.t.Context(), wire.LabPlayers{InstanceID: "arena", Count: 10, ArrivalPerSecond: 1000, SessionSeconds: 80_000})
		if o := r.Outcomes; o.Admitted != 2 || o.Queued != 3 || !maps.Equal(o.Failed, map[string]int{"QUEUE_FULL": 5}) || len(r.Errors) > 0 {
			t.Errorf("the outcomes are %+v, the errors %v", o, r.Errors)
		}
		if r.Interrupted || r.TookSeconds < 3600 || r.TookSeconds > 3606 {
			t.Errorf("it took %g s, interrupted %v: its end after an hour is no interruption", r.TookSeconds, r.Interrupted)
		}
		h.isEmpty("arena")
	})
}

// throttling answers the first calls to paths that end so with 429, as the server would.
func throttling(end string, times int64, body string) twist {
	return func(next http.Handler) http.Handler {
		var left atomic.Int64
		left.Store(times)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, end) && left.Add(-1) >= 0 {
				_, _ = io.Copy(io.Discard, r.Body)
				w.Header().Set("Retry-After", "7")
				w.WriteHeader(http.StatusTooManyRequests)
				_, _ = io.WriteString(w, body)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func TestWhoIsToldToComeLaterDoesSoAndIsCounted(t *testing.T) {
	for what, c := range map[string]struct {
		path, body string
		answers    int
	}{
		"an attempt": {"/connect", `{"outcome":"failed","reason":"RATE_LIMITED","retryAfterSeconds":7}`, 2},
		"a socket":   {"/ws", `{"code":"RATE_LIMITED"}`, 1},
	} {
		t.Run(what, func(t *testing.T) {
			inHouse(t, throttling(c.path, 1, c.body), func(h *house) {
				r := h.benches(h.t.Context(), wire.LabPlayers{Count: 1, ArrivalPerSecond: 1000, SessionSeconds: 30})
				if r.Errors["RATE_LIMITED"] != 1 || len(r.Errors) != 1 || r.Outcomes.Admitted != 1 || len(r.Outcomes.Failed) > 0 || r.Admission.Count != c.answers || r.Attach.Count != 1 {
					t.Errorf("errors %v, outcomes %+v, %d answers, %d attaches", r.Errors, r.Outcomes, r.Admission.Count, r.Attach.Count)
				}
				admitted := h.events()[1].Time
				if wait := admitted.Sub(time.Time(r.StartedAt)); c.path == "/connect" && wait < 7*time.Second {
					t.Errorf("it came again after %s", wait)
				}
			})
		})
	}
}

func TestALostLineIsAnErrorThatIsMended(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.opens("arena", 20)
		time.AfterFunc(5*time.Second, func() { h.lines.cut("arena") })
		ctx, cancel := context.WithTimeout(h.t.Context(), 30*time.Second)
		defer cancel()
		r := h.benches(ctx, wire.LabPlayers{InstanceID: "arena", Count: 20, ArrivalPerSecond: 1000, SessionSeconds: 80_000})
		if r.Errors[sim.CodeLineLost] != 20 || len(r.Errors) != 1 || r.Reconnections.Attempted != 20 || r.Reconnections.Share != 1 {
			t.Errorf("errors %v, reconnections %+v", r.Errors, r.Reconnections)
		}
		if !r.Interrupted || r.TookSeconds < 25 || r.TookSeconds > 36 {
			t.Errorf("interrupted %v after %g s", r.Interrupted, r.TookSeconds)
		}
		h.isEmpty("arena")
	})
}

func TestWhoDoesNotGetBackIsCounted(t *testing.T) {
	var isShut atomic.Bool
	shut := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if isShut.Load() && strings.HasSuffix(r.URL.Path, "/ws") {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	inHouse(t, shut, func(h *house) {
		time.AfterFunc(5*time.Second, func() {
			isShut.Store(true)
			h.lines.cut("main")
		})
		r := h.benches(h.t.Context(), wire.LabPlayers{Count: 4, ArrivalPerSecond: 1000, SessionSeconds: 80_000})
		if back := r.Reconnections; back.Attempted != 4 || back.Succeeded != 0 || back.Share != 0 || r.Errors["HTTP_502"] < 4 {
			t.Errorf("reconnections %+v, errors %v", back, r.Errors)
		}
	})
}

func TestPlayersShareAccountsWhereNoMoreAreMade(t *testing.T) {
	inHouse(t, nil, func(h *house) { // 20 accounts a minute, as the test's address is no private one
		r := h.benches(h.t.Context(), wire.LabPlayers{Count: 50, ArrivalPerSecond: 100, SessionSeconds: 5})
		if made := r.Preparation; made.Accounts != 20 || made.Throttled == 0 {
			t.Errorf("the players were made as %+v", made)
		}
		if r.Outcomes.Admitted != 50 || len(r.Errors) > 0 {
			t.Errorf("outcomes %+v, errors %v", r.Outcomes, r.Errors)
		}
		if r.Preparation.TookSeconds > 1 {
			t.Errorf("the players waited %g s for accounts that they did not need", r.Preparation.TookSeconds)
		}
	})
}

func TestPlayersWaitForMoreAccountsWhenAllAreFull(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		r := h.benches(h.t.Context(), wire.LabPlayers{Count: 450, ArrivalPerSecond: 100, SessionSeconds: 5})
		if made := r.Preparation; made.Accounts <= 20 || made.TookSeconds < 60 || r.Outcomes.Arrived != 450 || len(r.Errors) > 0 {
			t.Errorf("the players were made as %+v, outcomes %+v, errors %v", made, r.Outcomes, r.Errors)
		}
	})
}

func TestPlayersTakeTheWayThatIsOpen(t *testing.T) {
	plan := wire.LabPlayers{InstanceID: "main", Count: 2, ArrivalPerSecond: 100, SessionSeconds: 5}
	ana, ben := wire.Credentials{Name: "ana", Password: "correct horse"}, wire.Credentials{Name: "ben", Password: "battery staple"}
	inHouse(t, nil, func(h *house) {
		h.ways = wire.LogInWays{Local: true}
		if r := h.benches(h.t.Context(), plan); r.Outcomes.Admitted != 2 {
			t.Errorf("with local accounts: %+v", r.Outcomes)
		}
		h.ways = wire.LogInWays{}
		if err := sim.NewBench(h.client(), plan, nil).Prepare(h.t.Context()); !errors.Is(err, sim.ErrNoWayIn) {
			t.Errorf("with no way in: %v", err)
		}
		if err := sim.NewBench(h.client(), plan, []wire.Credentials{ana}).Prepare(h.t.Context()); !errors.Is(err, sim.ErrTooFew) {
			t.Errorf("with one account for two: %v", err)
		}
		h.ways = wire.LogInWays{Local: true}
		h.registers(ana)
		if err := sim.NewBench(h.client(), plan, []wire.Credentials{ana, ben}).Prepare(h.t.Context()); err == nil || !strings.HasPrefix(err.Error(), "ben cannot log in") {
			t.Errorf("with an account that nobody has: %v", err)
		}
		h.registers(ben)
		r := h.benches(h.t.Context(), plan, ana, ben)
		if r.Outcomes.Admitted != 2 || r.Preparation.Accounts != 2 {
			t.Errorf("with accounts that there are: %+v, made as %+v", r.Outcomes, r.Preparation)
		}
	})
}

func (h *house) registers(who wire.Credentials) {
	h.t.Helper()
	hash, err := auth.NewPasswords().Hash(h.t.Context(), who.Password)
	if err != nil {
		h.t.Fatal(err)
	}
	if _, _, err := h.gate.Register(h.t.Context(), admission.AccountRow{Name: who.Name, PasswordHash: hash}, admission.HashToken(auth.NewPlayerToken())); err != nil {
		h.t.Fatal(err)
	}
}

func TestTheInstanceIsFoundOrAskedFor(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		look := func(id admission.InstanceID) error {
			return sim.NewBench(h.client(), wire.LabPlayers{InstanceID: id, Count: 1}, nil).Look(h.t.Context())
		}
		if err := look(""); err != nil {
			t.Errorf("with main alone: %v", err)
		}
		h.opens("arena", 1)
		if err := look(""); err == nil || !strings.Contains(err.Error(), "--instance") || !strings.Contains(err.Error(), "arena") || !strings.Contains(err.Error(), "main") {
			t.Errorf("with two: %v", err)
		}
		if err := look("arena"); err != nil {
			t.Errorf("with one of two: %v", err)
		}
		if err := look("nowhere"); err == nil || !strings.Contains(err.Error(), "no instance nowhere") {
			t.Errorf("with one that is not: %v", err)
		}
		for _, id := range []admission.InstanceID{"main", "arena"} {
			if _, err := h.gate.As("tester").ChangeInstance(h.t.Context(), id, func(s *admission.Settings) error { s.Mode = admission.ModeClosed; return nil }); err != nil {
				t.Fatal(err)
			}
		}
		if err := look(""); err == nil || !strings.Contains(err.Error(), "instance add") {
			t.Errorf("with none: %v", err)
		}
	})
}

func TestVirtualPlayersHaveTheRequiredBuild(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		if _, err := h.gate.As("tester").ChangeInstance(h.t.Context(), "main", func(s *admission.Settings) error { s.RequiredBuild = "7.1"; return nil }); err != nil {
			t.Fatal(err)
		}
		if r := h.benches(h.t.Context(), wire.LabPlayers{Count: 3, ArrivalPerSecond: 100, SessionSeconds: 5}); r.Outcomes.Admitted != 3 {
			t.Errorf("the outcomes are %+v", r.Outcomes)
		}
	})
}
