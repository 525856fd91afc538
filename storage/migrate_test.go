package storage

import (
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
	"testing/fstest"
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

// old makes a database of version 1 with rows in it, which no Store holds.
func old(t *testing.T) (path string) {
	t.Helper()
	path = newPath(t)
	s := open(t, path)
	commit(t, s, everything()...)
	closeStore(t, s)
	return path
}

func TestAnOlderDatabaseIsMigratedAfterABackup(t *testing.T) {
	path := old(t)
	steps := []migration{
		{2, "two", "CREATE TABLE two (a INTEGER) STRICT; INSERT INTO two SELECT count(*) FROM place"},
		{3, "three", "ALTER TABLE two ADD COLUMN b TEXT; -- a comment without an end"},
	}
	if err := migrate(path, 1, "not used", steps); err != nil {
		t.Fatal(err)
	}
	if got := versionOf(t, path); got != 3 {
		t.Errorf("version %d", got)
	}
	if got := count(t, path, "SELECT a FROM two WHERE b IS NULL"); got != 2 {
		t.Errorf("the migration saw %d places", got)
	}
	if got := versionOf(t, path+".v1"); got != 1 {
		t.Errorf("the backup has version %d", got)
	}
	checkMode(t, path+".v1", 0o600)
	if left, _ := filepath.Glob(path + "*.tmp"); len(left) > 0 {
		t.Error("left behind:", left)
	}
	if _, err := Open(path, readSchema(t), Options{}); !errors.Is(err, ErrNewer) {
		t.Errorf("an older program opens it: %v", err)
	}
}

func TestAMigrationContinuesWhereTheFileStands(t *testing.T) {
	path := old(t)
	steps := []migration{{2, "two", "CREATE TABLE two (a INTEGER) STRICT"}}
	if err := migrate(path, 1, "not used", steps); err != nil {
		t.Fatal(err)
	}
	steps = append(steps, migration{3, "three", "CREATE TABLE three (a INTEGER) STRICT"})
	if err := migrate(path, 2, "not used", steps); err != nil {
		t.Fatal(err)
	}
	if got := versionOf(t, path); got != 3 {
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
			steps := []migration{{2, "two", "CREATE TABLE two (a INTEGER) STRICT"}, {3, "three", script}}
			if err := migrate(path, 1, "not used", steps); err == nil {
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
