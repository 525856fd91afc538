package gate_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"gatekeeper/admission"
	"gatekeeper/admission/gate"
	"gatekeeper/storage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server is a live gate on a real store.
type server struct {
	*gate.Gate
	t     testing.TB
	dir   string
	store *storage.Store

	mu   sync.Mutex
	told map[admission.Conn][]admission.Effect
}

func schema(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("../../schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// start opens the store in dir and brings a gate to life on it.
func start(t *testing.T, dir string, wrap func(gate.Store) gate.Store) *server {
	t.Helper()
	return startAt(t, dir, wrap, nil)
}

// startAt is start by another clock.
func startAt(t *testing.T, dir string, wrap func(gate.Store) gate.Store, now func() time.Time) *server {
	t.Helper()
	store, err := storage.Open(filepath.Join(dir, "gatekeeper.db"), schema(t), storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, dir: dir, store: store, told: map[admission.Conn][]admission.Effect{}}
	var behind gate.Store = store
	if wrap != nil {
		behind = wrap(store)
	}
	s.Gate = gate.New(gate.Config{Store: behind, Deliver: s.deliver, Now: now})
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *server) deliver(effect admission.Effect) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e := effect.(type) {
	case admission.Seated:
		s.told[e.Conn] = append(s.told[e.Conn], e)
	case admission.Queued:
		s.told[e.Conn] = append(s.told[e.Conn], e)
	case admission.Hangup:
		s.told[e.Conn] = append(s.told[e.Conn], e)
	}
}

func (s *server) stop() {
	s.t.Helper()
	if err := s.Stop(context.Background()); err != nil {
		s.t.Error(err)
	}
	if err := s.store.Close(); err != nil {
		s.t.Error(err)
	}
}

// player makes an account with an active character.
func (s *server) player(name string) (*gate.Account, admission.CharacterID) {
	s.t.Helper()
	ctx := context.Background()
	a, _, err := s.Register(ctx, admission.AccountRow{Name: name, PasswordHash: "-"}, admission.HashToken("token of "+name))
	if err != nil {
		s.t.Fatal(err)
	}
	c, err := s.AddCharacter(ctx, a, name)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.Activate(ctx, a, c.ID); err != nil {
		s.t.Fatal(err)
	}
	return a, c.ID
}

func (s *server) connect(a *gate.Account, instance admission.InstanceID) admission.Outcome {
	ctx, cancel := context.WithTimeout(context.Background(), admission.AttemptLimit)
	defer cancel()
	return s.Connect(ctx, a, gate.ConnectRequest{Attempt: admission.AttemptID(uuid.NewString()), Instance: instance, ActiveAtArrival: a.Active()})
}

func (s *server) capacity(n int) {
	s.t.Helper()
	if _, err := s.As("tester").ChangeInstance(context.Background(), "main", func(set *admission.Settings) error { set.Capacity = n; return nil }); err != nil {
		s.t.Fatal(err)
	}
}

// seated waits until a socket was told of its seat.
func (s *server) seated(conn admission.Conn) admission.Seated {
	s.t.Helper()
	for range 1000 {
		s.mu.Lock()
		for _, effect := range s.told[conn] {
			if e, isSeated := effect.(admission.Seated); isSeated {
				s.mu.Unlock()
				return e
			}
		}
		s.mu.Unlock()
		<-s.NextCommit()
	}
	s.t.Fatal("the socket was not told of a seat")
	return admission.Seated{}
}

func TestAThousandAtOnceOnTenSeats(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	defer s.stop()
	s.capacity(10)
	const crowd = 1000
	accounts := make([]*gate.Account, crowd)
	var making sync.WaitGroup
	for i := range accounts {
		making.Go(func() { accounts[i], _ = s.player(fmt.Sprintf("player %d", i)) })
	}
	making.Wait()
	outcomes := make([]admission.Outcome, crowd)
	var rush sync.WaitGroup
	for i, a := range accounts {
		rush.Go(func() { outcomes[i] = s.connect(a, "main") })
	}
	rush.Wait()
	admitted, positions := 0, map[int]bool{}
	for _, o := range outcomes {
		switch o.Kind {
		case admission.OutcomeAdmitted:
			admitted++
		case admission.OutcomeQueued:
			positions[o.Position] = true
		default:
			t.Errorf("an attempt ended as %s %+v", o.Kind, o.Refusal)
		}
	}
	if admitted != 10 || len(positions) != 990 || !positions[1] || !positions[990] {
		t.Errorf("%d were admitted, %d positions given", admitted, len(positions))
	}
}

func TestFiftyTabsOfOneCharacterGetOneSession(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	defer s.stop()
	if _, err := s.As("tester").CreateInstance(t.Context(), admission.DefaultSettings("other")); err != nil {
		t.Fatal(err)
	}
	for _, id := range []admission.InstanceID{"main", "other"} { // a refusal that offers a replacement does not lock the account
		if _, err := s.As("tester").ChangeInstance(t.Context(), id, func(s *admission.Settings) error { s.Replacement = admission.ReplaceAnywhere; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	a, _ := s.player("ana")
	var mu sync.Mutex
	sessions, refused := map[admission.SessionID]bool{}, 0
	var rush sync.WaitGroup
	for i := range 50 {
		target := admission.InstanceID("main")
		if i%13 == 12 {
			target = "other"
		}
		rush.Go(func() {
			o := s.connect(a, target)
			mu.Lock()
			defer mu.Unlock()
			if o.Kind == admission.OutcomeAdmitted {
				sessions[o.Session] = true
			} else {
				refused++
			}
		})
	}
	rush.Wait()
	if len(sessions) != 1 || refused != 3 && refused != 47 {
		t.Errorf("%d sessions, %d refused", len(sessions), refused)
	}
}

func TestParallelFailuresLockAtTheFifth(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	defer s.stop()
	a, _ := s.player("ana")
	var mu sync.Mutex
	reasons := map[admission.Reason]int{}
	var rush sync.WaitGroup
	for range 50 {
		rush.Go(func() {
			o := s.connect(a, "nowhere")
			mu.Lock()
			defer mu.Unlock()
			reasons[o.Refusal.Reason]++
		})
	}
	rush.Wait()
	if reasons[admission.InvalidInstance] != 5 || reasons[admission.RateLimited] != 45 {
		t.Errorf("the refusals were %v", reasons)
	}
}

func TestARestartFindsEverybody(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir, nil)
	s.capacity(1)
	ana, _ := s.player("ana")
	ben, benID := s.player("ben")
	o := s.connect(ana, "main")
	conn := s.NewConn()
	if _, err := s.Attach(t.Context(), "main", o.SessionToken, admission.SessionTokenKind, conn); err != nil {
		t.Fatal(err)
	}
	seat := s.seated(conn)
	if o := s.connect(ben, "main"); o.Position != 1 {
		t.Fatalf("ben is %+v", o)
	}
	for range 5 {
		s.connect(ben, "nowhere")
	}
	s.stop()

	s = start(t, dir, nil)
	defer s.stop()
	again := s.NewConn()
	if _, err := s.Attach(t.Context(), "main", seat.ReconnectionToken, admission.ReconnectionTokenKind, again); err != nil {
		t.Fatalf("ana is not let back in: %v", err)
	}
	if back := s.seated(again); back.Session != seat.Session || !back.Resumed {
		t.Errorf("ana is back in %+v, was in %s", back, seat.Session)
	}
	ben = s.Authenticate(admission.HashToken("token of ben"))
	if ben == nil {
		t.Fatal("ben's token is forgotten")
	}
	st, _, err := s.QueueStatus(t.Context(), ben, "main", benID)
	if err != nil || st.Position != 1 {
		t.Errorf("ben is %+v, %v", st, err)
	}
	if o := s.connect(ben, "main"); o.Refusal == nil || o.Refusal.Reason != admission.RateLimited {
		t.Errorf("ben's lock is forgotten: %+v", o)
	}
}

func TestTheOneTimerServesEveryDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, t.TempDir(), nil)
		defer s.stop()
		s.capacity(1)
		ana, _ := s.player("ana")
		ben, benID := s.player("ben")
		s.connect(ana, "main")
		s.connect(ben, "main")
		time.Sleep(11 * time.Second) // ana never attaches: ben is promoted by the timer
		st, _, err := s.QueueStatus(t.Context(), ben, "main", benID)
		if err != nil || st.State != admission.Promoted {
			t.Errorf("ben is %+v, %v", st, err)
		}
	})
}

