package gate_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"gatekeeper/admission"
	"gatekeeper/admission/gate"
)

// wallClock is a clock that somebody sets: what it shows jumps, what it measures does not.
type wallClock struct {
	began time.Time
	ahead atomic.Int64 // what it shows too much
}

func newWallClock() *wallClock { return &wallClock{began: time.Now()} }

// reading is package time's Time, which offers no way to make one whose parts disagree, nor has virtual time a monotonic
// part at all: the highest bit of wall says that there is one, then follow 33 bits of seconds since 1885 and 30 of
// nanoseconds; ext are the nanoseconds that the clock has measured.
type reading struct {
	wall uint64
	ext  int64
	loc  *time.Location
}

func (c *wallClock) now() time.Time {
	t := time.Now()
	shown := t.Add(time.Duration(c.ahead.Load()))
	seconds := shown.Unix() - time.Date(1885, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	*(*reading)(unsafe.Pointer(&t)) = reading{
		wall: 1<<63 | uint64(seconds)<<30 | uint64(shown.Nanosecond()), ext: int64(t.Sub(c.began)) + 1,
	}
	return t
}

func (c *wallClock) jump(d time.Duration) { c.ahead.Add(int64(d)) }

var jumps = []time.Duration{time.Hour, -time.Hour, 24 * time.Hour, -24 * time.Hour}

func TestTheTestsClockJumpsAndMeasuresOn(t *testing.T) {
	for _, jump := range jumps {
		clock := newWallClock()
		before := clock.now()
		clock.jump(jump)
		after := clock.now()
		if moved := after.Round(0).Sub(before.Round(0)); (moved - jump).Abs() > time.Minute {
			t.Errorf("what it shows moved by %s, want %s", moved, jump)
		}
		if measured := after.Sub(before); measured.Abs() > time.Minute {
			t.Errorf("it measured %s", measured)
		}
	}
}

// held is one player of each kind that waits for a deadline.
type held struct {
	*server
	seat   admission.Seated // of ana, whose line drops: a minute of grace
	locked *gate.Account    // cem: a minute from the fifth failure
	waits  *gate.Account    // ben, behind ana
	benID  admission.CharacterID
}

// hold seats ana and drops her, queues ben, locks cem, and reserves a seat for dan on another instance.
func hold(t *testing.T, s *server) *held {
	t.Helper()
	s.capacity(1)
	if _, err := s.As("tester").CreateInstance(t.Context(), admission.DefaultSettings("other")); err != nil {
		t.Fatal(err)
	}
	h := &held{server: s}
	ana, _ := s.player("ana")
	conn, seat, in := s.plays(ana)
	h.seat = seat
	h.waits, h.benID = s.player("ben")
	if o := s.connect(h.waits, "main"); o.Kind != admission.OutcomeQueued {
		t.Fatalf("ben is %+v", o)
	}
	dan, _ := s.player("dan")
	s.connect(dan, "other")
	h.locked, _ = s.player("cem")
	for range admission.FailureLimit {
		s.connect(h.locked, "nowhere")
	}
	in.Drop(conn)
	return h
}

func (h *held) isLocked() bool {
	r := h.connect(h.locked, "nowhere").Refusal
	return r != nil && r.Reason == admission.RateLimited
}

// expect looks at the seats without bringing anything about.
func (h *held) expect(when string, grace, reserved int) {
	h.t.Helper()
	main, _ := h.Instance("main")
	other, _ := h.Instance("other")
	if main.GraceSeats != grace || other.Reserved != reserved {
		h.t.Errorf("%s: %d seats in grace and %d reserved, want %d and %d", when, main.GraceSeats, other.Reserved, grace, reserved)
	}
}

func (h *held) waitsAt(position int) {
	h.t.Helper()
	st, _, err := h.QueueStatus(h.t.Context(), h.waits, "main", h.benID)
	if err != nil || st.State != admission.Waiting || st.Position != position {
		h.t.Errorf("ben is %+v, %v", st, err)
	}
}

func TestAWallClockThatJumpsEndsAndProlongsNothing(t *testing.T) {
	for _, jump := range jumps {
		t.Run(fmt.Sprint(jump), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				clock := newWallClock()
				s := startAt(t, t.TempDir(), nil, clock.now)
				defer s.stop()
				h := hold(t, s)
				time.Sleep(5 * time.Second)
				clock.jump(jump)
				time.Sleep(4 * time.Second)
				h.expect("within the claim window", 1, 1)
				time.Sleep(2 * time.Second)
				h.expect("after the claim window", 1, 0)
				time.Sleep(14 * time.Second)
				h.waitsAt(1)
				time.Sleep(25 * time.Second)
				h.waitsAt(1)
				time.Sleep(9 * time.Second)
				h.expect("within the grace", 1, 0)
				if !h.isLocked() {
					t.Error("the lock ended before its minute")
				}
				time.Sleep(2 * time.Second)
				h.expect("after the grace", 0, 0)
				if h.isLocked() {
					t.Error("the lock outlasted its minute")
				}
				if st, _, err := h.QueueStatus(t.Context(), h.waits, "main", h.benID); err != nil || st.State != admission.Promoted {
					t.Errorf("ben is %+v, %v", st, err)
				}
			})
		})
	}
}

func TestAWallClockThatJumpsBetweenRunsCostsNobodyAnything(t *testing.T) {
	for _, jump := range jumps {
		t.Run(fmt.Sprint(jump), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				clock, dir := newWallClock(), t.TempDir()
				h := hold(t, startAt(t, dir, nil, clock.now))
				h.stop()
				clock.jump(jump)
				h.server = startAt(t, dir, nil, clock.now)
				defer h.server.stop()
				h.waits, h.locked = h.AccountNamed("ben"), h.AccountNamed("cem")
				h.waitsAt(1)
				time.Sleep(9 * time.Second)
				h.expect("within the fresh claim window", 1, 1)
				time.Sleep(20 * time.Second)
				h.waitsAt(1)
				time.Sleep(25 * time.Second)
				h.waitsAt(1)
				if _, err := h.Attach(t.Context(), "main", h.seat.ReconnectionToken, admission.ReconnectionTokenKind, h.NewConn()); err != nil {
					t.Errorf("ana does not come back within the fresh grace: %v", err)
				}
				time.Sleep(7 * time.Second)
				if h.isLocked() {
					t.Error("a minute after the start the lock holds still")
				}
			})
		})
	}
}
