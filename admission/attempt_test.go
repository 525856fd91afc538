package admission_test

import (
	"testing"
	"time"

	"gatekeeper/admission"
)

func TestChecksRunInTheOrderOfTheContract(t *testing.T) {
	w := newWorld(t, func(s *admission.Settings) {
		s.RequiredBuild, s.UpdateURL, s.QueueMax = "2.0", "https://example.org/get", 0
	})
	type step struct {
		want  admission.Reason
		mends func(p *player, a *admission.Attempt)
	}
	// Everything is wrong at first; each step mends what the former found.
	steps := []step{
		{admission.InvalidRequest, nil},
		{admission.InvalidInstance, func(_ *player, a *admission.Attempt) { a.Malformed = "" }},
		{admission.NoActiveCharacter, func(p *player, a *admission.Attempt) { a.Instance = p.w.in }},
		{admission.CharacterNotOwned, func(_ *player, a *admission.Attempt) { a.Character = "stranger" }},
		{admission.CharacterSuspended, func(p *player, a *admission.Attempt) { a.Character = p.id }},
		{admission.VersionMismatch, func(p *player, _ *admission.Attempt) { p.account.Character(p.id).Suspended = false }},
		{admission.Maintenance, func(_ *player, a *admission.Attempt) { a.Build = "2.0" }},
		{admission.AlreadyInSession, func(p *player, _ *admission.Attempt) {
			p.w.applies(func(s *admission.Settings) { s.Mode = admission.ModeDraining; s.Capacity = 0 })
		}},
		{admission.InvalidReplaceToken, func(_ *player, a *admission.Attempt) { a.Other = nil }},
		{admission.InstanceUnavailable, func(p *player, a *admission.Attempt) {
			a.ReplaceToken = ""
			p.w.did(p.w.in.Heartbeat(p.w.now))
			p.w.passes(admission.HeartbeatLimit)
		}},
		{admission.DrainMode, func(p *player, _ *admission.Attempt) { p.w.did(p.w.in.Heartbeat(p.w.now)) }},
		{admission.QueueFull, func(p *player, _ *admission.Attempt) {
			p.w.applies(func(s *admission.Settings) { s.Mode = admission.ModeOpen })
		}},
		{admission.CharacterChanged, func(p *player, a *admission.Attempt) {
			p.w.applies(func(s *admission.Settings) { s.QueueMax = 1 })
			_, _ = p.account.Activate(p.id)
			a.Character, a.ActiveAtArrival = "", "another"
		}},
	}
	w.applies(func(s *admission.Settings) { s.Mode = admission.ModeMaintenance })
	p := w.player("ana")
	_, _ = p.account.Activate("")
	p.account.Character(p.id).Suspended = true
	a := p.attempt()
	a.Malformed, a.Instance, a.ReplaceToken = "all of it", nil, "no such token"
	other := newWorld(t, func(s *admission.Settings) { s.ID = "other" })
	a.Other = other.in
	elsewhere := a
	elsewhere.Malformed, elsewhere.Instance, elsewhere.Target, elsewhere.Other = "", other.in, "other", nil
	elsewhere.Character, elsewhere.ReplaceToken = p.id, ""
	p.account.Character(p.id).Suspended = false
	if d := admission.Connect(elsewhere, w.now); d.Outcome.Kind != admission.OutcomeAdmitted {
		t.Fatal(d.Outcome)
	}
	p.account.Character(p.id).Suspended = true
	for i, s := range steps {
		w.now = w.now.Add(time.Minute) // so that no failures pile up
		if s.mends != nil {
			s.mends(p, &a)
		}
		d := admission.Connect(a, w.now)
		if r := d.Outcome.Refusal; r == nil || r.Reason != s.want {
			t.Fatalf("step %d gives %+v, want %s", i, d.Outcome, s.want)
		}
	}
}

func TestARefusalTellsWhatThePlayerNeeds(t *testing.T) {
	w := newWorld(t, func(s *admission.Settings) { s.RequiredBuild, s.UpdateURL = "2.0", "https://example.org/get" })
	ana := w.player("ana")
	if r := ana.isRefused(admission.VersionMismatch); r.RequiredBuild != "2.0" || r.UpdateURL == "" {
		t.Errorf("the mismatch says %+v", r)
	}
	ana.build = "2.0"
	w.applies(func(s *admission.Settings) { s.Mode, s.Message = admission.ModeMaintenance, "back at nine" })
	if r := ana.isRefused(admission.Maintenance); r.Message != "back at nine" || r.RetryAfter == 0 {
		t.Errorf("the maintenance says %+v", r)
	}
}