// brokenStore fails, or takes long, while it is told to.
type brokenStore struct {
	gate.Store
	mu     sync.Mutex
	broken bool
	slow   time.Duration
}

func (b *brokenStore) delay(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.slow = d
}

func (b *brokenStore) set(broken bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.broken = broken
}

func (b *brokenStore) Commit(records []admission.Record, events []admission.Event, more admission.More) error {
	b.mu.Lock()
	broken, slow := b.broken, b.slow
	b.mu.Unlock()
	time.Sleep(slow) // in virtual time
	if broken {
		return errors.New("disk full")
	}
	return b.Store.Commit(records, events, more)
}

func TestAnAttemptThatCannotBeWrittenTimesOutAndLeavesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := &brokenStore{}
		s := start(t, t.TempDir(), func(store gate.Store) gate.Store {
			broken.Store = store
			return broken
		})
		defer s.stop()
		s.capacity(1)
		ana, _ := s.player("ana")
		ben, _ := s.player("ben")
		broken.set(true)
		began := time.Now()
		if o := s.connect(ana, "main"); o.Kind != admission.OutcomeTimeout {
			t.Errorf("ana is %+v", o)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("it took %s", took)
		}
		if o := s.connect(ben, "main"); o.Refusal == nil || o.Refusal.Reason != admission.StorageUnavailable {
			t.Errorf("while nothing can be written ben is %+v", o)
		}
		broken.set(false)
		time.Sleep(2 * time.Second)
		if o := s.connect(ben, "main"); o.Kind != admission.OutcomeAdmitted {
			t.Errorf("the seat of the attempt that timed out is not free: %+v", o)
		}
	})
}

