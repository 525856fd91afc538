package admission_test

import (
	"fmt"
	"testing"
	"time"

	"gatekeeper/admission"
)

func TestTheRosterTellsWhereEverybodyStands(t *testing.T) {
	w := newWorld(t, nil)
	ana := w.player("ana")
	ana.build = "1.4"
	ana.plays()
	w.player("ben").isQueuedAt(1).waits()
	w.player("cem").isQueuedAt(2).waits()
	if list := w.in.Sessions(); len(list) != 1 || list[0].Character != "ana" || list[0].State != admission.Active || list[0].Position != 0 {
		t.Errorf("the sessions are %+v", list)
	}
	if list := w.in.Queued(); len(list) != 2 || list[0].Character != "ben" || list[1].Position != 2 || list[1].Session != "" {
		t.Errorf("the queue is %+v", list)
	}
	if builds := w.in.Builds(); builds["1.4"] != 1 || builds[""] != 2 {
		t.Errorf("the builds are %v", builds)
	}
	if cem, found := w.in.Listed("cem"); !found || cem.Position != 2 || cem.CharacterName != "cem" {
		t.Errorf("cem stands %+v", cem)
	}
	if _, found := w.in.Listed("nobody"); found {
		t.Error("nobody has a place")
	}
	ana.leaves()
	if list := w.in.Sessions(); len(list) != 1 || list[0].State != admission.Promoted || list[0].Position != 1 {
		t.Errorf("after a promotion the sessions are %+v", list)
	}
}

func TestTheForecastGrowsWithThoseInsideAndThoseWhoWait(t *testing.T) {
	w := newWorld(t, func(s *admission.Settings) { s.Capacity = 20 })
	if w.in.Emptying(w.now).IsKnown() {
		t.Error("an empty instance has a forecast")
	}
	for i := range 10 {
		p := w.player(fmt.Sprintf("early-%d", i)).plays()
		w.passes(10 * time.Second)
		p.leaves()
	}
	var last admission.Estimate
	for i := range 20 {
		w.player(fmt.Sprintf("late-%d", i)).plays()
		e := w.in.Emptying(w.now)
		if !e.IsKnown() || e.Upper <= e.Median || e.Median <= last.Median {
			t.Fatalf("with %d inside the forecast is %+v, before it was %+v", i+1, e, last)
		}
		last = e
	}
	// Sessions last ten seconds, so the median of the longest of twenty is near 10 s × -ln(1 - 0.5^(1/20)) = 34 s.
	if last.Median < 25*time.Second || last.Median > 45*time.Second {
		t.Errorf("twenty are gone after %v", last.Median)
	}
	w.player("waiting").isQueuedAt(1).waits()
	if e := w.in.Emptying(w.now); e.Median <= last.Median {
		t.Errorf("with one more who waits it is %v, before it was %v", e.Median, last.Median)
	}
}

func TestASilencedGameServerIsNotHeardUntilItMaySpeak(t *testing.T) {
	w := newWorld(t, nil)
	w.did(w.in.Silence(true, w.now))
	w.did(w.in.Silence(true, w.now))
	w.did(w.in.Heartbeat(w.now))
	if !w.in.IsDown() || w.events(admission.EventInstanceDown) != 1 {
		t.Fatal("it is not silent")
	}
	w.player("ana").isRefused(admission.InstanceUnavailable)
	w.did(w.in.Silence(false, w.now))
	w.did(w.in.Silence(false, w.now))
	if w.in.IsDown() || w.events(admission.EventInstanceUp) != 1 {
		t.Fatal("it may not speak again")
	}
	w.passes(time.Hour) // it was never linked: what it sent was not heard
	w.player("ben").isAdmitted()
	w.did(w.in.Heartbeat(w.now))
	w.passes(admission.HeartbeatLimit)
	w.did(w.in.Silence(true, w.now))
	w.did(w.in.Silence(false, w.now))
	if w.in.IsDown() {
		t.Error("it is down at once, and has its time again")
	}
}

func TestAnOperatorClearsALockAndSetsAPassword(t *testing.T) {
	w := newWorld(t, nil)
	ana := w.player("ana")
	for range 5 {
		ana.tries(func(a *admission.Attempt) { a.Malformed = "all of it" })
	}
	if n := ana.account.Failures.Count(w.now); n != 5 || ana.account.Failures.Locked(w.now) <= 0 {
		t.Fatalf("%d failures did not lock", n)
	}
	w.did(ana.account.ClearLock(w.now))
	ana.isAdmitted()
	c := ana.account.SetPassword("a hash", false)
	if put, isAccount := c.Records[0].(admission.PutAccount); !isAccount || put.Row.PasswordHash != "a hash" {
		t.Errorf("it writes %+v", c.Records)
	}
}

func TestARoleMayDoWhatThoseBeforeItMay(t *testing.T) {
	for _, c := range []struct {
		role, needed admission.Role
		may          bool
	}{
		{admission.Viewer, admission.Viewer, true},
		{admission.Viewer, admission.Operator, false},
		{admission.Operator, admission.Viewer, true},
		{admission.Operator, admission.Owner, false},
		{admission.Owner, admission.Owner, true},
		{"god", admission.Viewer, false},
		{"", admission.Viewer, false},
	} {
		if c.role.May(c.needed) != c.may {
			t.Errorf("a %q may what a %s may: %t", c.role, c.needed, !c.may)
		}
	}
	if r := admission.RoleOf([]admission.Scope{admission.GameServers, "viewer", "operator"}); r != admission.Operator {
		t.Errorf("the greatest role is %q", r)
	}
	if admission.RoleOf([]admission.Scope{admission.GameServers}) != "" || admission.Scope("god").IsValid() {
		t.Error("a game server has a role, or there is a god")
	}
}
