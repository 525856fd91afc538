package admission_test

import (
	"testing"
	"time"

	"gatekeeper/admission"
)

// An attempt that is taken back leaves nothing behind (I5), also when another one of the same character was decided
// between its decision and its end, as with two tabs while the store stalls.
func TestTwoAttemptsThatAreBothTakenBackLeaveTheTokensAsTheyWere(t *testing.T) {
	t.Skip("the second brings back what the first gave out, and what the first superseded stays dead")
	w := newWorld(t, nil)
	ana := w.player("ana").plays()
	ana.drops()
	kept := ana.reconnection
	ana.connects()
	first, of := ana.decision, ana.session
	ana.connects()
	second := ana.decision
	w.did(first.Withdraw(false, w.now)) // in the order of their deadlines
	w.did(second.Withdraw(false, w.now))
	if ana.attachesWith(of, admission.SessionTokenKind) {
		t.Error("the token of an attempt that was taken back works")
	}
	if !ana.attachesWith(kept, admission.ReconnectionTokenKind) {
		t.Error("the token of the session died of attempts that never were")
	}
}

// The same with a place in the queue.
func TestTwoAttemptsOfAQueuePlaceThatAreBothTakenBackLeaveItsTokens(t *testing.T) {
	t.Skip("the second brings back what the first gave out, and what the first superseded stays dead")
	w := newWorld(t, nil)
	w.player("ana").plays()
	ben := w.player("ben").isQueuedAt(1)
	kept := ben.queue
	ben.connects()
	first, of := ben.decision, ben.queue
	ben.connects()
	second := ben.decision
	w.did(first.Withdraw(false, w.now))
	w.did(second.Withdraw(false, w.now))
	if ben.attachesWith(of, admission.QueueTokenKind) {
		t.Error("the token of an attempt that was taken back works")
	}
	if !ben.attachesWith(kept, admission.QueueTokenKind) {
		t.Error("the token of the place died of attempts that never were")
	}
}

// A place that comes back to an instance that was closed meanwhile ends there; the last that the log tells of it has to
// be that end.
func TestTheLogEndsWithTheEndOfAPlaceThatCameBackToAClosedInstance(t *testing.T) {
	t.Skip("connection.reconnected is written after the end")
	tw := newTwins(t, admission.ReplaceAnywhere)
	ana := tw.here.player("ana").plays()
	tw.confirms(ana)
	tw.here.applies(func(s *admission.Settings) { s.Mode = admission.ModeClosed })
	tw.here.did(ana.decision.Withdraw(true, tw.here.now))
	isAt(t, ana, tw.here.in, gone)
	if last := tw.here.log[len(tw.here.log)-1]; last.Name != admission.EventDisconnected {
		t.Errorf("the log ends with %s", last.Name)
	}
}

// An outage is charged to nobody, also not to a place whose move was on its way when the deadlines were put off.
func TestAPlaceThatCameBackHasItsDeadlinePutOffByAnOutage(t *testing.T) {
	t.Skip("the deadline that the place had is kept beside the others, and not put off with them")
	tw := newTwins(t, admission.ReplaceAnywhere)
	ana := tw.here.player("ana").isAdmitted()
	tw.confirms(ana)
	tw.here.passes(5 * time.Second)
	tw.here.in.Thaw(5 * time.Second)
	tw.here.did(ana.decision.Withdraw(false, tw.here.now))
	tw.here.passes(9 * time.Second) // of the ten, none was used up but by the outage
	ana.is(admission.Reserved)
}

// An attempt that was answered with a session that another attempt's end takes away: the log has its admission, and so
// needs its end too.
func TestASessionThatTheLogToldOfEndsInTheLog(t *testing.T) {
	t.Skip("the session that only the second attempt told of ends without an event")
	w := newWorld(t, nil)
	ana := w.player("ana").isAdmitted()
	first := ana.decision
	ana.isAdmitted() // the same place, asked for again
	first.Unsay()
	w.log = nil
	w.did(first.Change)
	w.did(ana.decision.Change)
	w.did(first.Withdraw(false, w.now))
	ana.is(gone)
	if w.events(admission.EventAdmitted) != w.events(admission.EventDisconnected) {
		t.Errorf("%d admissions and %d ends", w.events(admission.EventAdmitted), w.events(admission.EventDisconnected))
	}
}
