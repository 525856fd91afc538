package storage

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"gatekeeper/admission"
)

// everything is one of each row.
func everything() []admission.Record {
	return []admission.Record{
		admission.PutInstance{Settings: testInstance("main")},
		admission.PutAccount{Row: testAccount("account-1")},
		admission.PutCharacter{Row: admission.CharacterRow{ID: "ana", Account: "account-1", Name: "Ána", CreatedAt: noon}},
		admission.PutToken{Row: admission.TokenRow{Hash: admission.HashToken("t"), Account: "account-1", ExpiresAt: noon}},
		admission.PutThrottle{Row: admission.ThrottleRow{Account: "account-1", Failures: []time.Time{noon, noon.Add(time.Second)}}},
		admission.PutPlace{Row: testPlace(1)},
		admission.PutPlace{Row: testSession(2)},
		admission.PutAdmin{Row: admission.AdminRow{Name: "root", PasswordHash: "$argon2id$", Role: "owner", CreatedAt: noon}},
		admission.PutAdminSession{Row: admission.AdminSessionRow{Hash: admission.HashToken("s"), Admin: "root", ExpiresAt: noon}},
		admission.PutKey{Row: admission.KeyRow{
			ID: "key-1", Name: "bot", Hash: admission.HashToken("k"), Scopes: []admission.Scope{"server", "viewer"},
			Instances: []admission.InstanceID{"main"}, CreatedBy: "root", CreatedAt: noon, ExpiresAt: noon.Add(time.Hour), LastUsedAt: noon,
		}},
		admission.PutTicketUse{Row: admission.TicketUseRow{ID: "jti-1", ExpiresAt: noon.Add(time.Minute)}, Now: noon},
		admission.PutEndedToken{Row: admission.EndedTokenRow{Hash: admission.HashToken("e"), ExpiresAt: noon.Add(time.Minute)}, Now: noon},
		admission.PutWebhook{Row: admission.WebhookRow{
			ID: "hook-1", Name: "studio", URL: "https://studio.example/hook", Secret: "0123456789abcdef", Events: []string{"connection."},
			Instances: []admission.InstanceID{"main"}, Since: 7, CreatedBy: "root", CreatedAt: noon,
		}},
		admission.PutWebhookCursor{Row: admission.WebhookCursorRow{Webhook: "hook-1", Instance: "main", Seq: 8}},
		admission.PutSample{Sample: testSample("main", noon), OldestKept: noon.Add(-time.Hour)},
		admission.PutSetting{Name: "signing-key", Value: []byte{0, 1, 0xff}},
	}
}

func testSample(instance admission.InstanceID, at time.Time) admission.Sample {
	return admission.Sample{
		Instance: instance, Step: 10 * time.Second, Time: at, Capacity: 50, Reserved: 1, Active: 2, Grace: 3, Queue: 4, Admissions: 5,
		WaitP50: time.Second, WaitP95: 1500 * time.Millisecond, Failures: map[string]int{"QUEUE_FULL": 2},
	}
}

func snapshotOf(records []admission.Record) *admission.Snapshot {
	snap := &admission.Snapshot{Settings: map[string][]byte{}}
	for _, r := range records {
		switch r := r.(type) {
		case admission.PutInstance:
			snap.Instances = append(snap.Instances, r.Settings)
		case admission.PutAccount:
			snap.Accounts = append(snap.Accounts, r.Row)
		case admission.PutCharacter:
			snap.Characters = append(snap.Characters, r.Row)
		case admission.PutToken:
			snap.Tokens = append(snap.Tokens, r.Row)
		case admission.PutThrottle:
			snap.Throttles = append(snap.Throttles, r.Row)
		case admission.PutPlace:
			snap.Places = append(snap.Places, r.Row)
		case admission.PutAdmin:
			snap.Admins = append(snap.Admins, r.Row)
		case admission.PutAdminSession:
			snap.AdminSessions = append(snap.AdminSessions, r.Row)
		case admission.PutKey:
			snap.Keys = append(snap.Keys, r.Row)
		case admission.PutTicketUse:
			snap.TicketUses = append(snap.TicketUses, r.Row)
		case admission.PutEndedToken:
			snap.EndedTokens = append(snap.EndedTokens, r.Row)
		case admission.PutWebhook:
			snap.Webhooks = append(snap.Webhooks, r.Row)
		case admission.PutWebhookCursor:
			snap.WebhookCursors = append(snap.WebhookCursors, r.Row)
		case admission.PutSetting:
			snap.Settings[r.Name] = r.Value
		}
	}
	return snap
}