func TestOfFiftyConfirmationsOfOneReplacementOneWins(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	defer s.stop()
	a, _ := s.player("ana")
	conn := s.NewConn()
	if _, err := s.Attach(t.Context(), "main", s.connect(a, "main").SessionToken, admission.SessionTokenKind, conn); err != nil {
		t.Fatal(err)
	}
	s.seated(conn)
	token := s.connect(a, "main").Refusal.ReplaceToken
	var mu sync.Mutex
	replaced, sessions := 0, map[admission.SessionID]bool{}
	var rush sync.WaitGroup
	for range 50 {
		rush.Go(func() {
			o := s.Connect(t.Context(), a, gate.ConnectRequest{
				Attempt: admission.AttemptID(uuid.NewString()), Instance: "main", ReplaceToken: token, ActiveAtArrival: a.Active(),
			})
			mu.Lock()
			defer mu.Unlock()
			if o.Kind == admission.OutcomeAdmitted {
				sessions[o.Session] = true
				replaced++
			}
		})
	}
	rush.Wait()
	if replaced != 1 || len(sessions) != 1 {
		t.Errorf("%d confirmations won, %d sessions", replaced, len(sessions))
	}
	if v, err := s.Instance("main"); err != nil || v.SeatsTaken() != 1 {
		t.Errorf("%d seats are taken, %v", v.SeatsTaken(), err)
	}
}

