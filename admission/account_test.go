package admission_test

import (
	"errors"
	"fmt"
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