func expect(t *testing.T, s *Store, want *admission.Snapshot) {
	t.Helper()
	if got := load(t, s); !reflect.DeepEqual(got, want) {
		t.Errorf("loaded\n%+v\nwant\n%+v", got, want)
	}
}

func TestWhatIsWrittenIsLoaded(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	commit(t, s, everything()...)
	expect(t, s, snapshotOf(everything()))
	closeStore(t, s)
	expect(t, open(t, path), snapshotOf(everything()))
}

func TestEveryFieldIsOverwritten(t *testing.T) {
	promoted := testSession(1)
	promoted.State, promoted.Line, promoted.Queue.Next = admission.Promoted, 9, admission.HashToken("q3")
	promoted.Instance, promoted.Account, promoted.Character = "other", "account-2", "bo"
	later := []admission.Record{
		admission.PutInstance{Settings: admission.Settings{
			ID: "main", Name: "Main", Mode: admission.ModeDraining, Capacity: 1, QueueMax: 2, Message: "m", RequiredBuild: "b",
			UpdateURL: "https://u", GameURL: "mygame://join", Upstream: "ws://b", Grace: time.Minute + time.Millisecond, ClaimWindow: 2 * time.Second,
			Replacement: admission.ReplaceNever, CreatedAt: noon.Add(time.Hour),
		}},
		admission.PutInstance{Settings: testInstance("other")},
		admission.PutAccount{Row: admission.AccountRow{
			ID: "account-1", Name: "B", MustChange: true, Guest: true, Issuer: "https://id.example", Subject: "7",
		}},
		admission.PutAccount{Row: testAccount("account-2")},
		admission.PutCharacter{Row: admission.CharacterRow{
			ID: "ana", Account: "account-2", Name: "Bo", Suspended: true, CreatedAt: noon.Add(1),
		}},
		admission.PutToken{Row: admission.TokenRow{Hash: admission.HashToken("t"), Account: "account-2"}},
		admission.PutThrottle{Row: admission.ThrottleRow{Account: "account-1", LockedUntil: noon}},
		admission.PutPlace{Row: promoted},
		admission.PutPlace{Row: testPlace(2)},
		admission.PutAdmin{Row: admission.AdminRow{
			Name: "root", PasswordHash: "x", Role: "viewer", TOTPSecret: "JBSWY3DP", CreatedAt: noon.Add(time.Hour),
		}},
		admission.PutAdmin{Row: admission.AdminRow{Name: "second", PasswordHash: "y", Role: "operator", CreatedAt: noon}},
		admission.PutAdminSession{Row: admission.AdminSessionRow{Hash: admission.HashToken("s"), Admin: "second", ExpiresAt: noon.Add(time.Hour)}},
		admission.PutKey{Row: admission.KeyRow{
			ID: "key-1", Name: "other", Hash: admission.HashToken("k2"), Scopes: []admission.Scope{"owner"}, CreatedBy: "second", CreatedAt: noon.Add(time.Hour),
		}},
		admission.PutTicketUse{Row: admission.TicketUseRow{ID: "jti-1", ExpiresAt: noon.Add(time.Hour)}, Now: noon},
		admission.PutEndedToken{Row: admission.EndedTokenRow{Hash: admission.HashToken("e"), ExpiresAt: noon.Add(time.Hour)}, Now: noon},
		admission.PutWebhook{Row: admission.WebhookRow{
			ID: "hook-1", Name: "other", URL: "https://other.example", Secret: "fedcba9876543210", Events: []string{"queue.left"}, IsPaused: true,
			Since: 9, CreatedBy: "second", CreatedAt: noon.Add(time.Hour),
		}},
		admission.PutWebhookCursor{Row: admission.WebhookCursorRow{Webhook: "hook-1", Instance: "main", Seq: 10}},
		admission.PutSetting{Name: "signing-key"},
	}
	s := open(t, newPath(t))
	commit(t, s, everything()...)
	commit(t, s, later...)
	want := snapshotOf(later)
	want.Characters[0].CreatedAt = noon // finer than a millisecond
	expect(t, s, want)
}