func TestAReplacementThatTimesOutLeavesTheOldTabAlone(t *testing.T) {
	for name, stall := range map[string]func(s *server, broken *brokenStore) (heal func()){
		"while it waits behind another batch": func(s *server, broken *brokenStore) func() {
			broken.delay(12 * time.Second)
			var busy sync.WaitGroup
			busy.Go(func() { _ = s.PutSetting(context.Background(), "something", nil) })
			synctest.Wait()
			return func() {
				broken.delay(0)
				busy.Wait()
			}
		},
		"while it is being written": func(_ *server, broken *brokenStore) func() {
			broken.set(true)
			return func() { broken.set(false) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			broken := &brokenStore{}
			withStore(t, func(store gate.Store) gate.Store { broken.Store = store; return broken }, func(t *testing.T, s *server) {
				a, id := s.player("ana")
				conn, seat, _ := s.plays(a)
				token := s.connect(a, "main").Refusal.ReplaceToken
				heal := stall(s, broken)
				ctx, cancel := context.WithTimeout(t.Context(), admission.AttemptLimit)
				defer cancel()
				o := s.Connect(ctx, a, gate.ConnectRequest{Attempt: admission.AttemptID(uuid.NewString()), Instance: "main", ReplaceToken: token, ActiveAtArrival: a.Active()})
				if o.Kind != admission.OutcomeTimeout {
					t.Fatalf("the confirmation is %+v", o)
				}
				heal()
				time.Sleep(20 * time.Second)
				st, _, err := s.QueueStatus(t.Context(), a, "main", id)
				if err != nil || st.State != admission.Active || st.Session != seat.Session {
					t.Errorf("the old session is %+v, %v", st, err)
				}
				s.mu.Lock()
				defer s.mu.Unlock()
				for _, effect := range s.told[conn] {
					if hangup, isHangup := effect.(admission.Hangup); isHangup {
						t.Errorf("the old tab was closed: %+v", hangup)
					}
				}
			})
		})
	}
}

// heldStore keeps commits back while it is told to, and fails those that it is told to.
type heldStore struct {
	gate.Store
	hold chan struct{}
	fail atomic.Int32 // this many
}

func (h *heldStore) Commit(records []admission.Record, events []admission.Event, more admission.More) error {
	if h.hold != nil {
		<-h.hold
	}
	if h.fail.Add(-1) >= 0 {
		return errors.New("disk full")
	}
	return h.Store.Commit(records, events, more)
}

// withStore runs a story on a store that misbehaves, in virtual time.
func withStore(t *testing.T, wrap func(gate.Store) gate.Store, story func(t *testing.T, s *server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := start(t, t.TempDir(), wrap)
		defer s.stop()
		story(t, s)
	})
}

// plays connects and attaches.
func (s *server) plays(a *gate.Account) (admission.Conn, admission.Seated, *gate.Instance) {
	s.t.Helper()
	conn := s.NewConn()
	in, err := s.Attach(context.Background(), "main", s.connect(a, "main").SessionToken, admission.SessionTokenKind, conn)
	if err != nil {
		s.t.Fatal(err)
	}
	return conn, s.seated(conn), in
}

func TestAnOutageIsChargedToNobody(t *testing.T) {
	broken := &brokenStore{}
	withStore(t, func(store gate.Store) gate.Store { broken.Store = store; return broken }, func(t *testing.T, s *server) {
		ana, _ := s.player("ana")
		conn, seat, in := s.plays(ana)
		in.Drop(conn)
		time.Sleep(time.Second)
		broken.set(true)
		go s.connect(ana, "nowhere") // anything to write
		time.Sleep(70 * time.Second)
		broken.set(false)
		time.Sleep(50 * time.Second) // of the grace, 59 s were left
		if _, err := s.Attach(t.Context(), "main", seat.ReconnectionToken, admission.ReconnectionTokenKind, s.NewConn()); err != nil {
			t.Errorf("ana lost the seat to the outage: %v", err)
		}
	})
}

