package gate_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"gatekeeper/admission"
	"gatekeeper/admission/gate"
)

func (s *server) token(a *gate.Account, name string) admission.TokenHash {
	s.t.Helper()
	hash := admission.HashToken(name)
	if _, err := s.IssueToken(context.Background(), a, a.PasswordHash(), hash); err != nil {
		s.t.Fatal(err)
	}
	return hash
}

func TestADeletedAccountIsGoneEverywhereAndAfterARestart(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir, nil)
	s.capacity(1)
	ana, anaID := s.player("ana")
	ben, _ := s.player("ben")
	conn, _, _ := s.plays(ana)
	token := s.token(ana, "another")
	s.connect(ben, "main")
	for range 5 { // a lock, which has a row of its own
		s.Connect(t.Context(), ana, gate.ConnectRequest{Attempt: admission.AttemptID(uuid.NewString()), Instance: "main", Malformed: "all of it"})
	}
	if err := s.DeleteAccount(t.Context(), ana, "another hash"); !errors.Is(err, gate.ErrPasswordChanged) {
		t.Errorf("the wrong password: %v", err)
	}
	if err := s.DeleteAccount(t.Context(), ana, "-"); err != nil {
		t.Fatal(err)
	}
	gone := s.told[conn][len(s.told[conn])-1]
	if h, isHangup := gone.(admission.Hangup); !isHangup || h.Why != admission.HangupRemoved {
		t.Errorf("its socket heard %+v", gone)
	}
	if o := s.connect(ana, "main"); o.Refusal == nil || o.Refusal.Reason != admission.NotAuthenticated {
		t.Errorf("its attempt is answered %+v", o)
	}
	look := func() {
		t.Helper()
		if s.Authenticate(token) != nil || s.AccountNamed("ana") != nil || s.AccountByID(ana.ID()) != nil {
			t.Error("the account is found")
		}
		if _, err := s.As("tester").Suspend(t.Context(), anaID, true); !errors.Is(err, admission.ErrUnknownCharacter) {
			t.Errorf("its character: %v", err)
		}
		if v, err := s.Instance("main"); err != nil || v.SeatsTaken() != 1 || v.QueueDepth > 1 {
			t.Errorf("the instance is %+v, %v", v, err)
		}
	}
	look()
	for name, err := range map[string]error{
		"again":          s.DeleteAccount(t.Context(), ana, ""),
		"its password":   s.ChangePassword(t.Context(), ana, "", "x", token),
		"its characters": s.Activate(t.Context(), ana, ""),
		"its lock":       s.As("tester").ClearLock(t.Context(), ana.ID()),
	} {
		if !errors.Is(err, gate.ErrUnknownAccount) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.stop()
	s = start(t, dir, nil)
	defer s.stop()
	look()
	if _, _, err := s.Register(t.Context(), admission.AccountRow{Name: "ana", PasswordHash: "-"}, admission.HashToken("new")); err != nil {
		t.Errorf("its name is not free: %v", err)
	}
}

// TestADeletionDuringAnUndecidedReplacementLeavesNobody takes back, after the account is gone, an attempt that replaced
// its session: nothing of it may come back.
func TestADeletionDuringAnUndecidedReplacementLeavesNobody(t *testing.T) {
	held := &heldStore{}
	withStore(t, func(store gate.Store) gate.Store { held.Store = store; return held }, func(t *testing.T, s *server) {
		ana, _ := s.player("ana")
		s.plays(ana)
		replace := s.connect(ana, "main").Refusal.ReplaceToken
		held.hold = make(chan struct{})
		var side sync.WaitGroup
		ctx, cancel := context.WithCancel(t.Context())
		side.Go(func() {
			s.Connect(ctx, ana, gate.ConnectRequest{
				Attempt: admission.AttemptID(uuid.NewString()), Instance: "main", ReplaceToken: replace, ActiveAtArrival: ana.Active(),
			})
		})
		side.Go(func() { // fails while it is undecided, and is taken back, too
			s.Connect(ctx, ana, gate.ConnectRequest{Attempt: admission.AttemptID(uuid.NewString()), Instance: "main", Malformed: "all of it"})
		})
		synctest.Wait()
		side.Go(func() { _ = s.DeleteAccount(context.Background(), ana, "-") })
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(held.hold)
		side.Wait()
		time.Sleep(2 * time.Minute)
		if v, err := s.Instance("main"); err != nil || v.SeatsTaken() != 0 {
			t.Errorf("%d seats are held for nobody, %v", v.SeatsTaken(), err)
		}
		if err := s.Health(); err != nil {
			t.Errorf("the store refuses what was written: %v", err)
		}
	})
}

func TestATokenIsGivenOnlyForThePasswordThatIsInForce(t *testing.T) {
	withStore(t, nil, func(t *testing.T, s *server) {
		ana, _ := s.player("ana")
		spare, other := s.token(ana, "spare"), s.token(ana, "other")
		if err := s.ChangePassword(t.Context(), ana, "-", "new", spare); err != nil {
			t.Fatal(err)
		}
		if s.Authenticate(spare) != ana || s.Authenticate(other) != nil {
			t.Error("the wrong tokens ended")
		}
		if _, err := s.IssueToken(t.Context(), ana, "-", other); !errors.Is(err, gate.ErrPasswordChanged) {
			t.Errorf("a token for the old password: %v", err)
		}
		if err := s.ChangePassword(t.Context(), ana, "-", "newer", spare); !errors.Is(err, gate.ErrPasswordChanged) {
			t.Errorf("another password for the old one: %v", err)
		}
		if err := s.As("tester").ResetPassword(t.Context(), ana.ID(), "reset", true); err != nil {
			t.Fatal(err)
		}
		if _, err := s.IssueToken(t.Context(), ana, "reset", other); !errors.Is(err, gate.ErrMustChange) || s.Authenticate(spare) != nil {
			t.Errorf("a token after a forced reset: %v", err)
		}
	})
}

func TestAGuestThatTakesANameKeepsAllElse(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir, nil)
	s.player("Ben")
	token := admission.HashToken("guest")
	guest, _, err := s.Register(t.Context(), admission.AccountRow{Name: "Visitor", Guest: true}, token)
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.AddCharacter(t.Context(), guest, "Hero")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Upgrade(t.Context(), guest, "ben", "h"); !errors.Is(err, gate.ErrNameTaken) || s.AccountNamed("visitor") != guest {
		t.Errorf("a taken name: %v", err)
	}
	if err := s.Upgrade(t.Context(), guest, "Ana", "h"); err != nil {
		t.Fatal(err)
	}
	if err := s.Upgrade(t.Context(), guest, "Anna", "h"); !errors.Is(err, admission.ErrNotAGuest) || s.AccountNamed("anna") != nil {
		t.Errorf("a second time: %v", err)
	}
	s.stop()
	s = start(t, dir, nil)
	defer s.stop()
	ana := s.AccountNamed("ana")
	if ana == nil || s.Authenticate(token) != ana || s.AccountNamed("visitor") != nil {
		t.Fatal("the account is lost")
	}
	if p := ana.Profile(); p.Name != "Ana" || p.IsGuest || !p.HasPassword || p.Characters[0].ID != c.ID {
		t.Errorf("it is %+v", p)
	}
}
