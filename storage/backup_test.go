package storage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gatekeeper/admission"
)

func TestABackupHasAllThatWasCommittedBeforeIt(t *testing.T) {
	s, name := open(t, newPath(t)), filepath.Join(t.TempDir(), "backup.db")
	commit(t, s, everything()...)
	if err := s.Backup(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	checkMode(t, name, 0o600)
	expect(t, open(t, name), snapshotOf(everything()))
}

func TestCommitsGoOnDuringABackup(t *testing.T) {
	s, name := open(t, newPath(t)), filepath.Join(t.TempDir(), "backup.db")
	for i := range 40 {
		commit(t, s, admission.PutSetting{Name: fmt.Sprint(i), Value: make([]byte, 1<<20)})
	}
	var copying sync.WaitGroup
	copying.Go(func() {
		if err := s.Backup(context.Background(), name); err != nil {
			t.Error(err)
		}
	})
	before := 0
	for _, err := os.Stat(name); err != nil; _, err = os.Stat(name) {
		happen(t, s, 1)
		before++
	}
	copying.Wait()
	if before < 2 {
		t.Error("nothing was committed during the backup")
	}
	if n := count(t, name, "SELECT count(*) FROM setting"); n != 40 {
		t.Errorf("the backup has %d of 40 rows", n)
	}
}

func TestABackupThatFailsLeavesNothing(t *testing.T) {
	s, folder := open(t, newPath(t)), t.TempDir()
	if err := s.Backup(t.Context(), filepath.Join(folder, "nowhere", "b.db")); err == nil {
		t.Error("it was written to nowhere")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Backup(ended, filepath.Join(folder, "b.db")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if left, _ := filepath.Glob(folder + "/*"); len(left) > 0 {
		t.Error("left are", left)
	}
	commit(t, s, everything()...)
}

func TestACopyOfADamagedDatabaseIsNoBackup(t *testing.T) {
	s := open(t, newPath(t))
	commit(t, s, everything()...)
	closeStore(t, s)
	damage(t, s.path)
	name := filepath.Join(t.TempDir(), "backup.db")
	if err := BackupFile(t.Context(), s.path, name); !isDamage(err) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(name); err == nil {
		t.Error("it was kept")
	}
}

func TestAnEndDoesNotWaitForABackup(t *testing.T) {
	s, name := open(t, newPath(t)), filepath.Join(t.TempDir(), "backup.db")
	for i := range 200 {
		commit(t, s, admission.PutSetting{Name: fmt.Sprint(i), Value: make([]byte, 1<<20)})
	}
	result := make(chan error)
	go func() { result <- s.Backup(context.Background(), name) }()
	for _, err := os.Stat(name + draftSuffix); err != nil; _, err = os.Stat(name + draftSuffix) {
		time.Sleep(100 * time.Microsecond)
	}
	closed := make(chan struct{})
	go func() {
		closeStore(t, s)
		close(closed)
	}()
	if err := <-result; err == nil {
		t.Skip("the backup was faster than the end")
	}
	<-closed
	if left, _ := filepath.Glob(filepath.Dir(name) + "/*"); len(left) > 0 {
		t.Error("left are", left)
	}
}

func TestARestorePutsTheBackupInPlaceAndKeepsTheRest(t *testing.T) {
	path, name := newPath(t), filepath.Join(t.TempDir(), "backup.db")
	s := open(t, path)
	commit(t, s, testInstanceAlone)
	if err := s.Backup(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	commit(t, s, everything()...)
	if _, err := Restore(path, name); !errors.Is(err, ErrInUse) {
		t.Fatalf("beside a live server: %v", err)
	}
	left := crash(t, path)
	kept, err := Restore(left, name)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, open(t, left), snapshotOf([]admission.Record{testInstanceAlone}))
	expect(t, open(t, filepath.Join(kept, filepath.Base(left))), snapshotOf(everything()))
}

func TestARestoreMendsWhatAStartRefuses(t *testing.T) {
	for name, breaks := range map[string]func(path string) error{
		"the database is missing": os.Remove,
		"the database is damaged": func(path string) error { return os.WriteFile(path, []byte("no"), 0o600) },
		"the log is missing":      func(path string) error { return os.Remove(path + "-wal") },
		"the mark is damaged": func(path string) error {
			return os.WriteFile(filepath.Join(filepath.Dir(path), lockName), []byte("no"), 0o600)
		},
		"the log is damaged": func(path string) error { return os.WriteFile(path+"-wal", []byte("no"), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			s, backup := open(t, newPath(t)), filepath.Join(t.TempDir(), "backup.db")
			commit(t, s, everything()...)
			if err := s.Backup(t.Context(), backup); err != nil {
				t.Fatal(err)
			}
			left := crash(t, s.path)
			if err := breaks(left); err != nil {
				t.Fatal(err)
			}
			if broken, err := Open(left, readSchema(t), Options{}); err == nil {
				closeStore(t, broken)
				t.Fatal("a start took it")
			}
			if _, err := Restore(left, backup); err != nil {
				t.Fatal(err)
			}
			expect(t, open(t, left), snapshotOf(everything()))
		})
	}
}

func TestWithoutABackupTheFileItselfCanBeGoneOnWith(t *testing.T) {
	s := open(t, newPath(t))
	commit(t, s, everything()...)
	c := checkpointerOf(s)
	if err := errors.Join(c.advance(), c.disconnect()); err != nil {
		t.Fatal(err)
	}
	left := crash(t, s.path)
	if err := os.Remove(left + "-wal"); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(left, left); err != nil {
		t.Fatal(err)
	}
	expect(t, open(t, left), snapshotOf(everything()))
}

func TestWhatIsNoSoundBackupIsNotRestored(t *testing.T) {
	folder := t.TempDir()
	s := open(t, newPath(t))
	commit(t, s, everything()...)
	paths := map[string]error{}
	file := func(name string, content []byte, want error) {
		path := filepath.Join(folder, name)
		write(t, path, content)
		paths[path] = want
	}
	sound := filepath.Join(folder, "sound.db")
	if err := s.Backup(t.Context(), sound); err != nil {
		t.Fatal(err)
	}
	newer := filepath.Join(folder, "newer.db")
	write(t, newer, read(t, sound))
	alter(t, newer, "PRAGMA user_version = 99")
	paths[newer] = ErrNewer
	content := read(t, sound)
	file("cut.db", content[:len(content)/2], ErrCorrupt)
	file("empty.db", nil, ErrNotOurs)
	file("text.db", []byte(strings.Repeat("not a database ", 100)), ErrNotOurs)
	paths[filepath.Join(folder, "absent.db")] = os.ErrNotExist
	path := newPath(t)
	before := open(t, path)
	commit(t, before, testInstanceAlone)
	closeStore(t, before)
	for name, want := range paths {
		if _, err := Restore(path, name); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", filepath.Base(name), err, want)
		}
	}
	expect(t, open(t, path), snapshotOf([]admission.Record{testInstanceAlone}))
}

func TestScheduledBackupsKeepTheNewest(t *testing.T) {
	s := open(t, newPath(t))
	folder := BackupFolder(s.path)
	plan := Schedule{Every: time.Hour, Keep: 3}
	if wait := plan.wait(folder, noon); wait != 0 {
		t.Errorf("the first waits %s", wait)
	}
	for i := range 5 {
		if _, err := s.backUpOnce(plan, noon.Add(time.Duration(i)*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(folder, "mine.db"), nil)
	list, err := listBackups(folder)
	if err != nil || len(list) != 3 || !list[2].taken.Equal(noon.Add(4*time.Hour)) {
		t.Errorf("kept are %v, %v", list, err)
	}
	for now, want := range map[time.Time]time.Duration{
		noon.Add(4*time.Hour + 20*time.Minute): 40 * time.Minute,
		noon.Add(9 * time.Hour):                0,
		noon.Add(-24 * time.Hour):              time.Hour, // the clock was put back
	} {
		if wait := plan.wait(folder, now); wait != want {
			t.Errorf("at %s it waits %s, want %s", now, wait, want)
		}
	}
}

func TestAScheduleGoesOnUntilTheEnd(t *testing.T) {
	s := open(t, newPath(t))
	done := make(chan string)
	s.BackUp(func() Schedule { return Schedule{Every: time.Millisecond, Keep: 2} }, func(name string, err error) {
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		select {
		case done <- name:
		case <-s.closing:
		}
	})
	if first, second := <-done, <-done; first == second {
		t.Error("twice the same", first)
	}
}

// consistent is a state as the engine would leave it.
func consistent() []admission.Record {
	place := testSession(1)
	place.Character = "ana"
	return append(everything()[:5:5], admission.PutPlace{Row: place})
}

func TestAnExaminationOfASoundDatabaseFindsNothing(t *testing.T) {
	s := open(t, newPath(t))
	commit(t, s, consistent()...)
	happen(t, s, 3)
	if _, err := s.backUpOnce(Schedule{Keep: 1}, noon); err != nil {
		t.Fatal(err)
	}
	failing(t, s.path, "") // beside the server
	closeStore(t, s)
	failing(t, s.path, "")
}

// failing makes sure that an examination fails at one check and no other; "" = at none.
func failing(t *testing.T, path, check string) {
	t.Helper()
	var failed []string
	for _, f := range Examine(t.Context(), path) {
		if f.Verdict == Failure {
			failed = append(failed, f.Check)
			if f.Do == "" {
				t.Errorf("nobody is told what to do about %+v", f)
			}
		}
	}
	if strings.Join(failed, " ") != check {
		t.Errorf("failed are %v, want %q: %+v", failed, check, Examine(t.Context(), path))
	}
}

func TestAnExaminationFindsWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		check  string
		breaks func(path string)
	}{
		"no database":           {"files", func(path string) { _ = os.Remove(path) }},
		"not a database":        {"version", func(path string) { write(t, path, []byte(strings.Repeat("x", 4096))) }},
		"a newer one":           {"version", func(path string) { alter(t, path, "PRAGMA user_version = 99") }},
		"a damaged page":        {"integrity", func(path string) { damage(t, path) }},
		"a missing event":       {"events", func(path string) { alter(t, path, "DELETE FROM event WHERE seq = 2") }},
		"a place of nowhere":    {"state", func(path string) { alter(t, path, "UPDATE place SET account = 'account-2'") }},
		"a log that is missing": {"log", func(path string) { mend(t, path, mark{InUse: true, Opened: true}) }},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, newPath(t))
			commit(t, s, consistent()...)
			happen(t, s, 3)
			closeStore(t, s)
			c.breaks(s.path)
			failing(t, s.path, c.check)
		})
	}
}

// mend puts a mark on a database that no Store holds.
func mend(t *testing.T, path string, m mark) {
	t.Helper()
	lock, err := acquire(filepath.Dir(path))
	if err == nil {
		err = errors.Join(lock.put(m), lock.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}