func TestDroppedRowsAreGone(t *testing.T) {
	drops := []admission.Record{
		admission.DropPlace{Key: 1},
		admission.DropPlace{Key: 2},
		admission.DropPlace{Key: 77},
		admission.DropCharacter{ID: "ana"},
		admission.DropToken{Hash: admission.HashToken("t")},
		admission.DropAdminSession{Hash: admission.HashToken("s")},
		admission.DropAdmin{Name: "root"},
		admission.DropKey{ID: "key-1"},
		admission.DropWebhook{ID: "hook-1"},
		admission.DropAccount{ID: "account-1"},
	}
	s := open(t, newPath(t))
	commit(t, s, everything()...)
	commit(t, s, drops...)
	want := snapshotOf(everything())
	want.Places, want.Characters, want.Tokens = nil, nil, nil
	want.Admins, want.AdminSessions, want.Keys = nil, nil, nil
	want.Accounts, want.Throttles, want.Webhooks, want.WebhookCursors = nil, nil, nil, nil
	expect(t, s, want)
}

func TestATicketUseLastsUntilItExpires(t *testing.T) {
	s := open(t, newPath(t))
	use := func(id string, at, expires time.Time) {
		commit(t, s, admission.PutTicketUse{Row: admission.TicketUseRow{ID: id, ExpiresAt: expires}, Now: at})
	}
	use("first", noon, noon.Add(time.Minute))
	use("second", noon.Add(time.Second), noon.Add(2*time.Minute))
	use("third", noon.Add(time.Minute), noon.Add(3*time.Minute))
	if got := load(t, s).TicketUses; len(got) != 2 || got[0].ID != "second" || got[1].ID != "third" {
		t.Errorf("left are %+v", got)
	}
}

func TestAnEndedTokenIsKeptUntilItExpires(t *testing.T) {
	s := open(t, newPath(t))
	end := func(token string, at, expires time.Time) {
		commit(t, s, admission.PutEndedToken{Row: admission.EndedTokenRow{Hash: admission.HashToken(token), ExpiresAt: expires}, Now: at})
	}
	end("first", noon, noon.Add(time.Minute))
	end("second", noon.Add(time.Minute), noon.Add(3*time.Minute))
	if got := load(t, s).EndedTokens; len(got) != 1 || got[0].Hash != admission.HashToken("second") {
		t.Errorf("left are %+v", got)
	}
}

func TestAWebhooksCursorNeverGoesBackAndGoesWithIt(t *testing.T) {
	s := open(t, newPath(t))
	cursor := func(seq uint64) admission.Record {
		return admission.PutWebhookCursor{Row: admission.WebhookCursorRow{Webhook: "hook-1", Instance: "other", Seq: seq}}
	}
	commit(t, s, everything()...)
	commit(t, s, cursor(20), cursor(11))
	if got := load(t, s).WebhookCursors; len(got) != 2 || got[1].Seq != 20 {
		t.Errorf("cursors %+v", got)
	}
	commit(t, s, admission.DropWebhook{ID: "hook-1"}, cursor(21))
	if got := load(t, s).WebhookCursors; len(got) != 0 {
		t.Errorf("it is gone, and has cursors %+v", got)
	}
}

