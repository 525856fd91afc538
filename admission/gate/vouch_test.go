package gate_test

import (
	"errors"
	"testing"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/gate"
)

func TestWhoSomebodyElseVouchesForIsTheSameAfterARestart(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir, nil)
	vouched := func(subject string) admission.AccountID {
		t.Helper()
		a, err := s.Vouched(t.Context(), admission.HashToken(subject), "https://id.example", subject, "Ana")
		if err != nil {
			t.Fatal(err)
		}
		return a.ID()
	}
	ana := vouched("1")
	if vouched("2") == ana || vouched("1") != ana {
		t.Error("players are mixed up")
	}
	local, _, err := s.Register(t.Context(), admission.AccountRow{Name: "ana", PasswordHash: "-"}, admission.HashToken("local"))
	if err != nil {
		t.Fatal("a name that somebody has elsewhere is taken:", err)
	}
	s.stop()
	s = start(t, dir, nil)
	defer s.stop()
	if again := vouched("1"); again != ana {
		t.Errorf("after a restart the player is %s, not %s", again, ana)
	}
	if named := s.AccountNamed("ANA"); named == nil || named.ID() != local.ID() {
		t.Error("the name to log in with has passed to a player of somebody else's")
	}
}

func TestAVouchedAccountThatWasDeletedIsMadeAnew(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	defer s.stop()
	token := admission.HashToken("a token")
	first, err := s.Vouched(t.Context(), token, "https://id.example", "1", "Ana")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteAccount(t.Context(), first, ""); err != nil {
		t.Fatal(err)
	}
	again, err := s.Vouched(t.Context(), token, "https://id.example", "1", "Ana")
	if err != nil || again.ID() == first.ID() {
		t.Errorf("who comes again has %v, %v", again, err)
	}
}

func TestATokenThatItsPlayerEndedStaysEndedAfterARestart(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir, nil)
	comes := func(token string) error {
		_, err := s.Vouched(t.Context(), admission.HashToken(token), "https://id.example", "1", "Ana")
		return err
	}
	if err := errors.Join(comes("ended"), s.EndVouched(t.Context(), admission.HashToken("ended"), s.Now().Add(time.Hour))); err != nil {
		t.Fatal(err)
	}
	for _, when := range []string{"at once", "after a restart"} {
		if err := comes("ended"); !errors.Is(err, gate.ErrTokenEnded) {
			t.Errorf("%s the ended token is answered %v", when, err)
		}
		if err := comes("another"); err != nil {
			t.Errorf("%s another token of the player is answered %v", when, err)
		}
		s.stop()
		s = start(t, dir, nil)
	}
	defer s.stop()
}
