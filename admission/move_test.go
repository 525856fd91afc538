package admission_test

import (
	"testing"
	"time"

	"gatekeeper/admission"
)

// pair is two instances, main and other, whose players share time, ids and the store.
type twins struct{ here, there *world }

func newTwins(t *testing.T, policy admission.ReplacementPolicy) twins {
	here := newWorld(t, nil)
	there := newWorld(t, func(s *admission.Settings) { s.ID, s.Replacement = "other", policy })
	there.mint = here.mint
	there.in = admission.NewInstance(there.in.Settings, here.mint)
	there.rows, there.told = here.rows, here.told
	return twins{here, there}
}

// moves lets a player of here connect there; confirmed with a replaceToken if it is given one.
func (tw twins) tries(p *player, replaceToken string) admission.Outcome {
	tw.there.now = p.w.now
	return p.tries(func(a *admission.Attempt) {
		a.Target, a.Instance, a.ReplaceToken = tw.there.in.ID, tw.there.in, replaceToken
		if tw.here.in.Place(p.id) != nil {
			a.Other = tw.here.in
		}
	})
}

// confirms asks for the move and says yes.
func (tw twins) confirms(p *player) admission.Outcome {
	tw.here.t.Helper()
	asked := tw.tries(p, "")
	if asked.Refusal == nil || asked.Refusal.ReplaceToken == "" {
		tw.here.t.Fatalf("%s is not asked: %+v %+v", p.id, asked.Kind, asked.Refusal)
	}
	return tw.tries(p, asked.Refusal.ReplaceToken)
}

func (tw twins) completes(p *player) { tw.here.did(p.decision.Complete(p.w.now)) }

func isAt(t *testing.T, p *player, in *admission.Instance, want admission.State) {
	t.Helper()
	got := gone
	if e := in.Existing(p.id); e != nil {
		got = e.State
	}
	if got != want {
		t.Errorf("%s is %s on %s, want %s", p.id, got, in.ID, want)
	}
}

func TestAQueuePlaceElsewhereMovesToTheEndAfterAsking(t *testing.T) {
	tw := newTwins(t, admission.ReplaceNever) // which is about sessions
	ana, bob, cyd := tw.here.player("ana").plays(), tw.here.player("bob"), tw.here.player("cyd")
	bob.isQueuedAt(1)
	bob.waits()
	cyd.isQueuedAt(2)

	asked := tw.tries(bob, "")
	if r := asked.Refusal; r == nil || r.Reason != admission.AlreadyQueued || r.Existing.Instance != "main" || r.ReplaceToken == "" {
		t.Fatalf("%+v", asked.Refusal)
	}
	if o := tw.tries(bob, asked.Refusal.ReplaceToken); o.Kind != admission.OutcomeAdmitted || o.Replaced {
		t.Fatalf("%+v %+v", o, o.Refusal)
	}
	if bob.hangup() != admission.HangupReplaced {
		t.Errorf("the old socket heard %q", bob.hangup())
	}
	if got := cyd.polls().Position; got != 2 {
		t.Errorf("before the move is certain cyd is at %d", got)
	}
	tw.completes(bob)
	tw.here.passes(time.Second)
	if got := cyd.polls().Position; got != 1 {
		t.Errorf("afterwards cyd is at %d", got)
	}
	if st := bob.polls(); st.None != admission.Transferred {
		t.Errorf("asked here, bob hears %+v", st)
	}
	isAt(t, bob, tw.there.in, admission.Reserved)
	if n := tw.here.events(admission.EventQueueTransferred); n != 1 {
		t.Errorf("%d events of the move", n)
	}
	ana.leaves()
	cyd.is(admission.Promoted)
}

func TestASessionElsewhereIsReplacedOnlyWhereThePolicySaysAnywhere(t *testing.T) {
	for _, policy := range []admission.ReplacementPolicy{admission.ReplaceSameInstance, admission.ReplaceNever} {
		tw := newTwins(t, policy)
		ana := tw.here.player("ana").plays()
		o := tw.tries(ana, "")
		if r := o.Refusal; r == nil || r.Reason != admission.AlreadyInSession || r.ReplaceToken != "" {
			t.Errorf("%s: %+v", policy, o.Refusal)
		}
		ana.is(admission.Active)
	}
	tw := newTwins(t, admission.ReplaceAnywhere)
	ana, bob := tw.here.player("ana").plays(), tw.here.player("bob")
	bob.isQueuedAt(1)
	if o := tw.confirms(ana); o.Kind != admission.OutcomeAdmitted || !o.Replaced {
		t.Fatalf("%+v %+v", o, o.Refusal)
	}
	if ana.hangup() != admission.HangupReplaced {
		t.Errorf("the old socket heard %q", ana.hangup())
	}
	bob.is(admission.Waiting) // until the move is certain
	tw.completes(ana)
	bob.is(admission.Promoted)
	isAt(t, ana, tw.there.in, admission.Reserved)
	isAt(t, ana, tw.here.in, gone)
}

