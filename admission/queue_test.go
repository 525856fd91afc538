package admission_test

import (
	"fmt"
	"testing"
	"time"

	"gatekeeper/admission"
)

func TestAFullInstanceQueuesInOrder(t *testing.T) {
	w := newWorld(t, nil)
	w.player("ana").plays()
	for i, p := range w.players("ben", "cem", "dia") {
		p.isQueuedAt(i + 1)
	}
	if w.in.QueueDepth() != 3 {
		t.Errorf("the depth is %d", w.in.QueueDepth())
	}
}

func TestAskingAgainKeepsThePlace(t *testing.T) {
	w := newWorld(t, nil)
	w.player("ana").plays()
	ben := w.player("ben").isQueuedAt(1)
	w.player("cem").isQueuedAt(2)
	ben.isQueuedAt(1)
	if w.in.QueueDepth() != 2 {
		t.Errorf("the depth is %d", w.in.QueueDepth())
	}
}

func TestAFreedSeatGoesToTheFirstWithoutAClick(t *testing.T) {
	w := newWorld(t, nil)
	ana, ben, cem := w.player("ana").plays(), w.player("ben").isQueuedAt(1).waits(), w.player("cem").isQueuedAt(2).waits()
	ana.leaves()
	ben.listens()
	ben.is(admission.Promoted)
	if ben.sessionID == "" || ben.reconnection == "" {
		t.Fatal("ben was not told of the seat")
	}
	if w.in.QueueDepth() != 2 || cem.polls().Position != 2 {
		t.Error("an unclaimed promotion already left the queue")
	}
	ben.hears()
	ben.is(admission.Active)
	if cem.polls().Position != 1 {
		t.Error("cem did not move up")
	}
	if ben.attachesWith(ben.queue, admission.QueueTokenKind) {
		t.Error("the queueToken of a claimed place works")
	}
}

func TestAPollingPlayerClaimsByToken(t *testing.T) {
	w := newWorld(t, nil)
	ana, ben := w.player("ana").plays(), w.player("ben").isQueuedAt(1)
	ana.leaves()
	w.passes(3 * time.Second)
	st := ben.polls()
	if st.State != admission.Promoted || st.ClaimWithin != 7*time.Second {
		t.Fatalf("the poll says %+v", st)
	}
	ben.attaches()
	ben.is(admission.Active)
}

func TestAnUnclaimedPromotionReturnsToItsRankOnce(t *testing.T) {
	w := newWorld(t, nil)
	ana, ben, cem := w.player("ana").plays(), w.player("ben").isQueuedAt(1), w.player("cem").isQueuedAt(2).waits()
	ana.leaves()
	w.passes(10 * time.Second)
	ben.is(admission.Absent)
	cem.is(admission.Promoted)
	w.passes(10 * time.Second) // nor does cem answer
	cem.is(admission.Absent)
	if st := ben.polls(); st.State != admission.Promoted {
		t.Fatalf("back in time, ben is %s", st.State)
	}
	w.passes(10 * time.Second)
	ben.is(gone)
	if st := ben.polls(); st.None != admission.ClaimExpired {
		t.Errorf("ben's place ended as %q", st.None)
	}
}

func TestAnAbsentPlaceIsPassedOverAndAtLastDropped(t *testing.T) {
	w := newWorld(t, nil)
	ana, ben, cem := w.player("ana").plays(), w.player("ben").isQueuedAt(1), w.player("cem").isQueuedAt(2).waits()
	w.passes(admission.PresenceWindow)
	ben.is(admission.Absent)
	ana.leaves()
	cem.is(admission.Promoted)
	cem.hears()
	cem.is(admission.Active)
	if w.in.QueueDepth() != 1 {
		t.Error("ben lost the rank")
	}
	w.passes(admission.AbsenceLimit)
	ben.is(gone)
	if st := ben.polls(); st.None != admission.Abandoned {
		t.Errorf("ben's place ended as %q", st.None)
	}
}

func TestABlinkInTheQueueCostsNothing(t *testing.T) {
	w := newWorld(t, nil)
	w.player("ana").plays()
	ben := w.player("ben").isQueuedAt(1).waits()
	w.player("cem").isQueuedAt(2).waits()
	first := ben.queue
	ben.drops()
	w.passes(80 * time.Second)
	ben.is(admission.Absent)
	if !ben.attachesWith(first, admission.QueueTokenKind) {
		t.Fatal("the queueToken is refused")
	}
	ben.is(admission.Waiting)
	if st := ben.polls(); st.Position != 1 {
		t.Errorf("ben is at %d", st.Position)
	}
}

func TestGivingUpAPromotedSeatPromotesTheNext(t *testing.T) {
	w := newWorld(t, nil)
	ana, ben, cem := w.player("ana").plays(), w.player("ben").isQueuedAt(1), w.player("cem").isQueuedAt(2)
	ana.leaves()
	w.did(w.in.LeaveQueue(ben.id, w.now))
	ben.is(gone)
	cem.is(admission.Promoted)
}

func TestPositionsArePushedInBundles(t *testing.T) {
	w := newWorld(t, nil)
	w.player("ana").plays()
	waiting := w.players("b", "c", "d", "e", "f")
	for i, p := range waiting {
		p.isQueuedAt(i + 1).waits()
	}
	last := waiting[4]
	before := len(w.told[last.conn])
	for _, p := range waiting[:3] {
		w.did(w.in.LeaveQueue(p.id, w.now))
		w.passes(100 * time.Millisecond)
	}
	w.passes(time.Second)
	if pushed := len(w.told[last.conn]) - before; pushed != 2 {
		t.Errorf("three changes within a second were %d pushes, want 2", pushed)
	}
	final := w.told[last.conn][len(w.told[last.conn])-1].(admission.Queued)
	if final.Position != 2 || final.QueueToken != "" {
		t.Errorf("the last push is %+v", final)
	}
}

func TestALongQueueKeepsItsOrderThroughRemovals(t *testing.T) {
	w := newWorld(t, func(s *admission.Settings) { s.Capacity = 0; s.QueueMax = 10_000 })
	list := make([]*player, 1000)
	for i := range list {
		list[i] = w.player(fmt.Sprintf("p%d", i)).isQueuedAt(i + 1)
	}
	for i := 0; i < len(list); i++ {
		if i%3 != 0 {
			w.did(w.in.LeaveQueue(list[i].id, w.now))
		}
	}
	for i := 0; i < len(list); i += 3 {
		if got := list[i].polls().Position; got != i/3+1 {
			t.Fatalf("player %d is at %d, want %d", i, got, i/3+1)
		}
	}
	w.applies(func(s *admission.Settings) { s.Capacity = 3 })
	for i := 0; i < len(list); i += 3 {
		want := admission.Waiting
		if i < 9 {
			want = admission.Promoted
		}
		list[i].is(want)
	}
}
