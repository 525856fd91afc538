package storage

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gatekeeper/admission"
)

func TestEverythingIsTheOwnersAlone(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	commit(t, s, everything()...)
	for name, want := range map[string]fs.FileMode{
		filepath.Dir(path): 0o700, path: 0o600, path + "-wal": 0o600, path + "-shm": 0o600,
		filepath.Join(filepath.Dir(path), lockName): 0o600,
	} {
		checkMode(t, name, want)
	}
}

func TestAFileBroughtHereIsTakenIntoTheOwnersHands(t *testing.T) {
	path := newPath(t)
	closeStore(t, open(t, path))
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	commit(t, s, everything()...)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		checkMode(t, path+suffix, 0o600)
	}
}

func checkMode(t *testing.T, name string, want fs.FileMode) {
	t.Helper()
	f, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if f.Mode().Perm() != want {
		t.Errorf("%s has mode %o, want %o", filepath.Base(name), f.Mode().Perm(), want)
	}
}

func TestAPathMayHoldWhatAnAddressMayNot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "what? 100% #1 ü", "game & keeper.db")
	s := open(t, path)
	commit(t, s, everything()...)
	if _, err := os.Stat(path + "-wal"); err != nil {
		t.Error(err)
	}
}

func TestASecondStoreIsRefused(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	_, err := Open(path, readSchema(t), Options{})
	if !errors.Is(err, ErrInUse) {
		t.Fatalf("got %v", err)
	}
	want := "the database is in use: another gatekeeper already uses " + filepath.Dir(path) + "; stop it or choose another --data"
	if err.Error() != want {
		t.Errorf("an operator reads %q", err)
	}
	closeStore(t, s)
	open(t, path)
}

// hold is what the second process does: it opens the database, commits, says so and waits to be killed.
func hold(path string) {
	schema, err := os.ReadFile(filepath.Join("..", "schema.sql"))
	if err == nil {
		var s *Store
		if s, err = Open(path, string(schema), Options{}); err == nil {
			err = s.Commit(everything(), nil)
		}
	}
	fmt.Println("held", err)
	bufio.NewScanner(os.Stdin).Scan()
}

func TestAProcessKeepsOthersOutUntilItIsKilled(t *testing.T) {
	path := newPath(t)
	other := exec.CommandContext(t.Context(), os.Args[0])
	other.Env = append(os.Environ(), holdEnv+"="+path)
	stdin, err := other.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "held <nil>\n" {
		t.Fatal(line, err)
	}
	if _, err := Open(path, readSchema(t), Options{}); !errors.Is(err, ErrInUse) {
		t.Errorf("while it runs: %v", err)
	}
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := other.Wait(); err == nil {
		t.Fatal("it was not killed")
	}
	expect(t, open(t, path), snapshotOf(everything()))
}

func TestACopyTakenWhileItRunsHasEveryCommit(t *testing.T) {
	path, copied := newPath(t), newPath(t)
	s := open(t, path)
	commit(t, s, everything()...)
	if err := os.MkdirAll(filepath.Dir(copied), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(copied+suffix, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, open(t, copied), snapshotOf(everything()))
}

func TestWhatIsNotOursIsRefusedAndLeftAlone(t *testing.T) {
	ours := func(t *testing.T, path string) {
		s := open(t, path)
		commit(t, s, everything()...)
		closeStore(t, s)
	}
	for name, c := range map[string]struct {
		make func(t *testing.T, path string)
		want error
		says string
	}{
		"a newer version": {
			func(t *testing.T, path string) { ours(t, path); alter(t, path, "PRAGMA user_version = 99") },
			ErrNewer, "has version 99 and this program knows up to 2",
		},
		"another program's database": {
			func(t *testing.T, path string) { alter(t, path, "CREATE TABLE account (id)") },
			ErrNotOurs, "choose another --data",
		},
		"another program's mark": {
			func(t *testing.T, path string) {
				ours(t, path)
				alter(t, path, "PRAGMA journal_mode = DELETE; PRAGMA application_id = 7")
			},
			ErrNotOurs, "choose another --data",
		},
		"no database": {
			func(t *testing.T, path string) { write(t, path, bytes.Repeat([]byte("words "), 2000)) },
			ErrNotOurs, "choose another --data",
		},
		"a damaged page": {
			func(t *testing.T, path string) { ours(t, path); damage(t, path) },
			ErrCorrupt, "restore a backup",
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "gatekeeper.db")
			c.make(t, path)
			before := read(t, path)
			_, err := Open(path, readSchema(t), Options{})
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v", err)
			}
			if !bytes.Equal(before, read(t, path)) {
				t.Error("the file was written to")
			}
			left, err := filepath.Glob(path + "-*")
			if err != nil || len(left) > 0 && c.want == ErrNotOurs {
				t.Error("left behind:", left, err)
			}
		})
	}
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// damage spoils every page but the first, which says whose file it is and what tables there are.
func damage(t *testing.T, path string) {
	t.Helper()
	content := read(t, path)
	const page = 4096
	for i := 3 * page; i < len(content); i++ {
		content[i] ^= 0x5a
	}
	write(t, path, content)
}

