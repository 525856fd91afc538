package admission_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"gatekeeper/admission"
)

// An attempt that is taken back leaves nothing behind (I5), also when another one of the same character was decided
// between its decision and its end, as with two tabs while the store stalls.
func TestTwoAttemptsThatAreBothTakenBackLeaveTheTokensAsTheyWere(t *testing.T) {
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
	tw := newTwins(t, admission.ReplaceAnywhere)
	ana := tw.here.player("ana").isAdmitted()
	tw.confirms(ana)
	tw.here.passes(5 * time.Second)
	tw.here.in.Thaw(5 * time.Second)
	tw.here.did(ana.decision.Withdraw(false, tw.here.now))
	tw.here.passes(9 * time.Second) // of the ten, none was used up but by the outage
	ana.is(admission.Reserved)
}

// A place that two attempts were answered with stays if only the first is taken back: it is the second's then.
func TestAPlaceThatALaterAttemptGoesOnWithIsThatOnes(t *testing.T) {
	for _, told := range []bool{false, true} {
		w := newWorld(t, nil)
		ana := w.player("ana").isAdmitted()
		first, of := ana.decision, ana.session
		ana.isAdmitted() // the same place, asked for again
		if !told {
			first.Unsay()
		}
		w.log = nil
		w.did(first.Change)
		w.did(ana.decision.Change)
		w.did(first.Withdraw(told, w.now))
		ana.is(admission.Reserved)
		if ana.attachesWith(of, admission.SessionTokenKind) {
			t.Error("the token of an attempt that was taken back works")
		}
		if p := w.in.Place(ana.id); p == nil || p.Attempt != ana.decision.Outcome.Attempt {
			t.Error("it still is the first attempt's")
		}
		w.did(ana.decision.Withdraw(told, w.now))
		ana.is(gone)
		admissions := w.events(admission.EventAdmitted)
		if ends := w.events(admission.EventDisconnected); told && ends != 1 || !told && admissions != 1 {
			t.Errorf("told %t: %d admissions and %d ends", told, admissions, ends)
		}
		w.seats(0)
	}
}

// The same with what the first attempt replaced: it comes back only if both are taken back.
func TestAReplacementThatTwoAttemptsAskedForIsTakenBackByBoth(t *testing.T) {
	for _, isKept := range []bool{false, true} {
		tw := newTwins(t, admission.ReplaceAnywhere)
		ana := tw.here.player("ana").plays()
		kept := ana.reconnection
		tw.confirms(ana)
		first := ana.decision
		if o := ana.tries(func(a *admission.Attempt) { a.Target, a.Instance = tw.there.in.ID, tw.there.in }); o.Kind != admission.OutcomeAdmitted {
			t.Fatalf("%+v", o)
		}
		tw.here.did(first.Withdraw(false, tw.here.now))
		isAt(t, ana, tw.there.in, admission.Reserved)
		isAt(t, ana, tw.here.in, gone)
		if ana.decision.Home() != "main" {
			t.Error("the second does not know what it replaces")
		}
		if isKept {
			tw.completes(ana)
			isAt(t, ana, tw.there.in, admission.Reserved)
			tw.here.seats(0)
			continue
		}
		tw.here.did(ana.decision.Withdraw(false, tw.here.now))
		isAt(t, ana, tw.there.in, gone)
		isAt(t, ana, tw.here.in, admission.Active)
		if tw.here.seats(1); !ana.attachesWith(kept, admission.ReconnectionTokenKind) {
			t.Error("the session that came back has lost its token")
		}
	}
}

// Closing ends every place, also one that comes back after the instance was opened again.
func TestAPlaceDoesNotOutliveAClosingThatItMissed(t *testing.T) {
	tw := newTwins(t, admission.ReplaceAnywhere)
	ana := tw.here.player("ana").plays()
	tw.confirms(ana)
	tw.here.applies(func(s *admission.Settings) { s.Mode = admission.ModeClosed })
	tw.here.applies(func(s *admission.Settings) { s.Mode = admission.ModeOpen })
	tw.here.did(ana.decision.Withdraw(false, tw.here.now))
	isAt(t, ana, tw.here.in, gone)
	tw.here.seats(0)
}

