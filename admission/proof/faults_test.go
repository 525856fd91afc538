//go:build linux

package proof_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"gatekeeper/admission/admissiontest"
)

// Real faults on the real binary. Whatever happens to the disk: who plays goes on playing, nobody new is promised anything,
// and once it is over the server goes on by itself with everybody at their seat and rank.

// The players of a site: two play, two wait, one tries while the fault comes, one while it is there.
const (
	ana = iota
	ben
	cem
	dan
	eve
	fay
	everybody
)

// readyWithin bounds how long after a fault a server may need; a failed checkpoint is tried again after five seconds.
const readyWithin = 15 * time.Second

// fault is what happens to a running server. What it needs of the folder is done before the start.
type fault struct {
	prepare func(s *site)
	begin   func(s *site)
	end     func(s *site)
	// lasts is how long it goes on after it was noticed.
	lasts time.Duration
	// why is what /readyz comes to say; "" = whatever it says.
	why string
	// isBeside says that it hits checkpoints only, so that attempts may go on.
	isBeside bool
}

var faults = map[string]fault{
	"the disk is full, for longer than an attempt may take": {
		prepare: (*site).mount, begin: (*site).fillDisk, end: (*site).emptyDisk, lasts: 10 * time.Second,
		why: "the disk is full",
	},
	"files may not grow":               {begin: (*site).limitFiles, end: (*site).unlimitFiles},
	"the disk has become read-only":    injected("pwrite64:error=EROFS", "-wal"),
	"the log cannot be written":        because("the disk reports errors", injected("pwrite64:error=EIO", "-wal")),
	"the log cannot be synced":         because("the disk reports errors", injected("fsync,fdatasync:error=EIO", "-wal")),
	"the log is synced very slowly":    injected("fsync,fdatasync:delay_enter=5000000", "-wal"),
	"a checkpoint cannot write":        besides(injected("pwrite64:error=EIO", "")),
	"a checkpoint cannot sync":         besides(injected("fsync,fdatasync:error=EIO", "")),
	"the lock file cannot be written":  besides(injected("pwrite64:error=EIO", "lock")),
	"the database is renamed and back": renamed(database),
	"the log is renamed and back":      renamed(wal),
	"the folder is renamed and back":   renamed(""),
	"the files may not be opened any more": {
		prepare: (*site).bindByPermissions,
		begin:   func(s *site) { s.chmod(0) }, end: func(s *site) { s.chmod(0o600) },
	},
}

func TestAFaultFreezesTheServerAndHeals(t *testing.T) {
	t.Parallel()
	sideBySide(t, faults, func(t *testing.T, f fault) {
		s := newSite(t)
		if f.prepare != nil {
			f.prepare(s)
		}
		s.opens()
		f.begin(s)
		first := s.hammered(eve)
		if f.isBeside {
			time.Sleep(3 * time.Second)
		} else {
			s.isFrozen()
			s.says(f.why)
			time.Sleep(f.lasts)
		}
		f.end(s)
		s.isReadyAgain()
		<-first
		s.goesOn()
		s.Kill()
		s.Start(t)
		s.hasEverybody()
	})
}

// injected makes system calls on a file fail, or hang, as long as it lasts. The suffix is that of the file; "lock" is the
// lock file.
func injected(what, suffix string) fault {
	var mu sync.Mutex
	stops := map[*site]func(){}
	return fault{
		begin: func(s *site) {
			path := s.Database() + suffix
			if suffix == "lock" {
				path = filepath.Join(s.Dir, lock)
			}
			stop := s.inject(what, path)
			mu.Lock()
			defer mu.Unlock()
			stops[s] = stop
		},
		end: func(s *site) {
			mu.Lock()
			defer mu.Unlock()
			stops[s]()
		},
	}
}

func because(why string, f fault) fault {
	f.why = why
	return f
}

func besides(f fault) fault {
	f.isBeside = true
	return f
}

// renamed takes a file of the folder away and brings it back; "" is the folder.
func renamed(name string) fault {
	rename := func(s *site, from, to string) {
		path := filepath.Join(s.Dir, name)
		if err := os.Rename(path+from, path+to); err != nil {
			s.t.Fatal(err)
		}
	}
	return fault{
		begin: func(s *site) { rename(s, "", ".away") }, end: func(s *site) { rename(s, ".away", "") }, lasts: 2 * time.Second,
		why: "the database or its log was taken away",
	}
}

// loss is of a file under a running server, for good.
type loss struct {
	takeAway func(s *site) error
	// says is what a start refuses it with; "" = nothing is left that could tell.
	says string
	// mayStart says that it may start, too, if all is there.
	mayStart bool
}