func TestACommitThatTakesHalfAMinuteCostsNobodyAnything(t *testing.T) {
	slow := &brokenStore{}
	withStore(t, func(store gate.Store) gate.Store { slow.Store = store; return slow }, func(t *testing.T, s *server) {
		s.capacity(2)
		ana, _ := s.player("ana")
		ben, _ := s.player("ben")
		cem, _ := s.player("cem")
		s.plays(ana)
		conn, seat, in := s.plays(ben)
		slow.delay(30 * time.Second)
		began := time.Now()
		in.Drop(conn) // is being written for half a minute
		time.Sleep(time.Millisecond)
		slow.delay(0)
		if o := s.connect(cem, "main"); o.Kind != admission.OutcomeTimeout || time.Since(began) > 11*time.Second {
			t.Errorf("cem is %+v after %s", o, time.Since(began))
		}
		if o := s.connect(cem, "main"); o.Refusal == nil || o.Refusal.Reason != admission.StorageUnavailable {
			t.Errorf("while nothing can be written cem is %+v", o)
		}
		if view, _ := s.Instance("main"); view.Active != 1 || view.QueueDepth != 0 || s.Health() == nil {
			t.Errorf("meanwhile %+v, %v", view, s.Health())
		}
		time.Sleep(time.Until(began.Add(31 * time.Second)))
		if o := s.connect(cem, "main"); o.Kind != admission.OutcomeQueued || o.Position != 1 {
			t.Errorf("afterwards cem is %+v", o)
		}
		time.Sleep(55 * time.Second) // of ben's minute, the half that the commit took does not count
		if _, err := s.Attach(t.Context(), "main", seat.ReconnectionToken, admission.ReconnectionTokenKind, s.NewConn()); err != nil {
			t.Errorf("ben lost the seat: %v", err)
		}
	})
}

func TestARestartStillKnowsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		s := start(t, dir, nil)
		s.capacity(1)
		for i := range 10 {
			p, _ := s.player(fmt.Sprint("p", i))
			conn, _, in := s.plays(p)
			time.Sleep(time.Minute)
			in.Leave(conn)
			s.connect(p, "nowhere") // and so wait for the leave to be written
		}
		last, _ := s.player("last")
		s.plays(last)
		s.stop()

		s = start(t, dir, nil)
		defer s.stop()
		next, _ := s.player("next")
		wait := s.connect(next, "main").Estimate
		if wait.Median < 20*time.Second || wait.Median > 90*time.Second || wait.Upper < time.Minute {
			t.Errorf("after ten sessions of a minute the wait is %v", wait)
		}
	})
}

func TestWhoComesBackDuringAMoveWaitsForWhatBecomesOfIt(t *testing.T) {
	slow := &brokenStore{}
	withStore(t, func(store gate.Store) gate.Store { slow.Store = store; return slow }, func(t *testing.T, s *server) {
		other := admission.DefaultSettings("other")
		other.Replacement = admission.ReplaceAnywhere
		if _, err := s.As("tester").CreateInstance(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		ana, _ := s.player("ana")
		_, seat, _ := s.plays(ana)
		token := s.connect(ana, "other").Refusal.ReplaceToken
		slow.delay(20 * time.Second)
		moved := make(chan admission.Outcome)
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), admission.AttemptLimit)
			defer cancel()
			moved <- s.Connect(ctx, ana, gate.ConnectRequest{
				Attempt: admission.AttemptID(uuid.NewString()), Instance: "other", ReplaceToken: token, ActiveAtArrival: ana.Active(),
			})
		}()
		comesBack := func() error {
			_, err := s.Attach(t.Context(), "main", seat.ReconnectionToken, admission.ReconnectionTokenKind, s.NewConn())
			return err
		}
		time.Sleep(100 * time.Millisecond)
		if err := comesBack(); !errors.Is(err, gate.ErrUnavailable) {
			t.Errorf("while nobody can tell where ana is, she hears %v", err)
		}
		if o := <-moved; o.Kind != admission.OutcomeTimeout {
			t.Errorf("the move is %+v", o)
		}
		slow.delay(0)
		time.Sleep(30 * time.Second)
		if err := comesBack(); err != nil {
			t.Errorf("after the move was taken back she hears %v", err)
		}
		if view, _ := s.Instance("other"); view.SeatsTaken() != 0 {
			t.Error("the move has left a seat taken")
		}
	})
}

