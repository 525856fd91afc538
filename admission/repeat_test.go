package admission_test

import (
	"testing"
	"time"

	"gatekeeper/admission"
)

// repeats asks the last attempt again.
func (p *player) repeats() admission.Outcome {
	events := len(p.w.log)
	o, c := p.decision.Repeat(p.w.now)
	p.w.did(c)
	if len(p.w.log) != events {
		p.w.t.Error("asking again is an event")
	}
	if o.SessionToken != "" {
		p.session, p.sessionID = o.SessionToken, o.Session
	}
	if o.QueueToken != "" {
		p.queue = o.QueueToken
	}
	return o
}

func TestAnAttemptAskedAgainHandsOutAFreshToken(t *testing.T) {
	w := newWorld(t, nil)
	ana, ben := w.player("ana").isAdmitted(), w.player("ben").isQueuedAt(1)
	former := ana.session
	w.passes(4 * time.Second)
	if o := ana.repeats(); o.Kind != admission.OutcomeAdmitted || o.ClaimWithin != 6*time.Second || o.Attempt != ana.decision.Outcome.Attempt {
		t.Errorf("the reserved seat: %+v", o)
	}
	if ana.attachesWith(former, admission.SessionTokenKind) || !ana.attachesWith(ana.session, admission.SessionTokenKind) {
		t.Error("not the fresh token works, or the former too")
	}
	if o := ana.repeats(); o.Kind != admission.OutcomeAdmitted || o.ClaimWithin != 10*time.Second {
		t.Errorf("the session whose socket may be half open: %+v", o)
	}
	half := ana.conn
	if !ana.attachesWith(ana.session, admission.SessionTokenKind) {
		t.Error("it cannot be attached to")
	}
	if hangup := w.told[half][len(w.told[half])-1]; hangup != (admission.Hangup{Conn: half, Why: admission.HangupTakenOver}) {
		t.Errorf("the half-open socket heard %v", hangup)
	}
	old := ana.reconnection
	ana.drops()
	w.passes(55 * time.Second)
	if o := ana.repeats(); !o.Resumed || o.ClaimWithin != 5*time.Second {
		t.Errorf("the session in grace: %+v", o)
	}
	if ana.attachesWith(old, admission.ReconnectionTokenKind) {
		t.Error("an older token survived")
	}

	if o := ben.repeats(); o.Kind != admission.OutcomeQueued || o.Position != 1 || o.Depth != 1 {
		t.Errorf("the queue place: %+v", o)
	}
	ben.waits()
	w.did(w.in.LeaveSession(ana.id, ana.sessionID, w.now))
	if o := ben.repeats(); o.Kind != admission.OutcomeQueued {
		t.Errorf("the promoted place: %+v", o)
	}
	ben.waits()
	ben.is(admission.Active)

	if o := ana.repeats(); o.SessionToken == "" || ana.attachesWith(o.SessionToken, admission.SessionTokenKind) {
		t.Errorf("the place that is gone: %+v", o)
	}
}

func TestARefusalAskedAgainCountsDown(t *testing.T) {
	w := newWorld(t, nil)
	ana := w.player("ana").plays()
	refusal := ana.isRefused(admission.AlreadyInSession)
	if o := ana.repeats(); o.Refusal != refusal {
		t.Errorf("%+v", o)
	}
	later := refusal.After(20 * time.Second)
	if later.ReplaceWithin != 10*time.Second || refusal.ReplaceWithin != 30*time.Second {
		t.Errorf("after 20 s %v are left", later.ReplaceWithin)
	}
	if gone := refusal.After(time.Hour); gone.ReplaceWithin != 0 || gone.RetryAfter != 0 {
		t.Errorf("after an hour %v are left", gone.ReplaceWithin)
	}
}
