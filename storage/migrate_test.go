package storage

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"gatekeeper/admission"
)

func TestTheSchemaHasTheNewestVersion(t *testing.T) {
	steps, err := readMigrations(migrationFiles)
	if err != nil {
		t.Fatal(err)
	}
	path := newPath(t)
	closeStore(t, open(t, path))
	if got := versionOf(t, path); got != newest(steps) {
		t.Errorf("the file has version %d, the migrations lead to %d", got, newest(steps))
	}
	fresh := filepath.Join(t.TempDir(), "fresh.db")
	alter(t, fresh, readSchema(t))
	if got := versionOf(t, fresh); got != newest(steps) {
		t.Errorf("schema.sql says version %d, the migrations lead to %d", got, newest(steps))
	}
}

func versionOf(t *testing.T, path string) int {
	t.Helper()
	version, err := inspect(path, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return version
}

func TestMigrationsAreNumberedWithoutAGap(t *testing.T) {
	for name, c := range map[string]struct {
		files fstest.MapFS
		steps int
		fails bool
	}{
		"none":            {fstest.MapFS{"migrations/README.md": {}}, 0, false},
		"two":             {fstest.MapFS{"migrations/0002_a.sql": {}, "migrations/0003_b.sql": {}}, 2, false},
		"one is missing":  {fstest.MapFS{"migrations/0002_a.sql": {}, "migrations/0004_b.sql": {}}, 0, true},
		"one is twofold":  {fstest.MapFS{"migrations/0002_a.sql": {}, "migrations/0002_b.sql": {}}, 0, true},
		"one has no name": {fstest.MapFS{"migrations/add.sql": {}}, 0, true},
	} {
		steps, err := readMigrations(c.files)
		if len(steps) != c.steps || (err != nil) != c.fails {
			t.Errorf("%s: %d steps, %v", name, len(steps), err)
		}
	}
}

// old makes a database of today's version with rows in it, which no Store holds.
func old(t *testing.T) (path string) {
	t.Helper()
	path = newPath(t)
	s := open(t, path)
	commit(t, s, everything()...)
	closeStore(t, s)
	return path
}

// today is the version that the migrations lead to, and those of a later day added.
func today(t *testing.T, later ...string) (version int, steps []migration) {
	t.Helper()
	steps, err := readMigrations(migrationFiles)
	if err != nil {
		t.Fatal(err)
	}
	version = newest(steps)
	for i, script := range later {
		steps = append(steps, migration{version + 1 + i, "later", script})
	}
	return version, steps
}

func TestAnOlderDatabaseIsMigratedAfterABackup(t *testing.T) {
	path := old(t)
	version, steps := today(t, "CREATE TABLE two (a INTEGER) STRICT; INSERT INTO two SELECT count(*) FROM place",
		"ALTER TABLE two ADD COLUMN b TEXT; -- a comment without an end")
	if err := migrate(path, version, "not used", steps); err != nil {
		t.Fatal(err)
	}
	if got := versionOf(t, path); got != version+2 {
		t.Errorf("version %d", got)
	}
	if got := count(t, path, "SELECT a FROM two WHERE b IS NULL"); got != 2 {
		t.Errorf("the migration saw %d places", got)
	}
	backup := fmt.Sprintf("%s.v%d", path, version)
	if got := versionOf(t, backup); got != version {
		t.Errorf("the backup has version %d", got)
	}
	checkMode(t, backup, 0o600)
	if left, _ := filepath.Glob(path + "*.tmp"); len(left) > 0 {
		t.Error("left behind:", left)
	}
	if _, err := Open(path, readSchema(t), Options{}); !errors.Is(err, ErrNewer) {
		t.Errorf("an older program opens it: %v", err)
	}
}

func TestAMigrationContinuesWhereTheFileStands(t *testing.T) {
	path := old(t)
	version, steps := today(t, "CREATE TABLE two (a INTEGER) STRICT", "CREATE TABLE three (a INTEGER) STRICT")
	if err := migrate(path, version, "not used", steps[:version]); err != nil {
		t.Fatal(err)
	}
	if err := migrate(path, version+1, "not used", steps); err != nil {
		t.Fatal(err)
	}
	if got := versionOf(t, path); got != version+2 {
		t.Errorf("version %d", got)
	}
}

func TestAFailedMigrationLeavesTheOldDatabase(t *testing.T) {
	for name, script := range map[string]string{
		"a mistake in it":          "CREATE TABLE three (a INTEGER) STRICT; MISTAKE",
		"a reference left hanging": "DELETE FROM account",
		"a foreign mark":           "PRAGMA application_id = 7",
	} {
		t.Run(name, func(t *testing.T) {
			path := old(t)
			version, steps := today(t, "CREATE TABLE two (a INTEGER) STRICT", script)
			if err := migrate(path, version, "not used", steps); err == nil {
				t.Fatal("it was applied")
			}
			expect(t, open(t, path), snapshotOf(everything()))
			if got := count(t, path, "SELECT count(*) FROM sqlite_schema WHERE name IN ('two', 'three')"); got != 0 {
				t.Error("the first step was kept")
			}
		})
	}
}

func count(t *testing.T, path, query string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// earlier is an instance as each version kept it, the first one first, and what only some of them knew.
var earlier = []struct {
	row      string
	accepted []admission.AcceptedBuild
	gameURL  string
	isLinked bool
}{
	{row: `
		INSERT INTO instance (id, name, mode, capacity, queue_max, message, required_build, update_url, grace_ms,
			claim_window_ms, replacement, created_at)
		VALUES ('main', 'Main', 'open', 7, 100, '', '1.2', 'https://u', 60000, 10000, 'never', 5)`},
	{
		row: `
		INSERT INTO instance (id, name, mode, capacity, queue_max, message, required_build, accepted_builds, update_url,
			grace_ms, claim_window_ms, replacement, is_linked, created_at)
		VALUES ('main', 'Main', 'open', 7, 100, '', '1.2', '[{"build":"1.1"}]', 'https://u', 60000, 10000, 'never', 1, 5)`,
		accepted: []admission.AcceptedBuild{{Build: "1.1"}}, isLinked: true,
	},
	{row: linkedInstance, accepted: []admission.AcceptedBuild{{Build: "1.1"}}, gameURL: "game://join", isLinked: true},
	{row: linkedInstance, accepted: []admission.AcceptedBuild{{Build: "1.1"}}, gameURL: "game://join", isLinked: true},
	{row: linkedInstance, accepted: []admission.AcceptedBuild{{Build: "1.1"}}, gameURL: "game://join", isLinked: true},
}

const (
	// linkedInstance is one as the third version and later ones kept it.
	linkedInstance = `
		INSERT INTO instance (id, name, mode, capacity, queue_max, message, required_build, accepted_builds, update_url,
			game_url, grace_ms, claim_window_ms, replacement, is_linked, created_at)
		VALUES ('main', 'Main', 'open', 7, 100, '', '1.2', '[{"build":"1.1"}]', 'https://u', 'game://join', 60000, 10000,
			'never', 1, 5)`
	// earlierAccount is a player as every version before the sixth kept one, with a reference to it.
	earlierAccount = `; INSERT INTO account (id, name, password_hash, guest, active, created_at) VALUES ('a', 'Ana', 'h', 0, 'c', 5);
		INSERT INTO character (id, account, name, suspended, created_at) VALUES ('c', 'a', 'Cat', 0, 5)`
	// earlierPlace is a session as every version kept one.
	earlierPlace = `; INSERT INTO place (key, instance, account, character, state, attempt, session, build, line, missed,
			queued_at, seated_at, resumed, replaced)
		VALUES (3, 'main', 'a', 'c', 'grace', 't', 's', '1.2', 0, 0, 0, 6, 0, 0)`
)

// earlierAdmin is an operator as a version kept one.
func earlierAdmin(version int) string {
	if version < 4 {
		return `; INSERT INTO admin (name, password_hash, role, created_at) VALUES ('root', 'h', 'owner', 5)`
	}
	return `; INSERT INTO admin (name, password_hash, role, totp_secret, created_at) VALUES ('root', 'h', 'owner', '', 5)`
}

// TestEveryEarlierVersionBecomesTodaysSchema migrates a file of each schema that was ever released.
func TestEveryEarlierVersionBecomesTodaysSchema(t *testing.T) {
	version, _ := today(t)
	fresh := filepath.Join(t.TempDir(), "fresh.db")
	alter(t, fresh, readSchema(t))
	schemaNow := tables(t, fresh)
	for v := 1; v < version; v++ {
		path := filepath.Join(t.TempDir(), "gatekeeper.db")
		schema, err := os.ReadFile(fmt.Sprintf("testdata/schema.v%d.sql", v))
		if err != nil {
			t.Fatal(err)
		}
		was := earlier[v-1]
		alter(t, path, string(schema)+";"+was.row+earlierAdmin(v)+earlierAccount+earlierPlace)
		s := open(t, path)
		snapshot, err := s.Load(t.Context(), admission.Early{})
		if err != nil {
			t.Fatal(err)
		}
		want := admission.Settings{
			ID: "main", Name: "Main", Mode: admission.ModeOpen, Capacity: 7, QueueMax: 100, RequiredBuild: "1.2",
			AcceptedBuilds: was.accepted, UpdateURL: "https://u", GameURL: was.gameURL, Grace: time.Minute, ClaimWindow: 10 * time.Second,
			Replacement: admission.ReplaceNever, IsLinked: was.isLinked, CreatedAt: time.UnixMilli(5).UTC(),
		}
		if in := snapshot.Instances[0]; !reflect.DeepEqual(in, want) {
			t.Errorf("version %d becomes %+v", v, in)
		}
		admins := []admission.AdminRow{{Name: "root", PasswordHash: "h", Role: admission.Owner, CreatedAt: time.UnixMilli(5).UTC()}}
		if !reflect.DeepEqual(snapshot.Admins, admins) {
			t.Errorf("the admins of version %d become %+v", v, snapshot.Admins)
		}
		accounts := []admission.AccountRow{{ID: "a", Name: "Ana", PasswordHash: "h", Active: "c", CreatedAt: time.UnixMilli(5).UTC()}}
		if !reflect.DeepEqual(snapshot.Accounts, accounts) || len(snapshot.Characters) != 1 {
			t.Errorf("the accounts of version %d become %+v", v, snapshot.Accounts)
		}
		places := []admission.PlaceRow{{
			Key: 3, Instance: "main", Account: "a", Character: "c", State: admission.Grace, Attempt: "t", Session: "s", Build: "1.2",
			SeatedAt: time.UnixMilli(6).UTC(),
		}}
		if !reflect.DeepEqual(snapshot.Places, places) {
			t.Errorf("the places of version %d become %+v", v, snapshot.Places)
		}
		closeStore(t, s)
		if got := tables(t, path); got != schemaNow {
			t.Errorf("version %d becomes\n%s\nwant\n%s", v, got, schemaNow)
		}
	}
}

// tables is the text of a schema, without the quotes that a renamed table gets.
func tables(t *testing.T, path string) string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var text string
	if err := db.QueryRow("SELECT group_concat(sql, char(10) ORDER BY name) FROM sqlite_schema").Scan(&text); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(text, `"`, "")
}