func TestAnOutageMovesNobody(t *testing.T) {
	broken := &brokenStore{}
	withStore(t, func(store gate.Store) gate.Store { broken.Store = store; return broken }, func(t *testing.T, s *server) {
		s.capacity(1)
		ana, _ := s.player("ana")
		ben, character := s.player("ben")
		conn, _, in := s.plays(ana)
		place := s.connect(ben, "main")
		waiting := s.NewConn()
		if _, err := s.Attach(t.Context(), "main", place.QueueToken, admission.QueueTokenKind, waiting); err != nil {
			t.Fatal(err)
		}
		broken.set(true)
		go s.connect(ana, "nowhere") // anything to write
		time.Sleep(2 * time.Second)
		in.Leave(conn)
		time.Sleep(30 * time.Second)
		view, err := s.Instance("main")
		if err != nil || view.SeatsTaken() != 0 || view.QueueDepth != 1 {
			t.Errorf("during the outage: %d seats taken, %d in the queue, %v", view.SeatsTaken(), view.QueueDepth, err)
		}
		broken.set(false)
		if seat := s.seated(waiting); !seat.Unclaimed || seat.Character != character {
			t.Errorf("after the outage ben hears %+v", seat)
		}
		time.Sleep(9 * time.Second)
		in.Hear(waiting)
		if view, _ := s.Instance("main"); view.Active != 1 || view.QueueDepth != 0 {
			t.Error("ben has no whole window to claim the seat")
		}
	})
}

func TestAnAnswerThatNamesAStateWaitsForIt(t *testing.T) {
	held := &heldStore{}
	withStore(t, func(store gate.Store) gate.Store { held.Store = store; return held }, func(t *testing.T, s *server) {
		s.capacity(1)
		ana, _ := s.player("ana")
		ben, benID := s.player("ben")
		s.plays(ana)
		s.connect(ben, "main")
		held.hold = make(chan struct{})
		var leaving sync.WaitGroup
		leaving.Go(func() { _ = s.LeaveQueue(context.Background(), ben, "main", benID) })
		synctest.Wait()
		if st, _, err := s.QueueStatus(t.Context(), ben, "main", benID); !errors.Is(err, gate.ErrUnavailable) {
			t.Errorf("the status is %+v, %v before anything is written", st, err)
		}
		if _, err := s.Me(t.Context(), ben); !errors.Is(err, gate.ErrUnavailable) {
			t.Errorf("the profile is told before it is written: %v", err)
		}
		close(held.hold)
		leaving.Wait()
	})
}

func TestAFailedCommitIsWrittenBeforeWhatCameLater(t *testing.T) {
	held := &heldStore{}
	withStore(t, func(store gate.Store) gate.Store { held.Store = store; return held }, func(t *testing.T, s *server) {
		ana, _ := s.player("ana")
		ben, _ := s.player("ben")
		held.hold = make(chan struct{})
		held.fail.Store(3)
		var rush sync.WaitGroup
		outcomes := make([]admission.Outcome, 2)
		rush.Go(func() { outcomes[0] = s.connect(ana, "main") })
		synctest.Wait()
		rush.Go(func() { outcomes[1] = s.connect(ben, "main") }) // in the next batch
		synctest.Wait()
		close(held.hold)
		rush.Wait()
		for _, o := range outcomes {
			if o.Kind != admission.OutcomeAdmitted {
				t.Errorf("an attempt ended as %+v", o)
			}
		}
		events, err := s.Events(t.Context(), admission.EventFilter{})
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range events {
			if e.Seq != uint64(i+1) {
				t.Fatalf("event %d has number %d", i+1, e.Seq)
			}
		}
	})
}