func TestAMoveIsForNewcomersOfTheTarget(t *testing.T) {
	for reason, edit := range map[admission.Reason]func(*admission.Settings){
		admission.VersionMismatch: func(s *admission.Settings) { s.RequiredBuild = "9" },
		admission.Maintenance:     func(s *admission.Settings) { s.Mode = admission.ModeMaintenance },
		admission.DrainMode:       func(s *admission.Settings) { s.Mode = admission.ModeDraining },
		admission.QueueFull:       func(s *admission.Settings) { s.Capacity, s.QueueMax = 0, 0 },
	} {
		tw := newTwins(t, admission.ReplaceAnywhere)
		ana := tw.here.player("ana").plays()
		token := tw.tries(ana, "").Refusal.ReplaceToken
		tw.there.applies(edit)
		if o := tw.tries(ana, token); o.Refusal == nil || o.Refusal.Reason != reason {
			t.Errorf("%s: %+v", reason, o.Refusal)
		}
		ana.is(admission.Active)
	}
}

func TestAnAnswerIsGoodForThePlaceThatWasAskedAbout(t *testing.T) {
	tw := newTwins(t, admission.ReplaceNever)
	ana, bob := tw.here.player("ana").plays(), tw.here.player("bob")
	bob.isQueuedAt(1)
	bob.waits()
	token := tw.tries(bob, "").Refusal.ReplaceToken
	ana.leaves()
	bob.hears()
	bob.is(admission.Active)
	if o := tw.tries(bob, token); o.Refusal == nil || o.Refusal.Reason != admission.AlreadyInSession {
		t.Errorf("a queue place was asked about, a session was given up: %+v", o)
	}
	tw.there.applies(func(s *admission.Settings) { s.Replacement = admission.ReplaceAnywhere })
	if o := tw.tries(bob, token); o.Refusal == nil || o.Refusal.Reason != admission.InvalidReplaceToken {
		t.Errorf("%+v", o)
	}
	bob.is(admission.Active)
}

func TestAMoveThatIsTakenBackHasNeverBeen(t *testing.T) {
	for _, told := range []bool{false, true} {
		tw := newTwins(t, admission.ReplaceAnywhere)
		tw.here.applies(func(s *admission.Settings) { s.Capacity = 2 })
		ana, bob := tw.here.player("ana").plays(), tw.here.player("bob").plays()
		cyd, dan := tw.here.player("cyd"), tw.here.player("dan")
		cyd.isQueuedAt(1)
		cyd.waits()
		dan.isQueuedAt(2)
		reconnection, queue := ana.reconnection, cyd.queue

		tw.confirms(ana)
		tw.here.did(ana.decision.Withdraw(told, tw.here.now))
		tw.confirms(cyd)
		bob.leaves()
		dan.is(admission.Promoted) // cyd is on the way, so the seat goes to the next
		tw.here.did(cyd.decision.Withdraw(told, tw.here.now))

		ana.is(admission.Active)
		cyd.is(admission.Waiting)
		if got := cyd.polls().Position; got != 1 {
			t.Errorf("cyd is at %d", got)
		}
		if !ana.attachesWith(reconnection, admission.ReconnectionTokenKind) || !cyd.attachesWith(queue, admission.QueueTokenKind) {
			t.Error("a token died of what was taken back")
		}
		tw.here.seats(2)
		if n := tw.there.in.SeatsTaken() + tw.there.in.QueueDepth(); n != 0 {
			t.Errorf("%d places are left there", n)
		}
	}
}

func TestAMoveThatIsTakenBackFindsWhatHappenedMeanwhile(t *testing.T) {
	tw := newTwins(t, admission.ReplaceAnywhere)
	tw.here.applies(func(s *admission.Settings) { s.Capacity = 3 })
	ana, bob, cyd := tw.here.player("ana").plays(), tw.here.player("bob").plays(), tw.here.player("cyd").isAdmitted()
	tw.confirms(ana)
	ana.drops()
	tw.here.did(ana.decision.Withdraw(false, tw.here.now))
	ana.is(admission.Grace)

	tw.confirms(cyd)
	tw.here.passes(time.Minute) // its claim window does not end what has moved
	tw.here.did(cyd.decision.Withdraw(false, tw.here.now))
	tw.here.passes(0)
	cyd.is(gone) // but it is over

	tw.confirms(bob)
	tw.here.applies(func(s *admission.Settings) { s.Mode = admission.ModeClosed })
	tw.here.did(bob.decision.Withdraw(false, tw.here.now))
	bob.is(gone)
	tw.here.seats(0)
}

func TestAMoveOutOfADrainingInstanceEmptiesIt(t *testing.T) {
	tw := newTwins(t, admission.ReplaceAnywhere)
	ana := tw.here.player("ana").plays()
	tw.here.applies(func(s *admission.Settings) { s.Mode = admission.ModeDraining })
	tw.confirms(ana)
	tw.completes(ana)
	if n := tw.here.events(admission.EventInstanceDrained); n != 1 {
		t.Errorf("it is drained %d times", n)
	}
	if tw.here.seats(0); len(tw.here.rows) != 1 {
		t.Errorf("%d rows are stored", len(tw.here.rows))
	}
}