func TestEveryKindOfRecordIsTested(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "admission", "change.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	tested := map[string]bool{
		"DropPlace": true, "DropCharacter": true, "DropToken": true, "DropAdminSession": true, "DropAdmin": true, "DropKey": true,
		"DropWebhook": true, "DropAccount": true,
	}
	for _, r := range everything() {
		tested[reflect.TypeOf(r).Name()] = true
	}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != "isRecord" {
			continue
		}
		if kind := f.Recv.List[0].Type.(*ast.Ident).Name; !tested[kind] {
			t.Errorf("nothing here writes a %s", kind)
		}
	}
}

func TestLoadIsOrderedByTheRowsAlone(t *testing.T) {
	s := open(t, newPath(t))
	character := func(id admission.CharacterID, at time.Time) admission.Record {
		return admission.PutCharacter{Row: admission.CharacterRow{ID: id, Account: "account-1", Name: "N", CreatedAt: at}}
	}
	commit(t, s,
		admission.PutInstance{Settings: testInstance("main")}, admission.PutInstance{Settings: testInstance("alpha")},
		admission.PutAccount{Row: testAccount("account-2")}, admission.PutAccount{Row: testAccount("account-1")},
		character("a", noon.Add(time.Hour)), character("c", noon), character("b", noon),
		admission.PutPlace{Row: testPlace(9)}, admission.PutPlace{Row: testPlace(2)},
	)
	snap := load(t, s)
	var got []string
	for _, i := range snap.Instances {
		got = append(got, string(i.ID))
	}
	for _, a := range snap.Accounts {
		got = append(got, string(a.ID))
	}
	for _, c := range snap.Characters {
		got = append(got, string(c.ID))
	}
	for _, p := range snap.Places {
		got = append(got, string(p.Character))
	}
	want := "alpha main account-1 account-2 a b c character-2 character-9"
	if strings.Join(got, " ") != want {
		t.Errorf("loaded %v, want %s", got, want)
	}
}

func TestACommitIsAllOrNothing(t *testing.T) {
	bad := map[string]admission.PlaceRow{}
	for name, spoil := range map[string]func(*admission.PlaceRow){
		"an unknown state":                 func(p *admission.PlaceRow) { p.State = "lost" },
		"a rank outside the queue":         func(p *admission.PlaceRow) { p.State, p.Session = admission.Active, "s" },
		"a queue place without a rank":     func(p *admission.PlaceRow) { p.Line = 0 },
		"a seat without a session":         func(p *admission.PlaceRow) { p.State = admission.Promoted },
		"a session without a seat":         func(p *admission.PlaceRow) { p.Session = "s" },
		"a negative count":                 func(p *admission.PlaceRow) { p.Missed = -1 },
		"a build that is too long":         func(p *admission.PlaceRow) { p.Build = strings.Repeat("x", 65) },
		"an instance that does not exist":  func(p *admission.PlaceRow) { p.Instance = "nowhere" },
		"a key that the mint cannot make":  func(p *admission.PlaceRow) { p.Key = 0 },
		"a time before times were counted": func(p *admission.PlaceRow) { p.QueuedAt = time.UnixMilli(-1) },
	} {
		p := testPlace(5)
		spoil(&p)
		bad[name] = p
	}
	s := open(t, newPath(t))
	commit(t, s, everything()...)
	for name, row := range bad {
		t.Run(name, func(t *testing.T) {
			records := []admission.Record{admission.PutPlace{Row: testPlace(4)}, admission.DropPlace{Key: 1}, admission.PutPlace{Row: row}}
			if err := s.Commit(records, []admission.Event{{Seq: 1, Time: noon, Name: admission.EventQueued}}, nil); err == nil {
				t.Fatal("the schema took it")
			}
			expect(t, s, snapshotOf(everything()))
		})
	}
	commit(t, s, admission.DropPlace{Key: 1}) // it goes on by itself
}

func TestTheOrderWithinABatchMayPutTheChildFirst(t *testing.T) {
	s := open(t, newPath(t))
	commit(t, s, admission.PutPlace{Row: testPlace(1)}, admission.PutInstance{Settings: testInstance("main")})
}

