package admission_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gatekeeper/admission"
)

func TestAnAccountHasItsCharacters(t *testing.T) {
	w := newWorld(t, nil)
	a := w.player("ana").account
	for _, name := range []string{"", " Ana", "a\u202eb", "0123456789012345678901234567890123"} {
		if _, _, err := a.AddCharacter("x", name, w.now); !errors.Is(err, admission.ErrInvalidName) {
			t.Errorf("%q: %v", name, err)
		}
	}
	for i := 1; i < admission.MaxCharacters; i++ {
		if _, c, err := a.AddCharacter(admission.CharacterID(fmt.Sprint("c", i)), "Cem", w.now); err != nil || len(c.Records) != 1 {
			t.Fatal(err)
		}
	}
	if _, _, err := a.AddCharacter("one-more", "Cem", w.now); !errors.Is(err, admission.ErrTooManyCharacters) {
		t.Error(err)
	}
	if _, err := a.Activate("another's"); !errors.Is(err, admission.ErrUnknownCharacter) {
		t.Error(err)
	}
	if c, err := a.DeleteCharacter("c1"); err != nil || len(c.Records) != 1 || a.Active != "ana" {
		t.Error("an inactive one:", c, err)
	}
	if c, err := a.DeleteCharacter("ana"); err != nil || len(c.Records) != 2 || a.Active != "" {
		t.Error("the active one:", c, err)
	}
	if _, err := a.DeleteCharacter("ana"); !errors.Is(err, admission.ErrUnknownCharacter) {
		t.Error(err)
	}
}

func TestASuspendedCharacterStaysOutUntilItIsRestored(t *testing.T) {
	w := newWorld(t, nil)
	ana := w.player("ana")
	ch := ana.account.Character(ana.id)
	w.did(ana.account.Suspend(ch, true))
	r := ana.isRefused(admission.CharacterSuspended)
	if r.Reason.Retryable() || r.Message == "" {
		t.Errorf("%+v", r)
	}
	w.did(ana.account.Suspend(ch, false))
	ana.isAdmitted()
}

func TestACharacterAsksForItsStatusOnceASecond(t *testing.T) {
	w := newWorld(t, nil)
	a := w.player("ana").account
	if _, ok := a.MayPoll("ana", w.now); !ok {
		t.Error("the first is refused")
	}
	if wait, ok := a.MayPoll("ana", w.now.Add(300*time.Millisecond)); ok || wait != 700*time.Millisecond {
		t.Errorf("the second: %v, %v", wait, ok)
	}
	if _, ok := a.MayPoll("ben", w.now); !ok {
		t.Error("another character is refused")
	}
	if _, ok := a.MayPoll("ana", w.now.Add(time.Second)); !ok {
		t.Error("a second later is refused")
	}
}

func TestQuestionsThatStandOpenAreBounded(t *testing.T) {
	w := newWorld(t, nil)
	ana := w.player("ana").plays()
	first := ana.isRefused(admission.AlreadyInSession).ReplaceToken
	var last string
	for range 64 {
		last = ana.isRefused(admission.AlreadyInSession).ReplaceToken
	}
	answers := func(token string) admission.Outcome {
		return ana.tries(func(a *admission.Attempt) { a.ReplaceToken = token })
	}
	if o := answers(first); o.Refusal == nil || o.Refusal.Reason != admission.InvalidReplaceToken {
		t.Errorf("the oldest of 65: %+v", o)
	}
	if o := answers(last); !o.Replaced {
		t.Errorf("the newest of 65: %+v", o)
	}
}

func TestALateRequestTimesOutAndDoesNotCount(t *testing.T) {
	w := newWorld(t, nil)
	ana := w.player("ana")
	for range 6 {
		o := ana.tries(func(a *admission.Attempt) { a.IsLate, a.Malformed = true, "cut off" })
		if o.Kind != admission.OutcomeTimeout {
			t.Fatalf("%+v", o)
		}
	}
	ana.isAdmitted()
	if w.events(admission.EventAttempt) != 7 || w.events(admission.EventTimeout) != 6 {
		t.Error("not every attempt is two events")
	}
}

func TestAWithdrawnRefusalDoesNotCount(t *testing.T) {
	w := newWorld(t, nil)
	ana := w.player("ana")
	fails := func() admission.Outcome {
		return ana.tries(func(a *admission.Attempt) { a.Malformed = "all of it" })
	}
	for range 5 {
		fails()
	}
	ana.isRefused(admission.RateLimited)
	w.did(ana.decision.WithdrawRefusal(true, w.now)) // that one never counted
	ana.isRefused(admission.RateLimited)
	w = newWorld(t, nil)
	ana = w.player("ana")
	for range 5 {
		fails()
	}
	w.did(ana.decision.WithdrawRefusal(false, w.now))
	if o := ana.connects(); o.Kind != admission.OutcomeAdmitted {
		t.Errorf("four failures that count: %+v", o.Refusal)
	}
}