var losses = map[string]loss{
	"the database is removed": {takeAway: func(s *site) error { return os.Remove(s.Database()) }, says: "gatekeeper restore"},
	"the log is removed":      {takeAway: func(s *site) error { return os.Remove(s.Database() + "-wal") }, says: "gatekeeper restore"},
	"an older copy is moved over": {
		takeAway: func(s *site) error { return os.Rename(s.older, s.Database()) }, says: "gatekeeper restore", mayStart: true,
	},
	"an older log is moved over": {takeAway: func(s *site) error { return os.Rename(s.older+"-wal", s.Database()+"-wal") }},
	"another file is moved over": {
		takeAway: func(s *site) error { return replaceBy(s.Database(), []byte("notes")) }, says: "restore a backup",
	},
	"an empty file is moved over": {
		takeAway: func(s *site) error { return replaceBy(s.Database(), nil) }, says: "gatekeeper restore",
	},
	"a folder is put in its place": {
		takeAway: func(s *site) error { return errors.Join(os.Remove(s.Database()), os.Mkdir(s.Database(), 0o700)) },
		says:     "restore a backup",
	},
}

func TestWhatIsTakenAwayForGoodIsNotWrittenTo(t *testing.T) {
	t.Parallel()
	sideBySide(t, losses, func(t *testing.T, l loss) {
		s := newSite(t)
		s.opens()
		if err := l.takeAway(s); err != nil {
			t.Fatal(err)
		}
		first := s.hammered(eve)
		s.isFrozen()
		saved := filepath.Join(t.TempDir(), "saved.db")
		s.Runs(t, "backup", saved)
		time.Sleep(time.Second)
		s.isFrozen() // it does not come back by itself
		s.Kill()
		<-first
		if l.mayStart && s.starts() {
			s.hasEverybody()
			return
		}
		if l.says != "" {
			s.isRefused(l.says)
		}
		s.Runs(t, "restore", saved)
		s.Start(t)
		s.hasEverybody()
	})
}

// With the folder go the key to ask for a backup, and all that a start would compare with.
func TestWithoutItsFolderAServerPromisesNothing(t *testing.T) {
	t.Parallel()
	sideBySide(t, map[string]func(s *site) error{
		"it is removed":                func(s *site) error { return os.RemoveAll(s.Dir) },
		"it is moved away and removed": func(s *site) error { return errors.Join(os.Rename(s.Dir, s.Dir+"2"), os.RemoveAll(s.Dir+"2")) },
	}, func(t *testing.T, takeAway func(s *site) error) {
		s := newSite(t)
		s.opens()
		if err := takeAway(s); err != nil {
			t.Fatal(err)
		}
		first := s.hammered(eve)
		s.isFrozen()
		time.Sleep(time.Second)
		s.isFrozen()
		s.Kill()
		<-first
	})
}

// replaceBy puts a file of its own under a name.
func replaceBy(path string, content []byte) error {
	return errors.Join(os.WriteFile(path+".new", content, 0o600), os.Rename(path+".new", path))
}

// found is what a start finds in the folder.
type found struct {
	// after is how the last process ended.
	after func(s *site)
	// damage is done to the folder; putBack undoes it.
	damage  func(s *site) error
	putBack func(s *site) error
	// says is what the refusal has to tell; "" = it starts.
	says string
	// mayStart says that it may start, too, if all is there.
	mayStart bool
}

func killed(s *site)  { s.Kill() }
func stopped(s *site) { _ = s.Stop() }

var startsOn = map[string]found{
	"all is as it was after a kill": {after: killed},
	"all is as it was after a stop": {after: stopped},
	"the log is gone after a kill":  {after: killed, damage: aside("-wal"), putBack: back("-wal"), says: "gatekeeper restore"},
	"the log's index is gone after a kill": {
		after: killed, damage: func(s *site) error { return os.Remove(s.Database() + "-shm") },
	},
	"there is no log after a stop": {
		after: stopped, damage: func(s *site) error { _, err := os.Stat(s.Database() + "-wal"); return absent(err) },
	},
	"the database is gone after a kill": {after: killed, damage: aside(""), putBack: back(""), says: "gatekeeper restore"},
	"the database is gone after a stop": {after: stopped, damage: aside(""), putBack: back(""), says: "gatekeeper restore"},
	"the database is empty after a kill": {
		after: killed, damage: cutTo(func(int64) int64 { return 0 }), putBack: back(""), says: "gatekeeper restore",
	},
	"the database is empty after a stop": {
		after: stopped, damage: cutTo(func(int64) int64 { return 0 }), putBack: back(""), says: "gatekeeper restore",
	},
	"the database is 100 bytes after a stop": {
		after: stopped, damage: cutTo(func(int64) int64 { return 100 }), putBack: back(""), says: "restore a backup",
	},
	"the database is half as long after a stop": {
		after: stopped, damage: cutTo(func(n int64) int64 { return n / 2 }), putBack: back(""), says: "gatekeeper restore",
	},
	"the database lacks a page after a stop": {
		after: stopped, damage: cutTo(func(n int64) int64 { return n - 4096 }), putBack: back(""), says: "gatekeeper restore",
	},
	"the database is 100 bytes after a kill": {
		after: killed, damage: cutTo(func(int64) int64 { return 100 }), putBack: back(""), says: "restore a backup", mayStart: true,
	},
	"the database is half as long after a kill": {
		after: killed, damage: cutTo(func(n int64) int64 { return n / 2 }), putBack: back(""), says: "gatekeeper restore", mayStart: true,
	},
	"the database lacks a page after a kill": {
		after: killed, damage: cutTo(func(n int64) int64 { return n - 4096 }), putBack: back(""), says: "gatekeeper restore", mayStart: true,
	},
	"it is somebody else's database": {
		after: stopped, damage: patched(68, 0, 0, 0, 7), putBack: back(""), says: "is not a gatekeeper database",
	},
	"it is from a newer gatekeeper": {
		after: stopped, damage: patched(60, 0, 0, 0, 99), putBack: back(""), says: "use the newer program",
	},
	"it is no database": {
		after: stopped, damage: patched(0, []byte("notes of a meeting")...), putBack: back(""), says: "is not a gatekeeper database",
	},
	"a folder has its name": {
		after: stopped, says: "gatekeeper.db",
		damage:  func(s *site) error { return errors.Join(aside("")(s), os.Mkdir(s.Database(), 0o700)) },
		putBack: func(s *site) error { return errors.Join(os.Remove(s.Database()), back("")(s)) },
	},
	"the lock file is somebody's notes": {
		after: killed, says: "gatekeeper restore",
		damage: func(s *site) error {
			name := filepath.Join(s.Dir, lock)
			return errors.Join(os.Rename(name, name+".kept"), os.WriteFile(name, []byte("notes"), 0o600))
		},
		putBack: func(s *site) error {
			name := filepath.Join(s.Dir, lock)
			return os.Rename(name+".kept", name)
		},
	},
	"it was killed before it wrote anything": {
		after: func(s *site) {
			s.empties()
			stopped(s)
			s.Start(s.t)
			killed(s)
		},
	},
}