// Who comes back to a place that is being replaced waits for what becomes of that.
func TestATokenOfAPlaceThatIsBeingReplacedHasToWait(t *testing.T) {
	tw := newTwins(t, admission.ReplaceAnywhere)
	ana := tw.here.player("ana").plays()
	tw.confirms(ana)
	ana.decision.Change.Stamp(77)
	if entry := tw.here.in.Knows(ana.reconnection); entry != 77 {
		t.Errorf("it waits for entry %d", entry)
	}
	if ana.attachesWith(ana.reconnection, admission.ReconnectionTokenKind) {
		t.Error("two places of one character are open")
	}
	tw.completes(ana)
	if entry := tw.here.in.Knows(ana.reconnection); entry != 0 {
		t.Error("a dead token is known")
	}
}

// stage sets a scene for ana and tells which token of hers works.
type stage func(tw twins, ana *player) (token string, kind admission.TokenKind)

var stages = map[string]stage{
	"nowhere, with room": func(twins, *player) (string, admission.TokenKind) { return "", 0 },
	"nowhere, without": func(tw twins, _ *player) (string, admission.TokenKind) {
		tw.there.player("other").plays()
		return "", 0
	},
	"waiting": func(tw twins, ana *player) (string, admission.TokenKind) {
		tw.there.player("other").plays()
		tw.tries(ana, "")
		return ana.queue, admission.QueueTokenKind
	},
	"absent": func(tw twins, ana *player) (string, admission.TokenKind) {
		tw.there.player("other").plays()
		tw.tries(ana, "")
		tw.there.passes(admission.PresenceWindow)
		return ana.queue, admission.QueueTokenKind
	},
	"promoted": func(tw twins, ana *player) (string, admission.TokenKind) {
		other := tw.there.player("other").plays()
		tw.tries(ana, "")
		other.leaves()
		return ana.queue, admission.QueueTokenKind
	},
	"reserved": func(tw twins, ana *player) (string, admission.TokenKind) {
		tw.tries(ana, "")
		return ana.session, admission.SessionTokenKind
	},
	"in grace": func(tw twins, ana *player) (string, admission.TokenKind) {
		tw.tries(ana, "")
		ana.w = tw.there
		ana.attaches()
		ana.drops()
		ana.w = tw.here
		return ana.reconnection, admission.ReconnectionTokenKind
	},
	"attached": func(tw twins, ana *player) (string, admission.TokenKind) {
		tw.tries(ana, "")
		ana.w = tw.there
		ana.attaches()
		ana.w = tw.here
		return ana.reconnection, admission.ReconnectionTokenKind
	},
	"attached elsewhere": func(_ twins, ana *player) (string, admission.TokenKind) {
		ana.plays()
		return ana.reconnection, admission.ReconnectionTokenKind
	},
	"waiting elsewhere": func(tw twins, ana *player) (string, admission.TokenKind) {
		tw.here.player("other").plays()
		ana.isQueuedAt(1)
		return ana.queue, admission.QueueTokenKind
	},
}

// TestAttemptsThatAreTakenBackInAnyOrderHaveNeverBeen decides three attempts of one character side by side, as while the
// store stalls, and takes any of them back in any order: those that are left have the place, and none leaves nothing.
func TestAttemptsThatAreTakenBackInAnyOrderHaveNeverBeen(t *testing.T) {
	orders := [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}
	for name, scene := range stages {
		for _, order := range orders {
			for kept := range 8 { // bit i: the i-th attempt is told
				for _, told := range []bool{false, true} {
					takeBack(t, name, scene, order, kept, told)
				}
			}
		}
	}
}

