package admission_test

import (
	"testing"
	"time"

	"gatekeeper/admission"
)

func TestAFreeSeatAdmits(t *testing.T) {
	w := newWorld(t, nil)
	ana := w.player("ana").plays()
	ana.is(admission.Active)
	w.seats(1)
}

func TestAnUnclaimedReservationFreesTheSeat(t *testing.T) {
	w := newWorld(t, nil)
	ana, ben := w.player("ana").isAdmitted(), w.player("ben").isQueuedAt(1)
	w.passes(9999 * time.Millisecond)
	ana.is(admission.Reserved)
	w.passes(time.Millisecond)
	ana.is(gone)
	ben.is(admission.Promoted)
	if st := ana.polls(); st.None != admission.ClaimExpired {
		t.Errorf("ana's place ended as %q", st.None)
	}
}

func TestALostAnswerCostsNothing(t *testing.T) {
	w := newWorld(t, nil)
	ana := w.player("ana").isAdmitted()
	lost, session := ana.session, ana.sessionID
	w.passes(4 * time.Second)
	o := ana.connects()
	if o.Kind != admission.OutcomeAdmitted || o.Session != session || o.ClaimWithin != 6*time.Second {
		t.Fatalf("the second answer is %+v", o)
	}
	if ana.attachesWith(lost, admission.SessionTokenKind) {
		t.Error("the lost token still works")
	}
	ana.attaches()
	w.seats(1)
}

func TestADropHoldsTheSeatForTheGrace(t *testing.T) {
	w := newWorld(t, nil)
	ana, ben := w.player("ana").plays(), w.player("ben").isQueuedAt(1)
	session := ana.sessionID
	ana.drops()
	ana.is(admission.Grace)
	for range 59 {
		w.passes(time.Second)
		ben.polls()
	}
	ana.is(admission.Grace)
	if !ana.attachesWith(ana.reconnection, admission.ReconnectionTokenKind) || ana.sessionID != session {
		t.Fatal("ana is not back in the same session")
	}
	ana.is(admission.Active)
	ana.drops()
	for range 60 {
		w.passes(time.Second)
		ben.polls()
	}
	ana.is(gone)
	ben.is(admission.Promoted)
}

func TestConnectReclaimsAGraceWithoutMovingItsDeadline(t *testing.T) {
	w := newWorld(t, nil)
	ana := w.player("ana").plays()
	old := ana.reconnection
	ana.drops()
	w.passes(55 * time.Second)
	o := ana.connects()
	if !o.Resumed || o.ClaimWithin != 5*time.Second {
		t.Fatalf("the answer is %+v", o)
	}
	if ana.attachesWith(old, admission.ReconnectionTokenKind) {
		t.Error("an older token still works")
	}
	w.passes(5 * time.Second)
	ana.is(gone)
}

func TestASessionTokenIsGoodForTheClaimWindowAlone(t *testing.T) {
	w := newWorld(t, nil)
	ana := w.player("ana").plays()
	ana.drops()
	ana.isAdmitted()
	w.passes(10 * time.Second)
	ana.is(admission.Grace)
	if ana.attachesWith(ana.session, admission.SessionTokenKind) {
		t.Error("it works after its window, too")
	}
	if !ana.isAdmitted().attachesWith(ana.session, admission.SessionTokenKind) {
		t.Error("a fresh one does not work")
	}
}

func TestAReplayedTokenIsToldOfOnceAMinute(t *testing.T) {
	w := newWorld(t, nil)
	ana := w.player("ana").plays()
	old := ana.reconnection
	ana.acks()
	ana.attachesWith(old, admission.ReconnectionTokenKind) // good: the last one acknowledged
	ana.acks()
	replays := func(want int, when string) {
		t.Helper()
		if ana.attachesWith(old, admission.ReconnectionTokenKind) {
			t.Error("a dead token works", when)
		}
		if got := w.events(admission.EventTokenReplayed); got != want {
			t.Errorf("%s it was told of %d times, want %d", when, got, want)
		}
	}
	replays(1, "at first")
	w.passes(59 * time.Second)
	replays(1, "within a minute")
	w.passes(time.Second)
	replays(2, "after a minute")
	ana.attachesWith("a guess", admission.ReconnectionTokenKind)
	if got := w.events(admission.EventTokenReplayed); got != 2 {
		t.Error("a guess is called a replay")
	}
	ana.leaves()
	w.passes(time.Minute)
	replays(2, "after the session")
}

func TestALeaveFreesTheSeatAtOnce(t *testing.T) {
	w := newWorld(t, nil)
	ana := w.player("ana").plays()
	ana.leaves()
	ana.is(gone)
	w.seats(0)
	if ana.hangup() != admission.HangupLeft {
		t.Errorf("the socket was closed as %q", ana.hangup())
	}
	w.player("ben").isAdmitted()
}