func TestAStartRefusesWhatItWouldMakeWorse(t *testing.T) {
	t.Parallel()
	sideBySide(t, startsOn, func(t *testing.T, f found) {
		s := newSite(t)
		s.opens()
		f.after(s)
		if f.damage != nil {
			if err := f.damage(s); err != nil {
				t.Fatal(err)
			}
		}
		if f.says != "" && !f.mayStart || f.mayStart && !s.starts() {
			s.isRefused(f.says)
		}
		if isDown := s.Cmd.ProcessState != nil; isDown && f.putBack != nil {
			if err := f.putBack(s); err != nil {
				t.Fatal(err)
			}
		}
		if isDown := s.Cmd.ProcessState != nil; isDown {
			s.Start(t)
		}
		s.hasEverybody()
	})
}

// aside keeps a file under another name, back brings it back.
func aside(suffix string) func(s *site) error {
	return func(s *site) error { return os.Rename(s.Database()+suffix, s.Database()+suffix+".kept") }
}

func back(suffix string) func(s *site) error {
	return func(s *site) error { return os.Rename(s.Database()+suffix+".kept", s.Database()+suffix) }
}

func absent(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return fmt.Errorf("the log is there: %w", err)
}

// cutTo keeps the database aside and leaves the beginning of a copy.
func cutTo(length func(int64) int64) func(s *site) error {
	return func(s *site) error {
		content, err := os.ReadFile(s.Database())
		if err != nil {
			return err
		}
		return errors.Join(aside("")(s), os.WriteFile(s.Database(), content[:length(int64(len(content)))], 0o600))
	}
}

// patched keeps the database aside and leaves a copy with other bytes in its header. Those at 60 are its version, those at
// 68 tell whose it is; see "Database File Format", section 1.3, sqlite.org/fileformat2.html.
func patched(at int, with ...byte) func(s *site) error {
	return func(s *site) error {
		content, err := os.ReadFile(s.Database())
		if err != nil {
			return err
		}
		copy(content[at:], with)
		return errors.Join(aside("")(s), os.WriteFile(s.Database(), content, 0o600))
	}
}

func TestASecondServerOnTheFolderIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.opens()
	second := &site{t: t, Program: &admissiontest.Program{Binary: binary, Dir: s.Dir, Addr: admissiontest.FreeAddress(t)}}
	second.isRefused("another gatekeeper already uses")
	s.goesOn()
	s.Kill()
	s.Start(t)
	s.hasEverybody()
}

func TestAReadOnlyDiskIsRefusedAtAStart(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.mount()
	s.opens()
	s.Kill()
	if !s.isMounted {
		t.Log("no mounts here: a folder without the right to write stands for the disk")
		s.bindByPermissions()
	}
	s.setReadOnly(true)
	s.isRefused("read-only") // without mounts: "cannot be written"
	s.setReadOnly(false)
	s.Start(t)
	s.hasEverybody()
}

// sideBySide runs every case, several at a time: they wait for most of their time.
func sideBySide[C any](t *testing.T, cases map[string]C, run func(t *testing.T, c C)) {
	t.Helper()
	places := make(chan struct{}, 12)
	var all sync.WaitGroup
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			t.Run(name, func(t *testing.T) { run(t, cases[name]) })
		})
	}
	all.Wait()
}
