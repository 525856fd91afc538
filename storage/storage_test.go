package storage

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gatekeeper/admission"
)

// holdEnv names a database that a second process, which is this test binary again, opens and holds.
const holdEnv = "STORAGE_TEST_HOLD"

func TestMain(m *testing.M) {
	if path := os.Getenv(holdEnv); path != "" {
		hold(path)
		return
	}
	goleak.VerifyTestMain(m)
}

// readSchema returns the schema as the program embeds it.
func readSchema(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "schema.sql"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func newPath(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "data", "gatekeeper.db")
}

func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(path, readSchema(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeStore(t, s) })
	return s
}

func closeStore(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func commit(t testing.TB, s *Store, records ...admission.Record) {
	t.Helper()
	if err := s.Commit(records, nil, nil); err != nil {
		t.Fatal(err)
	}
}

func load(t testing.TB, s *Store) *admission.Snapshot {
	t.Helper()
	snap, err := s.Load(t.Context(), admission.Early{})
	if err != nil {
		t.Fatal(err)
	}
	return snap
}

// alter runs a statement on a database that no Store holds.
func alter(t testing.TB, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

var noon = time.Date(2030, 1, 2, 12, 0, 0, int(7*time.Millisecond), time.UTC)

func testInstance(id admission.InstanceID) admission.Settings {
	s := admission.DefaultSettings(id)
	s.CreatedAt, s.RequiredBuild, s.GameURL, s.Upstream, s.IsLinked = noon, "1.3", "https://game.example/play", "ws://127.0.0.1:2567/game", true
	s.AcceptedBuilds = []admission.AcceptedBuild{{Build: "1.2", Until: noon}, {Build: "^1.1"}}
	return s
}

var testInstanceAlone = admission.PutInstance{Settings: testInstance("main")}

func testAccount(id admission.AccountID) admission.AccountRow {
	return admission.AccountRow{ID: id, Name: "Ana", PasswordHash: "$argon2id$", Active: "ana", CreatedAt: noon}
}

// testPlace is a queue place with every field set that such a place can have.
func testPlace(key admission.PlaceKey) admission.PlaceRow {
	return admission.PlaceRow{
		Key: key, Instance: "main", Account: "account-1", Character: admission.CharacterID(fmt.Sprintf("character-%d", key)),
		State: admission.Waiting, Attempt: "attempt-1", Build: "1.0", Line: uint64(key), Missed: 1, QueuedAt: noon,
		Queue: admission.TokenPair{Current: admission.HashToken("q1"), Next: admission.HashToken("q2")},
	}
}

// testSession is a seat with every field set that such a place can have.
func testSession(key admission.PlaceKey) admission.PlaceRow {
	p := testPlace(key)
	p.State, p.Line, p.Queue = admission.Active, 0, admission.TokenPair{}
	p.Session, p.SeatedAt, p.Resumed, p.Replaced = "session-1", noon.Add(time.Minute), true, true
	p.SessionToken = admission.HashToken("s")
	p.Reconnect = admission.TokenPair{Current: admission.HashToken("r1"), Next: admission.HashToken("r2")}
	return p
}