func TestTheSameBatchTwiceChangesNothing(t *testing.T) {
	s := open(t, newPath(t))
	batch := append(everything(), admission.DropPlace{Key: 1}, admission.PutPlace{Row: testPlace(3)})
	events := []admission.Event{{Seq: 1, Time: noon, Name: admission.EventQueued}, {Seq: 2, Time: noon, Name: admission.EventPromoted}}
	var snaps []*admission.Snapshot
	for range 2 {
		if err := s.Commit(batch, events, nil); err != nil {
			t.Fatal(err)
		}
		snaps = append(snaps, load(t, s))
	}
	if !reflect.DeepEqual(snaps[0], snaps[1]) || snaps[1].LastSeq != 2 {
		t.Errorf("first\n%+v\nthen\n%+v", snaps[0], snaps[1])
	}
	if got, err := s.Events(t.Context(), admission.EventFilter{}); err != nil || len(got) != 2 {
		t.Errorf("%d events, %v", len(got), err)
	}
}

func TestWhatComesMeanwhileSharesTheTransaction(t *testing.T) {
	for name, c := range map[string]struct {
		last   admission.PlaceRow
		isGood bool
	}{
		"and succeeds with it": {last: testPlace(4), isGood: true},
		"and fails with it":    {last: admission.PlaceRow{}},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, newPath(t))
			commit(t, s, everything()...)
			late := []admission.Record{admission.PutPlace{Row: testPlace(3)}, admission.PutPlace{Row: c.last}}
			err := s.Commit(nil, []admission.Event{{Seq: 1, Time: noon, Name: admission.EventQueued}}, func() ([]admission.Record, []admission.Event) {
				if len(late) == 0 {
					return nil, nil
				}
				next := late[0]
				late = late[1:]
				return []admission.Record{next}, []admission.Event{{Seq: uint64(3 - len(late)), Time: noon, Name: admission.EventPromoted}}
			})
			want := snapshotOf(everything())
			if c.isGood {
				want = snapshotOf(append(everything(), admission.PutPlace{Row: testPlace(3)}, admission.PutPlace{Row: testPlace(4)}))
				want.LastSeq = 3
			}
			if (err == nil) != c.isGood || s.lastSeq != want.LastSeq {
				t.Errorf("it ends with event %d, %v", s.lastSeq, err)
			}
			expect(t, s, want)
		})
	}
}

func TestAfterABrokenConnectionTheSameBatchGoesThrough(t *testing.T) {
	s := open(t, newPath(t))
	if err := s.writer.conn.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(everything(), nil, nil); err == nil {
		t.Fatal("a closed connection commits")
	}
	commit(t, s, everything()...)
	expect(t, s, snapshotOf(everything()))
}

func TestAFailedCheckpointIsToldOnceByTheNextCommit(t *testing.T) {
	s := open(t, newPath(t))
	cause := errors.New("disk on fire")
	s.checker.trouble.Store(&cause)
	if err := s.Commit(everything(), nil, nil); !errors.Is(err, cause) {
		t.Fatalf("got %v", err)
	}
	commit(t, s, everything()...)
}

func TestEventsAreReadBackInOrderWithTheirData(t *testing.T) {
	s := open(t, newPath(t))
	var events []admission.Event
	for seq := range uint64(1500) {
		events = append(events, admission.Event{Seq: seq + 1, Time: noon, Name: admission.EventPresent})
	}
	events[0] = admission.Event{
		Seq: 1, Time: noon, Name: admission.EventFailed, Instance: "main", Attempt: "a", Session: "s", Account: "c",
		Character: "h", Reason: "QUEUE_FULL", Data: map[string]any{"big": uint64(1) << 62, "text": "<ü>", "list": []int{1}},
	}
	if err := s.Commit(nil, events, nil); err != nil {
		t.Fatal(err)
	}
	events[0].Data = map[string]any{"big": json.Number("4611686018427387904"), "text": "<ü>", "list": []any{json.Number("1")}}
	for name, c := range map[string]struct {
		filter     admission.EventFilter
		from, to   int
		lastWanted uint64
	}{
		"the default bound":    {admission.EventFilter{}, 0, 1000, 1000},
		"since the last read":  {admission.EventFilter{Since: 1000}, 1000, 1500, 1500},
		"a bound of one's own": {admission.EventFilter{Since: 7, Limit: 2}, 7, 9, 9},
		"beyond the end":       {admission.EventFilter{Since: 1 << 63}, 0, 0, 0},
	} {
		got, err := s.Events(t.Context(), c.filter)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(got) != c.to-c.from || len(got) > 0 && !reflect.DeepEqual(got, events[c.from:c.to]) {
			t.Errorf("%s: got %d events, want those after %d to %d", name, len(got), c.from, c.to)
		}
	}
	if snap := load(t, s); snap.LastSeq != 1500 {
		t.Errorf("the last number is %d", snap.LastSeq)
	}
}