func takeBack(t *testing.T, name string, scene stage, order []int, kept int, told bool) {
	tw := newTwins(t, admission.ReplaceAnywhere)
	ana := tw.here.player("ana")
	token, kind := scene(tw, ana)
	before := standing(tw)
	replaceToken := ""
	if asked := tw.tries(ana, ""); asked.Refusal != nil {
		replaceToken = asked.Refusal.ReplaceToken
	} else { // it was no question: the first attempt of three
		tw.there.did(ana.decision.Withdraw(false, tw.there.now))
	}
	if got := standing(tw); got != before {
		t.Fatalf("%s: one attempt that is taken back leaves\n%s\nwant\n%s", name, got, before)
	}
	var decisions []admission.Decision
	for range 3 {
		if o := tw.tries(ana, replaceToken); o.Refusal != nil {
			t.Fatalf("%s: %+v", name, o.Refusal)
		}
		decisions = append(decisions, ana.decision)
		replaceToken = ""
	}
	last := -1
	for i := range decisions {
		if kept&(1<<i) != 0 {
			last = i
		}
	}
	for _, i := range order {
		if kept&(1<<i) == 0 {
			tw.there.did(decisions[i].Withdraw(told, tw.there.now))
		}
	}
	for i, d := range decisions {
		if kept&(1<<i) != 0 {
			tw.here.did(d.Complete(tw.there.now))
		}
	}
	checkTaken(t, tw, ana, taken{name: name, order: order, decisions: decisions, kept: kept, last: last, before: before, token: token, kind: kind})
}

// taken is what a case came to.
type taken struct {
	name      string
	order     []int
	decisions []admission.Decision
	kept      int
	last      int // the last attempt that was told; -1 = none was
	before    string
	token     string // that worked before
	kind      admission.TokenKind
}

func checkTaken(t *testing.T, tw twins, ana *player, c taken) {
	t.Helper()
	if got := standing(tw); c.last < 0 && got != c.before {
		t.Fatalf("%s, taken back in the order %v, leaves\n%s\nwant\n%s", c.name, c.order, got, c.before)
	}
	ana.w = tw.there
	for i, d := range c.decisions {
		if isNewest(c, i) {
			continue
		}
		if k := keyOf(d.Outcome); ana.attachesWith(k.token, k.kind) {
			t.Errorf("%s, order %v, kept %03b: the token of attempt %d works", c.name, c.order, c.kept, i)
		}
	}
	if c.last >= 0 {
		k := keyOf(c.decisions[c.last].Outcome)
		if !ana.attachesWith(k.token, k.kind) {
			t.Errorf("%s, order %v, kept %03b: the token of the last that was told does not work", c.name, c.order, c.kept)
		}
		return
	}
	if tw.here.in.Place(ana.id) != nil {
		ana.w = tw.here
	}
	if c.token != "" && !ana.attachesWith(c.token, c.kind) {
		t.Errorf("%s, order %v: the token from before does not work", c.name, c.order)
	}
}

// isNewest reports whether attempt i was told and no later one of its kind was: a queueToken stays good beside a
// sessionToken that was given later.
func isNewest(c taken, i int) bool {
	if c.kept&(1<<i) == 0 {
		return false
	}
	for j := i + 1; j < len(c.decisions); j++ {
		if c.kept&(1<<j) != 0 && c.decisions[j].Outcome.Kind == c.decisions[i].Outcome.Kind {
			return false
		}
	}
	return true
}

// standing writes down all that is stored and counted. That a player showed a sign of life stays true.
func standing(tw twins) string {
	text := fmt.Sprintln(tw.here.in.SeatsTaken(), tw.here.in.QueueDepth(), tw.there.in.SeatsTaken(), tw.there.in.QueueDepth())
	keys := slices.Sorted(maps.Keys(tw.here.rows))
	for _, key := range keys {
		row := tw.here.rows[key]
		if row.State == admission.Absent {
			row.State = admission.Waiting
		}
		text += fmt.Sprintln(row)
	}
	return text
}

func TestAWithdrawnAttemptFindsItsPlaceEndedBySomethingElse(t *testing.T) {
	tw := newTwins(t, admission.ReplaceAnywhere)
	ana, ben := tw.here.player("ana").plays(), tw.here.player("ben")
	ben.isQueuedAt(1)
	tw.confirms(ana)
	tw.there.did(tw.there.in.Remove(ana.id, "suspended", tw.there.now))
	tw.here.did(ana.decision.Withdraw(false, tw.here.now))
	isAt(t, ana, tw.there.in, gone)
	isAt(t, ana, tw.here.in, gone)
	ben.is(admission.Promoted)
	if n := tw.here.events(admission.EventTimeout); n != 1 {
		t.Errorf("%d timeouts are told of", n)
	}
}