func TestFiveFailuresLockForAMinuteToTheMillisecond(t *testing.T) {
	w := newWorld(t, func(s *admission.Settings) { s.RequiredBuild = "2.0" })
	ana := w.player("ana")
	for range 5 {
		ana.isRefused(admission.VersionMismatch)
		w.now = w.now.Add(time.Second)
	}
	w.now = w.now.Add(-time.Second) // the fifth is the lock's beginning
	ana.build = "2.0"
	if r := ana.isRefused(admission.RateLimited); r.RetryAfter != 60*time.Second {
		t.Errorf("the lock says %s", r.RetryAfter)
	}
	w.now = w.now.Add(60*time.Second - time.Millisecond)
	ana.isRefused(admission.RateLimited) // and does not prolong it
	w.now = w.now.Add(time.Millisecond)
	ana.isAdmitted()
}

func TestFourFailuresInAnyWindowDoNotLock(t *testing.T) {
	w := newWorld(t, func(s *admission.Settings) { s.RequiredBuild = "2.0" })
	ana := w.player("ana")
	for range 40 {
		ana.isRefused(admission.VersionMismatch)
		w.now = w.now.Add(15 * time.Second) // the fifth comes as the first leaves the window
	}
}

func TestALockOutlivesARestartButNotAMinute(t *testing.T) {
	w := newWorld(t, nil)
	at := w.now
	ana := w.player("ana")
	ana.account.RestoreFailures(admission.ThrottleRow{LockedUntil: at.Add(24 * time.Hour)}, at)
	if left := ana.account.Failures.Locked(at); left != admission.LockTime {
		t.Errorf("a lock from a clock that jumped lasts %s", left)
	}
}

func TestOfALockOnlyTheFirstRefusalsAreEventsOneByOne(t *testing.T) {
	w := newWorld(t, func(s *admission.Settings) { s.RequiredBuild = "2.0" })
	ana := w.player("ana")
	for range 5 {
		ana.isRefused(admission.VersionMismatch)
	}
	for range 50 {
		ana.isRefused(admission.RateLimited)
	}
	w.passes(admission.LockTime)
	ana.isRefused(admission.VersionMismatch)
	if n := w.events(admission.EventThrottled); n != 11 {
		t.Errorf("50 refusals were %d events, want 10 and a sum", n)
	}
	for _, e := range w.log {
		if count, isSum := e.Data["count"]; isSum && count != 40 {
			t.Errorf("the sum says %v", count)
		}
	}
}

func TestDrainLetsTheQueuedInAndNobodyNew(t *testing.T) {
	w := newWorld(t, nil)
	ana, ben := w.player("ana").plays(), w.player("ben").isQueuedAt(1).waits()
	w.applies(func(s *admission.Settings) { s.Mode, s.Message = admission.ModeDraining, "closing early" })
	w.player("cem").isRefused(admission.DrainMode)
	ana.drops()
	if !ana.attachesWith(ana.reconnection, admission.ReconnectionTokenKind) {
		t.Error("a reconnection is refused")
	}
	ben.isQueuedAt(1).waits() // who waits may ask again
	ana.leaves()
	ben.hears()
	ben.is(admission.Active)
	if w.events(admission.EventInstanceDrained) != 0 {
		t.Error("drained too early")
	}
	ben.leaves()
	if w.events(admission.EventInstanceDrained) != 1 {
		t.Error("nobody was told that it is empty")
	}
}

func TestMaintenanceMovesAndLosesNobody(t *testing.T) {
	w := newWorld(t, nil)
	ana, ben := w.player("ana").plays(), w.player("ben").isQueuedAt(1).waits()
	w.applies(func(s *admission.Settings) { s.Mode = admission.ModeMaintenance })
	ana.leaves()
	ben.is(admission.Waiting)
	ben.drops()
	w.passes(time.Hour)
	ben.is(admission.Absent)
	ben.isQueuedAt(1)
	w.applies(func(s *admission.Settings) { s.Mode = admission.ModeOpen })
	ben.is(admission.Promoted)
}