func TestALocksUntoldRefusalsAreToldOnceWhenAsked(t *testing.T) {
	w := newWorld(t, nil)
	ana := w.player("ana")
	for range 5 + 10 + 7 {
		ana.tries(func(a *admission.Attempt) { a.Malformed = "all of it" })
	}
	if n := ana.account.Failures.Untold(); n != 7 {
		t.Errorf("%d are untold", n)
	}
	for range 2 {
		w.did(ana.account.TellUntold(w.now))
	}
	w.passes(time.Minute)
	ana.isAdmitted()
	if n := w.events(admission.EventThrottled); n != 11 {
		t.Errorf("%d events, want 10 and one of the rest", n)
	}
	if rest := w.log[len(w.log)-3].Data["count"]; rest != 7 {
		t.Errorf("the rest counts %v", rest)
	}
}

func TestACharacterIsProvisionedUnderAnIDOfSomebodyElsesChoice(t *testing.T) {
	w := newWorld(t, nil)
	ana := w.player("ana")
	ch, c, err := ana.account.Provision("knight-7", "Lancelot", w.now)
	if err != nil || ch.Name != "Lancelot" || len(c.Records) != 1 {
		t.Fatalf("it is made as %+v with %v, %v", ch, c, err)
	}
	if again, _, err := ana.account.Provision("knight-7", "", w.now); err != nil || again != ch || ch.Name != "Lancelot" {
		t.Errorf("without a name it becomes %+v, %v", again, err)
	}
	if _, _, err := ana.account.Provision("knight-7", "Galahad", w.now); err != nil || ch.Name != "Galahad" {
		t.Errorf("renamed it is %+v, %v", ch, err)
	}
	if _, _, err := ana.account.Provision("knight-7", strings.Repeat("x", 33), w.now); !errors.Is(err, admission.ErrInvalidName) || ch.Name != "Galahad" {
		t.Errorf("with a name too long it is %+v, %v", ch, err)
	}
	if _, _, err := ana.account.Provision("knight-8", "", w.now); !errors.Is(err, admission.ErrInvalidName) {
		t.Errorf("a new one without a name: %v", err)
	}
}

func TestANewNameIsToldWithTheNextFrame(t *testing.T) {
	w := newWorld(t, nil)
	w.player("ana").plays()
	w.in.Rename("ana", "Queen Ana")
	w.in.Rename("nobody", "Nobody")
	if listed, _ := w.in.Listed("ana"); listed.CharacterName != "Queen Ana" {
		t.Errorf("she is called %q", listed.CharacterName)
	}
}

func TestAGuestIsUpgradedOnce(t *testing.T) {
	w := newWorld(t, nil)
	a := w.player("ana").account
	if _, err := a.Upgrade("ana", "a hash"); !errors.Is(err, admission.ErrNotAGuest) {
		t.Error(err)
	}
	a.Guest = true
	c, err := a.Upgrade("anna", "a hash")
	if err != nil || a.Guest || a.Name != "anna" || a.PasswordHash != "a hash" || len(a.Characters) != 1 || len(c.Records) != 1 {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestADeletedAccountLeavesNothingToWriteOf(t *testing.T) {
	w := newWorld(t, nil)
	ana := w.player("ana")
	fails := func() { ana.tries(func(a *admission.Attempt) { a.Malformed = "all of it" }) }
	for range 5 {
		fails()
	}
	undecided := ana.decision
	for range 10 + 7 {
		fails()
	}
	c := ana.account.Delete([]admission.TokenHash{{1}, {2}}, w.now)
	if len(c.Records) != 1+2+1 || len(c.Events) != 1 || c.Events[0].Data["count"] != 7 {
		t.Errorf("it writes %+v and tells %+v", c.Records, c.Events)
	}
	if _, isLast := c.Records[3].(admission.DropAccount); !isLast {
		t.Errorf("the account goes before what is its: %+v", c.Records)
	}
	if late := undecided.WithdrawRefusal(false, w.now); len(late.Records) != 0 {
		t.Errorf("an attempt that is taken back later writes %+v", late.Records)
	}
	if ana.account.Name != "" || ana.account.ID == "" {
		t.Errorf("what is left is %+v", ana.account.AccountRow)
	}
}
