package admission_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gatekeeper/admission"
)

// queued fills the one seat and lets the others wait in order.
func (w *world) queued(names ...string) []*player {
	w.player("first").plays()
	list := w.players(names...)
	for i, p := range list {
		p.isQueuedAt(i + 1).waits()
	}
	return list
}

func (w *world) moves(p *player, position int) {
	w.t.Helper()
	c, err := w.in.Move(p.id, position, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	w.did(c)
}

// line tells who waits, in the order of the positions that they are told.
func (w *world) line(list []*player) string {
	w.t.Helper()
	names := make([]string, len(list))
	for _, p := range list {
		position := p.polls().Position
		if position < 1 || position > len(list) || names[position-1] != "" {
			w.t.Fatalf("%s is at %d", p.id, position)
		}
		names[position-1] = string(p.id)
	}
	return strings.Join(names, " ")
}

func TestAnOperatorMovesAPlaceAndARestartKeepsTheOrder(t *testing.T) {
	w := newWorld(t, nil)
	list := w.queued("ana", "ben", "cem", "dan")
	for _, step := range []struct {
		who, to int
		want    string
	}{
		{3, 1, "dan ana ben cem"},
		{0, 4, "dan ben cem ana"},
		{2, 2, "dan cem ben ana"},
		{2, 2, "dan cem ben ana"},
		{1, 99, "dan cem ana ben"},
		{0, -1, "ana dan cem ben"},
	} {
		w.moves(list[step.who], step.to)
		if got := w.line(list); got != step.want {
			t.Errorf("moved to %d they stand as %q, want %q", step.to, got, step.want)
		}
		w.restarts()
		if got := w.line(list); got != step.want {
			t.Errorf("after a restart as %q, want %q", got, step.want)
		}
	}
	if n := w.events(admission.EventQueueMoved); n != 5 {
		t.Errorf("%d events, want one of each move that moved", n)
	}
	if late := w.player("eve").isQueuedAt(5); late.polls().Position != 5 {
		t.Error("a newcomer is not the last")
	}
	if _, err := w.in.Move("nobody", 1, w.now); !errors.Is(err, admission.ErrNotQueued) {
		t.Error(err)
	}
}

func TestMovingToTheSameGapAgainAndAgainNumbersTheLineAnew(t *testing.T) {
	w := newWorld(t, nil)
	list := w.queued("ana", "ben", "cem")
	for i := range 60 { // far more than halvings of one gap
		w.moves(list[1+i%2], 2)
		w.moves(list[2-i%2], 3)
	}
	want := w.line(list)
	w.restarts()
	if got := w.line(list); got != want {
		t.Errorf("they stood as %q, and stand as %q", want, got)
	}
	for i := range 60 {
		w.moves(list[i%3], 1)
	}
	if got := w.line(list); got != "cem ben ana" {
		t.Errorf("they stand as %q", got)
	}
}

func TestASilentGameServerHoldsNewcomersAndTheQueue(t *testing.T) {
	w := newWorld(t, nil)
	ana, ben := w.player("ana").plays(), w.player("ben").isQueuedAt(1).waits()
	w.passes(time.Hour) // it never sent a heartbeat, so none is missing
	w.did(w.in.Heartbeat(w.now))
	for range 5 {
		w.passes(admission.HeartbeatLimit - time.Millisecond)
		w.did(w.in.Heartbeat(w.now))
	}
	if w.in.IsDown() {
		t.Fatal("it is down in spite of its heartbeats")
	}
	w.passes(admission.HeartbeatLimit)
	if !w.in.IsDown() || w.events(admission.EventInstanceDown) != 1 {
		t.Fatal("its silence was not noticed")
	}
	w.player("cem").isRefused(admission.InstanceUnavailable)
	if notice, isNotice := w.told[ben.conn][len(w.told[ben.conn])-1].(admission.Notice); !isNotice || notice.Message == "" {
		t.Error("who waits is not told why nothing moves")
	}
	ana.drops()
	if !ana.attachesWith(ana.reconnection, admission.ReconnectionTokenKind) {
		t.Error("a reconnection is refused")
	}
	ana.leaves()
	ben.is(admission.Waiting)
	if ben.polls().Estimate.IsKnown() {
		t.Error("nothing moves, and a wait is told")
	}
	w.restarts()
	if w.in.IsDown() {
		t.Error("a restart does not wait for a heartbeat")
	}
	w.passes(admission.HeartbeatLimit)
	if !w.in.IsDown() {
		t.Error("a restart forgets that heartbeats are needed")
	}
	w.did(w.in.Heartbeat(w.now))
	if w.in.IsDown() || w.events(admission.EventInstanceUp) != 1 {
		t.Error("it is not back")
	}
	w.applies(func(s *admission.Settings) { s.Mode = admission.ModeClosed })
	w.did(w.in.Heartbeat(w.now))
	w.applies(func(s *admission.Settings) { s.Mode = admission.ModeOpen })
	w.passes(time.Hour)
	if w.in.IsDown() {
		t.Error("closing does not end the need for heartbeats")
	}
}

func TestAStorageOutageDelaysAMissingHeartbeatToo(t *testing.T) {
	w := newWorld(t, nil)
	w.in.Thaw(time.Minute)
	w.did(w.in.Heartbeat(w.now))
	w.in.Thaw(time.Minute)
	w.passes(time.Minute)
	if w.in.IsDown() {
		t.Error("the outage was charged to the game server")
	}
	w.passes(admission.HeartbeatLimit)
	if !w.in.IsDown() {
		t.Error("its silence is not noticed any more")
	}
}

func TestAFormerBuildComesInDuringTheRollOut(t *testing.T) {
	w := newWorld(t, func(s *admission.Settings) { s.Capacity = 10 })
	until := w.now.Add(time.Hour)
	w.applies(func(s *admission.Settings) {
		s.RequiredBuild, s.UpdateURL = "2.0", "https://example.org/get"
		s.AcceptedBuilds = []admission.AcceptedBuild{{Build: "1.9", Until: until}, {Build: "^1.8"}}
	})
	asks := func(name, build string) admission.Outcome {
		p := w.player(name)
		p.build = build
		return p.tries(func(a *admission.Attempt) {
			a.Within = func(versions string) bool { return versions == "^1.8" && build == "1.8.5" }
		})
	}
	for build, want := range map[string]admission.OutcomeKind{
		"2.0": admission.OutcomeAdmitted, "1.9": admission.OutcomeAdmitted, "1.8.5": admission.OutcomeAdmitted,
		"^1.8": admission.OutcomeAdmitted, "1.7": admission.OutcomeFailed, "": admission.OutcomeFailed,
	} {
		if o := asks("before"+build, build); o.Kind != want {
			t.Errorf("%q is %s before the end, want %s", build, o.Kind, want)
		}
	}
	w.now = until
	if o := asks("after", "1.9"); o.Refusal == nil || o.Refusal.RequiredBuild != "2.0" || o.Refusal.UpdateURL == "" {
		t.Errorf("after its end 1.9 is %+v", o)
	}
	if n := w.events(admission.EventBuildSet); n != 1 {
		t.Errorf("%d events", n)
	}
	w.applies(func(s *admission.Settings) { s.Capacity++ })
	w.applies(func(s *admission.Settings) { s.AcceptedBuilds = s.AcceptedBuilds[:1] })
	if n := w.events(admission.EventBuildSet); n != 2 {
		t.Errorf("a shorter list is not told of: %d events", n)
	}
}

func TestSettingsThatCannotBeAreRefused(t *testing.T) {
	for text, edit := range map[string]func(*admission.Settings){
		"name":          func(s *admission.Settings) { s.Name = "" },
		"message":       func(s *admission.Settings) { s.Message = "a\nb" },
		"state":         func(s *admission.Settings) { s.Mode = "ajar" },
		"capacity":      func(s *admission.Settings) { s.Capacity = -1 },
		"queueMax":      func(s *admission.Settings) { s.QueueMax = admission.MaxQueue + 1 },
		"graceSeconds":  func(s *admission.Settings) { s.Grace = 0 },
		"claimSeconds":  func(s *admission.Settings) { s.ClaimWindow = time.Hour },
		"requiredBuild": func(s *admission.Settings) { s.RequiredBuild = strings.Repeat("1", 65) },
		"at most 16": func(s *admission.Settings) {
			s.RequiredBuild, s.AcceptedBuilds = "2", slices.Repeat([]admission.AcceptedBuild{{Build: "1"}}, 17)
		},
		"each of acceptedBuilds": func(s *admission.Settings) { s.RequiredBuild, s.AcceptedBuilds = "2", []admission.AcceptedBuild{{}} },
		"need a requiredBuild":   func(s *admission.Settings) { s.AcceptedBuilds = []admission.AcceptedBuild{{Build: "1"}} },
		"gameUrl":                func(s *admission.Settings) { s.GameURL = "javascript:alert(1)" },
		"updateUrl":              func(s *admission.Settings) { s.UpdateURL = "ftp://example.org" },
		"replacement":            func(s *admission.Settings) { s.Replacement = "sometimes" },
	} {
		w := newWorld(t, nil)
		s := w.in.Settings
		edit(&s)
		c, err := w.in.Apply(s, w.now)
		if c != nil || !errors.Is(err, admission.ErrInvalidSettings) || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, id := range []admission.InstanceID{"", "a b", "ä", admission.InstanceID(strings.Repeat("a", 65))} {
		if admission.DefaultSettings(id).Validate() == nil {
			t.Errorf("%q is an id", id)
		}
	}
}

func TestAGameMayBeAnywhereButInThePage(t *testing.T) {
	long := "mygame://" + strings.Repeat("ä", 491)
	for address, isGood := range map[string]bool{
		"": true, "https://game.example/play?a=b": true, "HTTP://[::1]:8080": true, "mygame://join": true, "steam:run/7": true,
		long: true, long + "ä": false,
		"game.example/play": false, "/play": false, "//game.example": false, "https:game.example": false, "http://": false,
		"https://:443/": false, "mygame://a b%": false, " https://game.example": false, "my\tgame://join": false, "1game:x": false,
		"javascript:alert(1)": false, "JavaScript://game.example/%0aalert(1)": false, " javascript:alert(1)": false,
		"java\nscript:alert(1)": false, "data:text/html,x": false, "vbscript:x": false, "blob:https://game.example/1": false,
		"file:///etc/passwd": false, "about:blank": false,
	} {
		s := admission.DefaultSettings("main")
		s.GameURL = address
		switch err := s.Validate(); {
		case isGood && err != nil:
			t.Errorf("%q: %v", address, err)
		case !isGood && (!errors.Is(err, admission.ErrInvalidSettings) || !strings.Contains(err.Error(), "gameUrl")):
			t.Errorf("%q is refused as %v", address, err)
		}
	}
}

func TestPlayersAreRelayedToSocketsOnly(t *testing.T) {
	for address, isGood := range map[string]bool{
		"": true, "ws://127.0.0.1:2567/game?room=1": true, "wss://game.example": true,
		"https://game.example": false, "ws://": false, "ws://u:p@game.example": false, "ws://game.example/#a": false,
		"ws://game.example/" + strings.Repeat("a", 500): false, "ws://game.example/\n": false,
	} {
		s := admission.DefaultSettings("main")
		s.Upstream = address
		if err := s.Validate(); (err == nil) != isGood {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestAnOperatorEndsASession(t *testing.T) {
	w := newWorld(t, nil)
	ana := w.player("ana").plays()
	w.did(w.in.Remove("nobody", "", w.now))
	w.did(w.in.Remove(ana.id, "cheating", w.now))
	if ana.is(gone); ana.hangup() != admission.HangupRemoved {
		t.Errorf("the socket heard %q", ana.hangup())
	}
	ben := w.player("ben").plays()
	w.did(w.in.Expel(ben.conn, w.now))
	ben.is(gone)
	cem := w.player("cem").plays()
	w.did(w.in.LeaveSession(cem.id, ben.sessionID, w.now)) // another session: left alone
	cem.is(admission.Active)
	w.did(w.in.LeaveSession(cem.id, cem.sessionID, w.now))
	cem.is(gone)
}

func TestAnOperatorEndsAQueuePlace(t *testing.T) {
	w := newWorld(t, nil)
	ben := w.queued("ben")[0]
	for _, who := range []admission.CharacterID{"nobody", "first"} { // who plays does not wait
		if _, err := w.in.RemoveQueued(who, "", w.now); !errors.Is(err, admission.ErrNotQueued) {
			t.Errorf("%s: %v", who, err)
		}
	}
	c, err := w.in.RemoveQueued(ben.id, "cheating", w.now)
	if err != nil {
		t.Fatal(err)
	}
	w.did(c)
	if ben.is(gone); ben.hangup() != admission.HangupRemoved || w.events(admission.EventQueueRemoved) != 1 {
		t.Errorf("the socket heard %q", ben.hangup())
	}
}

func TestAFrozenInstancePromotesNobodyUntilItMay(t *testing.T) {
	w := newWorld(t, nil)
	ben := w.queued("ben")[0]
	w.in.Freeze()
	w.did(w.in.Remove("first", "", w.now))
	if ben.is(admission.Waiting); w.in.NextDeadline().After(w.now) {
		t.Error("it does not go on as soon as it may")
	}
	if reserved, active, grace := w.in.Seats(); reserved+active+grace != 0 || !w.in.IsQueued(ben.id) {
		t.Error("somebody moved")
	}
	w.did(w.in.Expire(w.now))
	ben.is(admission.Promoted)
	if reserved, active, grace := w.in.Seats(); reserved != 1 || active+grace != 0 {
		t.Errorf("%d reserved, %d active, %d in grace", reserved, active, grace)
	}
}

func TestAnOutagePutsOffEveryDeadline(t *testing.T) {
	w := newWorld(t, func(s *admission.Settings) { s.Capacity = 2 })
	ana, ben := w.player("ana").plays(), w.player("ben").isAdmitted()
	ana.drops()
	w.in.Thaw(time.Minute)
	w.passes(69 * time.Second)
	if ben.is(admission.Reserved); !ben.attachesWith(ben.session, admission.SessionTokenKind) {
		t.Error("the window of the sessionToken was not put off")
	}
	w.passes(50 * time.Second)
	ana.is(admission.Grace)
	w.passes(2 * time.Second)
	ana.is(gone)
}

func TestAnOperatorsWordReachesWhoIsThere(t *testing.T) {
	w := newWorld(t, nil)
	ana := w.player("ana").plays()
	w.applies(func(s *admission.Settings) { s.Message = "cake at nine" })
	notice, isNotice := w.told[ana.conn][len(w.told[ana.conn])-1].(admission.Notice)
	if !isNotice || notice.Kind != "message" || notice.Message != "cake at nine" {
		t.Errorf("ana hears %+v", notice)
	}
}