func TestAnOldTabThatClosesDuringAReplacementLeavesNoGhost(t *testing.T) {
	broken := &brokenStore{}
	withStore(t, func(store gate.Store) gate.Store { broken.Store = store; return broken }, func(t *testing.T, s *server) {
		ana, _ := s.player("ana")
		conn, _, in := s.plays(ana)
		token := s.connect(ana, "main").Refusal.ReplaceToken
		broken.set(true)
		time.AfterFunc(5*time.Second, func() { in.Leave(conn) })
		ctx, cancel := context.WithTimeout(t.Context(), admission.AttemptLimit)
		defer cancel()
		o := s.Connect(ctx, ana, gate.ConnectRequest{Attempt: admission.AttemptID(uuid.NewString()), Instance: "main", ReplaceToken: token, ActiveAtArrival: ana.Active()})
		if o.Kind != admission.OutcomeTimeout {
			t.Fatalf("the confirmation is %+v", o)
		}
		broken.set(false)
		time.Sleep(2 * time.Minute)
		if v, err := s.Instance("main"); err != nil || v.SeatsTaken() != 0 {
			t.Errorf("%d seats are held for nobody, %v", v.SeatsTaken(), err)
		}
	})
}

func TestAnAccountKeepsItsNewestTokens(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir, nil)
	a, _ := s.player("ana")
	for i := range 25 {
		if _, err := s.IssueToken(t.Context(), a, a.PasswordHash(), admission.HashToken(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		for token, want := range map[string]bool{"token of ana": false, "4": false, "5": true, "24": true} {
			if live := s.Authenticate(admission.HashToken(token)) != nil; live != want {
				t.Errorf("token %s is live: %v", token, live)
			}
		}
		s.stop()
		s = start(t, dir, nil)
	}
	s.stop()
}

func TestARefusalThatWasNotToldDoesNotCount(t *testing.T) {
	held := &heldStore{}
	withStore(t, func(store gate.Store) gate.Store { held.Store = store; return held }, func(t *testing.T, s *server) {
		ana, _ := s.player("ana")
		held.hold = make(chan struct{})
		var rush sync.WaitGroup
		for range 5 {
			rush.Go(func() {
				if o := s.connect(ana, "nowhere"); o.Kind != admission.OutcomeTimeout {
					t.Errorf("while nothing is written: %+v", o)
				}
			})
		}
		rush.Wait()
		close(held.hold)
		time.Sleep(time.Second)
		if o := s.connect(ana, "main"); o.Kind != admission.OutcomeAdmitted {
			t.Errorf("then: %+v", o.Refusal)
		}
		events, err := s.Events(t.Context(), admission.EventFilter{})
		if err != nil {
			t.Fatal(err)
		}
		ends := map[admission.AttemptID]int{}
		for _, e := range events {
			switch e.Name {
			case admission.EventFailed, admission.EventTimeout, admission.EventAdmitted:
				ends[e.Attempt]++
			}
		}
		for id, n := range ends {
			if n != 1 {
				t.Errorf("attempt %s has %d ends", id, n)
			}
		}
		if len(ends) != 6 {
			t.Errorf("%d attempts have an end", len(ends))
		}
	})
}

func TestNothingIsWrittenAfterWhatWasNot(t *testing.T) {
	held := &heldStore{}
	synctest.Test(t, func(t *testing.T) {
		s := start(t, t.TempDir(), func(store gate.Store) gate.Store { held.Store = store; return held })
		ana, _ := s.player("ana")
		ben, _ := s.player("ben")
		held.hold = make(chan struct{})
		held.fail.Store(1000)
		var rush sync.WaitGroup
		rush.Go(func() { s.connect(ana, "main") })
		synctest.Wait()
		rush.Go(func() { s.connect(ben, "main") }) // in the next batch
		synctest.Wait()
		close(held.hold)
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Stop(impatient); err == nil {
			t.Error("the stop says that everything is written")
		}
		held.fail.Store(1) // the disk is back, too late
		rush.Wait()
		time.Sleep(5 * time.Second)
		events, err := s.Events(t.Context(), admission.EventFilter{})
		if err != nil || len(events) != 1 {
			t.Errorf("after the stop gave up, the log is %+v, %v", events, err)
		}
		if err := s.store.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestAnOutageIsCountedOnce(t *testing.T) {
	broken := &brokenStore{}
	withStore(t, func(store gate.Store) gate.Store { broken.Store = store; return broken }, func(t *testing.T, s *server) {
		ana, _ := s.player("ana")
		ben, _ := s.player("ben")
		first, _, in := s.plays(ana)
		second, _, _ := s.plays(ben)
		broken.set(true)
		in.Drop(first) // its batch is stuck
		synctest.Wait()
		in.Drop(second) // and this one waits behind it
		time.Sleep(70 * time.Second)
		broken.set(false)
		time.Sleep(time.Second) // the writer's pause
		time.Sleep(55 * time.Second)
		if v, _ := s.Instance("main"); v.GraceSeats != 2 {
			t.Error("the grace is over too early")
		}
		time.Sleep(10 * time.Second)
		if v, _ := s.Instance("main"); v.GraceSeats != 0 {
			t.Error("the grace goes on for longer than the outage")
		}
	})
}

// punctual has something happen while a commit is written, once, and may then fail it.
type punctual struct {
	gate.Store
	meanwhile func()
	isFailing bool
	commits   int
}

func (p *punctual) Commit(records []admission.Record, events []admission.Event, more admission.More) error {
	p.commits++
	if p.meanwhile == nil {
		return p.Store.Commit(records, events, more)
	}
	happen := p.meanwhile
	p.meanwhile = nil
	err := p.Store.Commit(records, events, func() ([]admission.Record, []admission.Event) {
		happen()
		happen = func() {}
		return more()
	})
	if p.isFailing {
		err = errors.New("disk full")
	}
	return err
}

func TestWhoComesWhileACommitIsWrittenJoinsIt(t *testing.T) {
	for name, isFailing := range map[string]bool{"that succeeds": false, "that fails first": true} {
		t.Run(name, func(t *testing.T) {
			p := &punctual{isFailing: isFailing}
			withStore(t, func(store gate.Store) gate.Store { p.Store = store; return p }, func(t *testing.T, s *server) {
				s.capacity(2)
				ana, _ := s.player("ana")
				ben, _ := s.player("ben")
				var late admission.Outcome
				var came sync.WaitGroup
				p.meanwhile = func() {
					came.Go(func() { late = s.connect(ben, "main") })
					synctest.Wait()
				}
				before := p.commits
				early := s.connect(ana, "main")
				came.Wait()
				if early.Kind != admission.OutcomeAdmitted || late.Kind != admission.OutcomeAdmitted {
					t.Errorf("ana is %+v, ben %+v", early, late)
				}
				if n := p.commits - before; !isFailing && n != 1 || isFailing && n != 2 {
					t.Errorf("it took %d commits", n)
				}
				events, err := s.store.Events(t.Context(), admission.EventFilter{Name: string(admission.EventAdmitted)})
				if err != nil || len(events) != 2 || events[0].Attempt != early.Attempt || events[1].Attempt != late.Attempt {
					t.Errorf("the log says %+v, %v", events, err)
				}
			})
		})
	}
}

func TestCharactersAreOldestFirstAlsoAfterAStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		s := start(t, dir, nil)
		ana, first := s.player("ana")
		want := []admission.CharacterID{first}
		for len(want) < 8 {
			time.Sleep(time.Second)
			c, err := s.AddCharacter(t.Context(), ana, fmt.Sprint("hero ", len(want)))
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, c.ID)
		}
		s.stop()
		s = start(t, dir, nil)
		defer s.stop()
		var got []admission.CharacterID
		for _, c := range s.AccountNamed("ana").Profile().Characters {
			got = append(got, c.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("they are %v, want %v", got, want)
		}
	})
}

// forgetful is a store whose log of events cannot be read.
type forgetful struct{ gate.Store }

var errForgotten = errors.New("the log cannot be read")

func (forgetful) Events(context.Context, admission.EventFilter) ([]admission.Event, error) {
	return nil, errForgotten
}

func TestAStartThatCannotReadItsEventsSaysSo(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir, nil)
	ana, _ := s.player("ana")
	s.connect(ana, "main")
	s.stop()
	store, err := storage.Open(filepath.Join(dir, "gatekeeper.db"), schema(t), storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := gate.New(gate.Config{Store: forgetful{store}}).Start(t.Context()); !errors.Is(err, errForgotten) {
		t.Errorf("it ends with %v", err)
	}
}