func TestACrashBeforeTheSchemaLeavesAnEmptyDatabase(t *testing.T) {
	path := newPath(t)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, path, nil)
	s := open(t, path)
	commit(t, s, everything()...)
}

func TestASchemaThatIsNotOursIsRefused(t *testing.T) {
	if _, err := Open(newPath(t), "CREATE TABLE t (a)", Options{}); !errors.Is(err, ErrNotOurs) {
		t.Fatalf("got %v", err)
	}
}

func TestCloseIsDoneOnce(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	commit(t, s, everything()...)
	closeStore(t, s)
	closeStore(t, s)
	if left, _ := filepath.Glob(path + "-*"); len(left) > 0 {
		t.Error("the log was left behind:", left)
	}
	if err := s.Commit(nil, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed store commits: %v", err)
	}
	if _, err := s.Load(t.Context()); err == nil {
		t.Error("a closed store reads")
	}
}

func TestTheLogIsCutWhenItGrowsTooLarge(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	commit(t, s, everything()...)
	c := &checkpointer{path: path, limit: 1}
	if c.kind() != "TRUNCATE" {
		t.Fatal("a log above its limit is let grow")
	}
	if err := errors.Join(c.checkpoint(c.kind()), c.disconnect()); err != nil {
		t.Fatal(err)
	}
	if log, err := os.Stat(path + "-wal"); err != nil || log.Size() != 0 {
		t.Errorf("the log has %d bytes, %v", log.Size(), err)
	}
	if c.kind() != "PASSIVE" {
		t.Error("an empty log is cut again")
	}
}

func TestACheckpointMovesCommitsIntoTheFile(t *testing.T) {
	path, copied := newPath(t), filepath.Join(t.TempDir(), "copied.db")
	s := open(t, path)
	commit(t, s, everything()...)
	c := &checkpointer{path: path, limit: logLimit}
	if err := errors.Join(c.checkpoint(c.kind()), c.disconnect()); err != nil {
		t.Fatal(err)
	}
	write(t, copied, read(t, path)) // without the log
	expect(t, open(t, copied), snapshotOf(everything()))
}

func TestTheWriterIsSetAsPromised(t *testing.T) {
	for o, synchronous := range map[Options]string{{}: "2", {Normal: true}: "1"} {
		s, err := Open(newPath(t), readSchema(t), o)
		if err != nil {
			t.Fatal(err)
		}
		for pragma, want := range map[string]string{
			"synchronous": synchronous, "journal_mode": "wal", "wal_autocheckpoint": "0", "foreign_keys": "1",
			"trusted_schema": "0", "busy_timeout": "5000",
		} {
			var got string
			if err := s.writer.conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
				t.Errorf("%+v: %s is %s, %v; want %s", o, pragma, got, err, want)
			}
		}
		closeStore(t, s)
	}
}

func TestALostFileIsTroubleNotANewDatabase(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	bad := testPlace(1)
	bad.State = "lost"
	if err := s.Commit([]admission.Record{admission.PutPlace{Row: bad}}, nil); err == nil {
		t.Fatal("the schema took it")
	}
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(everything(), nil); err == nil {
		t.Fatal("committed to nowhere")
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a file was made:", err)
	}
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	commit(t, s, everything()...)
}