func TestAnEventThatCannotBeEncodedIsAnError(t *testing.T) {
	s := open(t, newPath(t))
	events := []admission.Event{{Seq: 1, Time: noon, Name: admission.EventFailed, Data: map[string]any{"x": func() {}}}}
	var unsupported *json.UnsupportedTypeError
	if err := s.Commit(everything(), events, nil); !errors.As(err, &unsupported) {
		t.Fatalf("got %v", err)
	}
	expect(t, s, snapshotOf(nil))
}

func TestReadsGoOnWhileRowsAreWritten(t *testing.T) {
	s := open(t, newPath(t))
	commit(t, s, everything()...)
	done := make(chan error)
	go func() {
		var err error
		for seq := uint64(1); seq <= 300 && err == nil; seq++ {
			err = s.Commit([]admission.Record{
				admission.PutPlace{Row: testPlace(admission.PlaceKey(2*seq + 10))}, admission.PutPlace{Row: testPlace(admission.PlaceKey(2*seq + 11))},
			}, []admission.Event{{Seq: seq, Time: noon, Name: admission.EventQueued}}, nil)
		}
		done <- err
	}()
	for {
		snap := load(t, s)
		if want := 2 + 2*int(snap.LastSeq); len(snap.Places) != want {
			t.Fatalf("%d places beside event %d: want %d", len(snap.Places), snap.LastSeq, want)
		}
		if _, err := s.Events(t.Context(), admission.EventFilter{}); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			return
		default:
		}
	}
}

func BenchmarkCommit(b *testing.B) {
	for name, size := range map[string]int{"1": 1, "32": 32, "256": 256} {
		for _, o := range []Options{{}, {Normal: true}} {
			durability := map[bool]string{false: "full", true: "normal"}[o.Normal]
			b.Run(durability+"/"+name, func(b *testing.B) { benchmarkCommit(b, o, size) })
		}
	}
}

func benchmarkCommit(b *testing.B, o Options, size int) {
	s, err := Open(newPath(b), readSchema(b), o)
	if err != nil {
		b.Fatal(err)
	}
	defer closeStore(b, s)
	commit(b, s, admission.PutInstance{Settings: testInstance("main")})
	records := make([]admission.Record, size)
	var key admission.PlaceKey
	for b.Loop() {
		for i := range records {
			key++
			records[i] = admission.PutPlace{Row: testPlace(key%100_000 + 1)}
		}
		commit(b, s, records...)
	}
	b.ReportMetric(float64(size*b.N)/b.Elapsed().Seconds(), "rows/s")
}

func TestTroubleIsToldInWordsThatAnybodyMayRead(t *testing.T) {
	s := open(t, newPath(t))
	if err := os.Rename(s.path, s.path+".away"); err != nil {
		t.Fatal(err)
	}
	var told interface{ Why() string }
	if err := s.Commit(everything(), nil, nil); !errors.As(err, &told) || told.Why() != "the database or its log was taken away" {
		t.Errorf("got %v", err)
	}
	if err := os.Rename(s.path+".away", s.path); err != nil {
		t.Fatal(err)
	}
	bad := testPlace(1)
	bad.State = "lost"
	if err := s.Commit([]admission.Record{admission.PutPlace{Row: bad}}, nil, nil); !errors.As(err, &told) || told.Why() != "storage cannot be written" {
		t.Errorf("got %v", err)
	}
}
