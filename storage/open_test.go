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
	"time"

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
			err = s.Commit(everything(), nil, nil)
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
			ErrNewer, "has version 99 and this program knows up to 6",
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

func write(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, path string) []byte {
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
	if err := s.Commit(nil, nil, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed store commits: %v", err)
	}
	if _, err := s.Load(t.Context(), admission.Early{}); err == nil {
		t.Error("a closed store reads")
	}
}

// checkpointerOf returns one beside the store's own, which would come too late for a test.
func checkpointerOf(s *Store) *checkpointer {
	return &checkpointer{path: s.path, files: s.files, lock: s.lock, commits: &s.mu, limit: logLimit}
}

func TestTheLogStartsAfreshWhenItGrowsTooLarge(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	commit(t, s, everything()...)
	before, err := readLog(path)
	if err != nil || before.generation == "" || before.frames == 0 {
		t.Fatalf("the log is %+v, %v", before, err)
	}
	c := checkpointerOf(s)
	c.limit = 1
	if err := errors.Join(c.advance(), c.disconnect()); err != nil {
		t.Fatal(err)
	}
	commit(t, s, admission.DropPlace{Key: 1})
	after, err := readLog(path)
	if err != nil || after.generation == before.generation || after.frames >= before.frames {
		t.Errorf("the log was %+v and is %+v, %v", before, after, err)
	}
}

func TestACheckpointMovesCommitsIntoTheFile(t *testing.T) {
	path, copied := newPath(t), filepath.Join(t.TempDir(), "copied.db")
	s := open(t, path)
	commit(t, s, everything()...)
	c := checkpointerOf(s)
	if err := errors.Join(c.advance(), c.disconnect()); err != nil {
		t.Fatal(err)
	}
	write(t, copied, read(t, path)) // without the log
	expect(t, open(t, copied), snapshotOf(everything()))
}

func TestAMarkTellsHowFarTheLogWasMoved(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	commit(t, s, everything()...)
	c := checkpointerOf(s)
	if err := errors.Join(c.advance(), c.disconnect()); err != nil {
		t.Fatal(err)
	}
	log, err := readLog(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := (mark{InUse: true, Opened: true, Log: log.generation, Moved: log.frames}); s.lock.read() != want {
		t.Errorf("the mark is %+v, want %+v", s.lock.read(), want)
	}
	closeStore(t, s)
	f, err := os.Open(filepath.Join(filepath.Dir(path), lockName))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if m, err := readMark(f); err != nil || m.InUse || !m.Opened {
		t.Errorf("after the end the mark is %+v, %v", m, err)
	}
}

// crash copies what a killed process would leave, without the index that SQLite makes anew.
func crash(t *testing.T, path string) (left string) {
	t.Helper()
	left = newPath(t)
	if err := os.MkdirAll(filepath.Dir(left), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, left, read(t, path))
	write(t, left+"-wal", read(t, path+"-wal"))
	write(t, filepath.Join(filepath.Dir(left), lockName), read(t, filepath.Join(filepath.Dir(path), lockName)))
	return left
}

func TestALogThatLostWhatWasMovedIsRefused(t *testing.T) {
	for name, breaks := range map[string]func(log []byte) []byte{
		"an early frame is damaged":    func(log []byte) []byte { log[logHeaderSize+frameHeaderSize+7] ^= 1; return log },
		"a late frame is damaged":      func(log []byte) []byte { log[len(log)-1] ^= 1; return log },
		"its header is damaged":        func(log []byte) []byte { log[17] ^= 1; return log },
		"it is cut in the middle":      func(log []byte) []byte { return log[:len(log)/2] },
		"it is cut within its header":  func(log []byte) []byte { return log[:20] },
		"it is cut to nothing":         func([]byte) []byte { return nil },
		"a frame's salts are replaced": func(log []byte) []byte { log[logHeaderSize+8] ^= 1; return log },
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, newPath(t))
			commit(t, s, everything()...)
			c := checkpointerOf(s)
			if err := errors.Join(c.advance(), c.disconnect()); err != nil {
				t.Fatal(err)
			}
			left := crash(t, s.path)
			write(t, left+"-wal", breaks(read(t, left+"-wal")))
			before := read(t, left)
			if _, err := Open(left, readSchema(t), Options{}); !errors.Is(err, ErrLogLost) {
				t.Errorf("got %v", err)
			}
			if !bytes.Equal(before, read(t, left)) {
				t.Error("the file was written to")
			}
		})
	}
}

