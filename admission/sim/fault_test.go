package sim_test

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/sim"
	"gatekeeper/admission/wire"
)

// shelf is a store that only counts commits.
type shelf struct {
	gate.Store
	commits int
}

func (s *shelf) Commit([]admission.Record, []admission.Event, admission.More) error {
	s.commits++
	return nil
}

func sets(t *testing.T, f *sim.Faults, kind string, fault wire.LabFault) {
	t.Helper()
	if err := f.Set(kind, fault); err != nil {
		t.Fatal(err)
	}
}

func TestStorageIsSlowUntilTheFaultEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, inner := &sim.Faults{}, &shelf{}
		store := f.Store(inner)
		sets(t, f, sim.SlowStorage, wire.LabFault{DelaySeconds: 2, ForSeconds: 5})
		for _, want := range []time.Duration{2 * time.Second, 2 * time.Second, time.Second, 0} { // the third is let go by the end
			began := time.Now()
			if err := store.Commit(nil, nil, nil); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); took != want {
				t.Errorf("a commit took %s, want %s", took, want)
			}
		}
		if inner.commits != 4 {
			t.Errorf("%d commits came through", inner.commits)
		}
	})
}

func TestStorageFailsUntilTheFaultEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, inner := &sim.Faults{}, &shelf{}
		store := f.Store(inner)
		sets(t, f, sim.FailingStorage, wire.LabFault{ForSeconds: 5})
		if err := store.Commit(nil, nil, nil); !errors.Is(err, sim.ErrFault) || inner.commits != 0 {
			t.Errorf("the commit: %v, and %d came through", err, inner.commits)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if err := store.Commit(nil, nil, nil); err != nil || inner.commits != 1 {
			t.Errorf("after its end: %v, and %d came through", err, inner.commits)
		}
	})
}

func TestAttemptsAreSlowUntilTheirDeadlineOrTheFaultsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &sim.Faults{}
		waits := func(want time.Duration, wantErr error) {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), admission.AttemptLimit)
			defer cancel()
			began := time.Now()
			err := f.BeforeAttempt(ctx)
			if took := time.Since(began); took != want || !errors.Is(err, wantErr) {
				t.Errorf("it waited %s and got %v, want %s and %v", took, err, want, wantErr)
			}
		}
		waits(0, nil)
		sets(t, f, sim.SlowAttempts, wire.LabFault{DelaySeconds: 3, ForSeconds: 60})
		waits(3*time.Second, nil)
		sets(t, f, sim.SlowAttempts, wire.LabFault{DelaySeconds: 12, ForSeconds: 60}) // takes the place of the first
		waits(admission.AttemptLimit, context.DeadlineExceeded)
		time.AfterFunc(2*time.Second, func() { _ = f.Clear(sim.SlowAttempts) })
		waits(2*time.Second, nil)
		waits(0, nil)
	})
}

func TestAGameServerIsSilentUntilTheFaultEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		silent := make(map[admission.InstanceID]bool)
		isSilent := func(id admission.InstanceID) bool {
			mu.Lock()
			defer mu.Unlock()
			return silent[id]
		}
		f := &sim.Faults{Silence: func(id admission.InstanceID, isSilent bool) error {
			mu.Lock()
			defer mu.Unlock()
			silent[id] = isSilent
			return nil
		}}
		sets(t, f, sim.SilentGameServer, wire.LabFault{InstanceID: "main", ForSeconds: 10})
		if !isSilent("main") {
			t.Error("it speaks")
		}
		time.Sleep(5 * time.Second)
		sets(t, f, sim.SilentGameServer, wire.LabFault{InstanceID: "arena", ForSeconds: 10})
		if isSilent("main") || !isSilent("arena") {
			t.Error("the silence has not passed over")
		}
		time.Sleep(9 * time.Second) // past the end of the first
		synctest.Wait()
		if !isSilent("arena") {
			t.Error("it speaks too early")
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if isSilent("arena") || len(f.List()) > 0 {
			t.Errorf("it is silent after the end; on are %v", f.List())
		}
	})
}

func TestASilenceThatCannotBeIsNotOn(t *testing.T) {
	f := &sim.Faults{Silence: func(admission.InstanceID, bool) error { return gate.ErrUnknownInstance }}
	err := f.Set(sim.SilentGameServer, wire.LabFault{InstanceID: "nowhere", ForSeconds: 10})
	if !errors.Is(err, gate.ErrUnknownInstance) || len(f.List()) > 0 {
		t.Errorf("%v; on are %v", err, f.List())
	}
}

func TestSocketsAreCutOnce(t *testing.T) {
	cut := admission.InstanceID("")
	f := &sim.Faults{CutSockets: func(id admission.InstanceID) int {
		cut = id
		return 3
	}}
	sets(t, f, sim.CutSockets, wire.LabFault{InstanceID: "main"})
	if cut != "main" || len(f.List()) > 0 {
		t.Errorf("cut were those of %q; on are %v", cut, f.List())
	}
}

func TestFaultsTellTheirEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		noon := time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)
		f := &sim.Faults{Now: func() time.Time { return noon }}
		sets(t, f, sim.SlowStorage, wire.LabFault{DelaySeconds: 0.5, ForSeconds: 90})
		sets(t, f, sim.FailingStorage, wire.LabFault{ForSeconds: 60})
		list := f.List()
		if len(list) != 2 || list[0].Kind != sim.FailingStorage || list[1].DelaySeconds != 0.5 ||
			!time.Time(list[1].Until).Equal(noon.Add(90*time.Second)) {
			t.Errorf("on are %+v", list)
		}
		f.Close()
		if len(f.List()) > 0 {
			t.Errorf("after Close: %+v", f.List())
		}
	})
}

func TestAFaultThatCannotBeIsRefused(t *testing.T) {
	all := &sim.Faults{CutSockets: func(admission.InstanceID) int { return 0 }, Silence: func(admission.InstanceID, bool) error { return nil }}
	for what, c := range map[string]struct {
		faults *sim.Faults
		kind   string
		asked  wire.LabFault
	}{
		"an unknown kind":               {all, "flood", wire.LabFault{ForSeconds: 10}},
		"sockets of no instance":        {all, sim.CutSockets, wire.LabFault{}},
		"a game server of no instance":  {all, sim.SilentGameServer, wire.LabFault{ForSeconds: 10}},
		"a delay of nothing":            {all, sim.SlowStorage, wire.LabFault{ForSeconds: 10}},
		"a delay over 30 s":             {all, sim.SlowAttempts, wire.LabFault{DelaySeconds: 30.1, ForSeconds: 10}},
		"a delay that is no number":     {all, sim.SlowAttempts, wire.LabFault{DelaySeconds: math.NaN(), ForSeconds: 10}},
		"no end":                        {all, sim.FailingStorage, wire.LabFault{}},
		"an end after ten minutes":      {all, sim.FailingStorage, wire.LabFault{ForSeconds: 601}},
		"sockets that cannot be cut":    {&sim.Faults{}, sim.CutSockets, wire.LabFault{InstanceID: "main"}},
		"a silence that cannot be made": {&sim.Faults{}, sim.SilentGameServer, wire.LabFault{InstanceID: "main", ForSeconds: 10}},
	} {
		if err := c.faults.Set(c.kind, c.asked); err == nil || len(c.faults.List()) > 0 {
			t.Errorf("%s: %v; on are %v", what, err, c.faults.List())
		}
	}
	if all.Clear("flood") == nil {
		t.Error("an unknown fault was ended")
	}
}