func TestAReconnectionTokenSurvivesADropAtAnyMoment(t *testing.T) {
	const reconnection = admission.ReconnectionTokenKind
	for name, story := range map[string]func(t *testing.T, ana *player){
		"the admitted frame was lost: the former token works again": func(t *testing.T, ana *player) {
			first := ana.reconnection
			ana.drops()
			ana.attachesWith(first, reconnection)
			ana.drops()
			if !ana.attachesWith(first, reconnection) {
				t.Error("refused")
			}
		},
		"the successor kills the former": func(t *testing.T, ana *player) {
			first := ana.reconnection
			ana.drops()
			ana.attachesWith(first, reconnection)
			second := ana.reconnection
			ana.drops()
			if !ana.attachesWith(second, reconnection) || ana.attachesWith(first, reconnection) {
				t.Error("the wrong token works")
			}
		},
		"an ack kills the former": func(t *testing.T, ana *player) {
			first := ana.reconnection
			ana.drops()
			ana.attachesWith(first, reconnection)
			ana.acks()
			if ana.attachesWith(first, reconnection) {
				t.Error("the former works")
			}
		},
		"a second use of the former kills its first successor": func(t *testing.T, ana *player) {
			first := ana.reconnection
			ana.drops()
			ana.attachesWith(first, reconnection)
			lost := ana.reconnection
			ana.drops()
			ana.attachesWith(first, reconnection)
			if ana.attachesWith(lost, reconnection) {
				t.Error("the lost successor works")
			}
		},
		"an ack of a socket that was taken over is ignored": func(t *testing.T, ana *player) {
			first := ana.reconnection
			old := ana.conn
			ana.attachesWith(first, reconnection)
			ana.w.did(ana.w.in.Ack(old, ana.w.now))
			if !ana.attachesWith(first, reconnection) {
				t.Error("the token died by a stranger's ack")
			}
		},
	} {
		t.Run(name, func(t *testing.T) { story(t, newWorld(t, nil).player("ana").plays()) })
	}
}

func TestATokenTakesOverAHalfOpenSocket(t *testing.T) {
	w := newWorld(t, nil)
	ana := w.player("ana").plays()
	old := *ana
	ana.attachesWith(ana.reconnection, admission.ReconnectionTokenKind)
	if old.hangup() != admission.HangupTakenOver {
		t.Errorf("the old socket was closed as %q", old.hangup())
	}
	old.drops()
	ana.is(admission.Active)
}

func TestASecondTabIsAskedFirst(t *testing.T) {
	w := newWorld(t, nil)
	ana := w.player("ana").plays()
	old, session := *ana, ana.sessionID
	refusal := ana.isRefused(admission.AlreadyInSession)
	if refusal.ReplaceToken == "" || refusal.Existing.State != admission.Active {
		t.Fatalf("no replacement is offered: %+v", refusal)
	}
	ana.is(admission.Active)
	if ana.account.Failures.Locked(w.now) > 0 {
		t.Error("asking counted as a failure")
	}
	confirm := func(a *admission.Attempt) { a.ReplaceToken = refusal.ReplaceToken }
	o := ana.tries(confirm)
	if o.Kind != admission.OutcomeAdmitted || !o.Replaced || o.Session == session {
		t.Fatalf("the confirmation is %+v", o)
	}
	w.seats(1)
	if old.hangup() != admission.HangupReplaced {
		t.Errorf("the old socket was closed as %q", old.hangup())
	}
	old.drops()
	if old.attachesWith(old.reconnection, admission.ReconnectionTokenKind) {
		t.Error("the old session's token still works")
	}
	ana.attaches()
	if again := ana.tries(confirm); again.Refusal == nil || again.Refusal.Reason != admission.InvalidReplaceToken {
		t.Errorf("the token works twice: %+v", again)
	}
}

func TestADeclinedReplacementExpires(t *testing.T) {
	w := newWorld(t, nil)
	ana := w.player("ana").plays()
	refusal := ana.isRefused(admission.AlreadyInSession)
	w.passes(admission.OfferLife)
	o := ana.tries(func(a *admission.Attempt) { a.ReplaceToken = refusal.ReplaceToken })
	if o.Refusal == nil || o.Refusal.Reason != admission.InvalidReplaceToken {
		t.Errorf("an expired token gives %+v", o)
	}
	ana.is(admission.Active)
}

func TestThePolicyNeverOffersNothing(t *testing.T) {
	w := newWorld(t, func(s *admission.Settings) { s.Replacement = admission.ReplaceNever })
	ana := w.player("ana").plays()
	if r := ana.isRefused(admission.AlreadyInSession); r.ReplaceToken != "" {
		t.Error("a replacement is offered")
	}
}

func TestARestartChargesNobody(t *testing.T) {
	w := newWorld(t, func(s *admission.Settings) { s.Capacity = 2 })
	ana, ben := w.player("ana").plays(), w.player("ben").plays()
	queued := w.players("cem", "dia", "eva")
	for i, p := range queued {
		p.isQueuedAt(i + 1).waits()
	}
	ben.drops()
	w.passes(50 * time.Second)
	w.restarts()
	w.passes(59 * time.Second)
	session := ben.sessionID
	if !ben.attachesWith(ben.reconnection, admission.ReconnectionTokenKind) || ben.sessionID != session {
		t.Error("ben's grace was charged for the downtime")
	}
	ana.is(admission.Grace)
	for i, p := range queued {
		if !p.attachesWith(p.queue, admission.QueueTokenKind) || p.polls().Position != i+1 {
			t.Errorf("%s lost the rank %d", p.id, i+1)
		}
	}
}