func TestALogThatIsGoneAfterACrashIsRefusedUntilItIsBack(t *testing.T) {
	s := open(t, newPath(t))
	commit(t, s, everything()...)
	left := crash(t, s.path)
	if err := os.Rename(left+"-wal", left+".away"); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(left, readSchema(t), Options{}); !errors.Is(err, ErrLogLost) {
		t.Fatalf("got %v", err)
	}
	if err := os.Rename(left+".away", left+"-wal"); err != nil {
		t.Fatal(err)
	}
	expect(t, open(t, left), snapshotOf(everything()))
}

func TestACrashBeforeTheFirstCommitOfAStartIsNoLoss(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	commit(t, s, everything()...)
	closeStore(t, s) // moves a log whose mark is left behind
	s = open(t, path)
	expect(t, open(t, crash(t, path)), snapshotOf(everything()))
	closeStore(t, s)
}

func TestAMissingDatabaseIsNotMadeAnew(t *testing.T) {
	for name, takeAway := range map[string]func(path string) error{
		"removed": os.Remove, "emptied": func(path string) error { return os.Truncate(path, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			path := newPath(t)
			s := open(t, path)
			closeStore(t, s)
			if err := takeAway(path); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(path, readSchema(t), Options{}); !errors.Is(err, ErrMissing) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestADamagedDatabaseIsNeverWrittenToAgain(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	commit(t, s, everything()...)
	s.mu.Lock()
	_ = s.fail(fmt.Errorf("found: %w", ErrCorrupt))
	s.mu.Unlock()
	if err := s.Commit(everything(), nil, nil); !errors.Is(err, ErrCorrupt) {
		t.Errorf("got %v", err)
	}
	before, log := read(t, path), read(t, path+"-wal")
	closeStore(t, s)
	if !bytes.Equal(before, read(t, path)) || !bytes.Equal(log, read(t, path+"-wal")) {
		t.Error("the end wrote to it")
	}
}

func TestADamagedLargeFileCondemnsTheStoreMeanwhile(t *testing.T) {
	path := newPath(t)
	s := open(t, path)
	commit(t, s, everything()...)
	commit(t, s, admission.PutSetting{Name: "ballast", Value: make([]byte, largeFile)})
	closeStore(t, s)
	content := read(t, path)
	for i := len(content) / 2; i < len(content)/2+64; i++ { // in the ballast's chain of pages
		content[i&^4095+i%4] = 0xff
	}
	write(t, path, content)
	s = open(t, path)
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if err := s.Commit(nil, nil, nil); errors.Is(err, ErrCorrupt) {
			return
		}
	}
	t.Error("the damage was not found")
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
	for _, suffix := range []string{"", "-wal"} {
		path, copied := newPath(t), filepath.Join(t.TempDir(), "copied.db")
		s := open(t, path)
		commit(t, s, testInstanceAlone)
		if err := os.Rename(path+suffix, path+".away"); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := s.Commit(everything(), nil, nil); !errors.Is(err, ErrMissing) {
				t.Fatalf("without %s: %v", path+suffix, err)
			}
		}
		if _, err := os.Stat(path + suffix); !errors.Is(err, fs.ErrNotExist) {
			t.Error("a file was made:", err)
		}
		if err := s.Backup(t.Context(), copied); err != nil {
			t.Error("what was committed cannot be saved:", err)
		}
		if err := os.Rename(path+".away", path+suffix); err != nil {
			t.Fatal(err)
		}
		commit(t, s, everything()...)
		expect(t, s, snapshotOf(everything()))
		if saved := load(t, open(t, copied)); len(saved.Instances) != 1 {
			t.Errorf("the copy has %+v", saved)
		}
	}
}