func TestClosingEndsEveryPlaceAndHidesTheInstance(t *testing.T) {
	w := newWorld(t, nil)
	ana, ben := w.player("ana").plays(), w.player("ben").isQueuedAt(1).waits()
	w.applies(func(s *admission.Settings) { s.Mode = admission.ModeClosed })
	for _, p := range []*player{ana, ben} {
		p.is(gone)
		if p.hangup() != admission.HangupClosed {
			t.Errorf("%s was closed as %q", p.id, p.hangup())
		}
	}
	if len(w.rows) != 0 {
		t.Error("rows are left")
	}
	w.player("cem").isRefused(admission.InvalidInstance)
}

func TestALoweredCapacityEvictsNobody(t *testing.T) {
	w := newWorld(t, func(s *admission.Settings) { s.Capacity = 3 })
	list := w.players("ana", "ben", "cem")
	for _, p := range list {
		p.plays()
	}
	dia := w.player("dia")
	w.applies(func(s *admission.Settings) { s.Capacity = 1 })
	dia.isQueuedAt(1).waits()
	list[0].leaves()
	list[1].leaves()
	dia.is(admission.Waiting)
	list[2].leaves()
	dia.is(admission.Promoted)
}

func TestEveryAttemptIsTwoEvents(t *testing.T) {
	w := newWorld(t, nil)
	ana, ben := w.player("ana").plays(), w.player("ben").isQueuedAt(1)
	ana.isRefused(admission.AlreadyInSession)
	ben.isQueuedAt(1)
	attempts, ends := map[admission.AttemptID]int{}, map[admission.AttemptID]int{}
	for _, e := range w.log {
		switch e.Name {
		case admission.EventAttempt:
			attempts[e.Attempt]++
		case admission.EventAdmitted, admission.EventQueued, admission.EventFailed:
			ends[e.Attempt]++
		}
	}
	for id, n := range attempts {
		if n != 1 || ends[id] != 1 {
			t.Errorf("attempt %s has %d beginnings and %d ends", id, n, ends[id])
		}
	}
	if len(attempts) != 4 {
		t.Errorf("there were %d attempts", len(attempts))
	}
}

func TestAWithdrawnAttemptLeavesNothing(t *testing.T) {
	for name, story := range map[string]func(t *testing.T, w *world, ana *player){
		"a seat is free again": func(t *testing.T, w *world, ana *player) {
			ana.isAdmitted()
			w.did(ana.decision.Withdraw(false, w.now))
			ana.is(gone)
			w.seats(0)
		},
		"a queue place is gone": func(t *testing.T, w *world, ana *player) {
			w.player("ben").plays()
			ana.isQueuedAt(1)
			w.did(ana.decision.Withdraw(false, w.now))
			ana.is(gone)
			if w.in.QueueDepth() != 0 {
				t.Error("the place is still counted")
			}
		},
		"a place that stood before stays, the new token dies": func(t *testing.T, w *world, ana *player) {
			w.player("ben").plays()
			ana.isQueuedAt(1).waits()
			ana.isQueuedAt(1)
			w.did(ana.decision.Withdraw(false, w.now))
			ana.is(admission.Waiting)
			if ana.attachesWith(ana.queue, admission.QueueTokenKind) {
				t.Error("the token of the withdrawn attempt works")
			}
		},
		"a replaced session is back as it was": func(t *testing.T, w *world, ana *player) {
			ana.plays()
			session, token := ana.sessionID, ana.reconnection
			refusal := ana.isRefused(admission.AlreadyInSession)
			ana.tries(func(a *admission.Attempt) { a.ReplaceToken = refusal.ReplaceToken })
			w.did(ana.decision.Withdraw(false, w.now))
			ana.is(admission.Active)
			w.seats(1)
			ana.drops()
			ana.is(admission.Grace)
			if !ana.attachesWith(token, admission.ReconnectionTokenKind) || ana.sessionID != session {
				t.Error("the old session's token is refused")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			ana := w.player("ana")
			story(t, w, ana)
			if w.events(admission.EventTimeout) != 1 {
				t.Error("no connection.timeout")
			}
		})
	}
}
