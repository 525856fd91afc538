package shed_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gatekeeper/admission/shed"
)

// tries enters n times at once and works for a second each; it counts who got a turn and collects what the others heard.
func tries(l *shed.Limit, n int) (served int, told []time.Duration, refusedAfter time.Duration) {
	began := time.Now()
	type end struct {
		err   error
		after time.Duration
	}
	ends := make(chan end)
	var all sync.WaitGroup
	defer all.Wait()
	for range n {
		all.Go(func() {
			err := l.Enter(context.Background())
			ends <- end{err, time.Since(began)}
			if err == nil {
				time.Sleep(time.Second)
				l.Leave()
			}
		})
	}
	for range n {
		e := <-ends
		var busy shed.Busy
		if errors.As(e.err, &busy) {
			told, refusedAfter = append(told, busy.RetryAfter), max(refusedAfter, e.after)
		} else {
			served++
		}
	}
	return served, told, refusedAfter
}

func TestSoMuchAtOnceSoManyWaitAndTheRestIsRefusedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := shed.NewLimit(2, 4, time.Minute)
		served, told, after := tries(l, 60)
		if served != 6 || len(told) != 54 || after != 0 {
			t.Errorf("%d of 60 were served, %d refused, the last after %s; want 6, 54 and at once", served, len(told), after)
		}
		if served, _, _ := tries(l, 6); served != 6 {
			t.Errorf("afterwards %d of 6 are served", served)
		}
	})
}

func TestPatienceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := shed.NewLimit(1, 10, 2500*time.Millisecond)
		served, told, after := tries(l, 10)
		if served != 3 || len(told) != 7 || after != 2500*time.Millisecond {
			t.Errorf("%d of 10 were served, %d gave up after %s; want 3, 7 and 2.5 s", served, len(told), after)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_ = l.Enter(t.Context())
		if err := l.Enter(ctx); err == nil {
			t.Error("who is gone got a turn")
		}
		l.Leave()
	})
}

// TestWhoIsRefusedIsToldWhenThereIsRoom has a crowd come that takes 20 s to serve, each when it was told to.
func TestWhoIsRefusedIsToldWhenThereIsRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const crowd, atOnce = 2000, 100 // each works for a second
		l := shed.NewLimit(atOnce, 0, 0)
		var calls atomic.Int64
		done := make(chan time.Duration)
		began := time.Now()
		for range crowd {
			go func() {
				for {
					calls.Add(1)
					err := l.Enter(context.Background())
					var busy shed.Busy
					if errors.As(err, &busy) {
						time.Sleep(busy.RetryAfter)
						continue
					}
					time.Sleep(time.Second)
					l.Leave()
					done <- time.Since(began)
					return
				}
			}()
		}
		var last time.Duration
		for range crowd {
			last = max(last, <-done)
		}
		t.Logf("%d calls let in %d within %s", calls.Load(), crowd, last)
		if last > 120*time.Second || calls.Load() > 12*crowd {
			t.Errorf("%d were served after %s by %d calls", crowd, last, calls.Load())
		}
	})
}

func TestRetriesAreSpread(t *testing.T) {
	l := shed.NewLimit(1, 0, 0)
	_ = l.Enter(t.Context())
	var early, late int
	for range 1000 {
		var busy shed.Busy
		if !errors.As(l.Enter(t.Context()), &busy) || busy.RetryAfter < time.Second || busy.RetryAfter > 30*time.Second {
			t.Fatalf("told to come after %s", busy.RetryAfter)
		}
		if busy.RetryAfter < 2*time.Second {
			early++
		} else {
			late++
		}
	}
	if early < 100 || late < 100 {
		t.Errorf("%d are to come early, %d late", early, late)
	}
}
