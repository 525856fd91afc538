package proof_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/admissiontest"
)

// point is a place in the program's work where it dies, named by the system call that it does not get to make.
type point struct {
	file string // within the data folder
	call string
	nth  int // of such calls on that file, by one thread
	args []string
	// before prepares the world, whose program does not run; nil = nothing.
	before func(w *world)
	// during happens under load; nil = the load alone leads to the point.
	during func(w *world)
	// after looks at what else must be; nil = nothing.
	after func(w *world)
}

func points(chance *rand.Rand) map[string]point {
	between := func(low, high int) int { return low + chance.IntN(high-low) }
	return map[string]point{
		"before a commit":                   {file: wal, call: "pwrite64", nth: between(10, 60)},
		"in the middle of a commit":         {file: wal, call: "pwrite64", nth: between(60, 200)},
		"written and not synced":            {file: wal, call: "fsync", nth: between(2, 20)},
		"synced and not answered":           {file: wal, call: "newfstatat", nth: between(2, 20)},
		"before the log is marked":          {file: lock, call: "pwrite64", nth: 1},
		"marked and not synced":             {file: lock, call: "fsync", nth: 1},
		"in the middle of a checkpoint":     {file: database, call: "pwrite64", nth: between(2, 8)},
		"moved and not synced":              {file: database, call: "fsync", nth: 1, during: pause},
		"in the middle of a start":          {file: ".", call: "fsync", nth: 1},
		"before a migration's backup":       {file: database + ".v1.tmp", call: "pwrite64", nth: between(1, 5), before: makeOld, after: isMigrated},
		"a migration's backup has no name":  {file: database + ".v1.tmp", call: "renameat", nth: 1, before: makeOld, after: isMigrated},
		"in the middle of a migration":      {file: wal, call: "pwrite64", nth: between(1, 10), before: makeOld, after: isMigrated},
		"in the middle of a drain":          {file: wal, call: "fsync", nth: between(2, 12), before: drain, after: isDraining},
		"in the middle of a retention":      {file: wal, call: "pwrite64", nth: between(150, 400), args: []string{"--event-rows", "1000"}, before: isTrimmed},
		"a stop has not removed the log":    {file: wal, call: "unlink", nth: 1, during: terminate},
		"a stop has not said that it ended": {file: lock, call: "pwrite64", nth: 1, during: terminateAtOnce},
	}
}

func TestEveryCrashPointLosesNothing(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Fatal("install strace (make deps-strace)")
	}
	chance := rand.New(rand.NewPCG(seed(t), 1))
	for range min(20, crashes(1)) {
		for name, p := range points(chance) {
			t.Run(name, func(t *testing.T) { p.isSurvived(t, rand.New(rand.NewPCG(chance.Uint64(), 2))) })
		}
	}
}

func (p point) isSurvived(t *testing.T, chance *rand.Rand) {
	w := newWorld(t, chance)
	w.crash(50 * time.Millisecond)
	w.check()
	if p.before != nil {
		p.before(w)
	}
	w.Before = []string{
		"strace", "-f", "-qq", "-o", os.DevNull, "-P", filepath.Join(w.Dir, p.file), "-e", "trace=" + p.call,
		"-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", p.call, p.nth),
	}
	for tries := 1; !w.reach(p); tries++ {
		if tries == 5 {
			t.Fatal("the point was never reached")
		}
		p.before(w)
	}
	w.Before = nil
	if w.players != nil {
		w.check()
	}
	w.start()
	w.comeBack()
	if p.after != nil {
		p.after(w)
	}
}

// reach starts the program and has it die at the point, under load if it comes to that. A start alone may miss it: the
// tracer counts the calls of each thread, and the work may move from one to another.
func (w *world) reach(p point) (isReached bool) {
	w.t.Helper()
	w.renew()
	w.isMortal.Store(true)
	w.Launch(w.t, p.args...)
	died := make(chan struct{})
	go func() {
		_ = w.Cmd.Wait()
		close(died)
	}()
	if !w.isReadyBefore(died) {
		return true
	}
	if w.players == nil {
		w.kill()
		<-died
		return false
	}
	w.load(func() {
		if p.during != nil {
			p.during(w)
		}
		w.expect(died)
		w.isEnding.Store(true)
	})
	return true
}

func (w *world) isReadyBefore(died chan struct{}) bool {
	for {
		if w.WaitReady(50*time.Millisecond) == nil {
			return true
		}
		select {
		case <-died:
			return false
		default:
		}
	}
}

// expect fails where the point was not reached: it would prove nothing.
func (w *world) expect(died chan struct{}) {
	select {
	case <-died:
	case <-time.After(20 * time.Second):
		w.t.Error("the point was never reached")
		w.signal(syscall.SIGKILL)
		<-died
	}
}

// signal reaches the program behind the tracer.
func (w *world) signal(s syscall.Signal) {
	tracer := strconv.Itoa(w.Cmd.Process.Pid)
	children, err := os.ReadFile("/proc/" + tracer + "/task/" + tracer + "/children")
	if err != nil {
		return // it is gone
	}
	for child := range strings.FieldsSeq(string(children)) {
		if pid, err := strconv.Atoi(child); err == nil {
			_ = syscall.Kill(pid, s)
		}
	}
}

func terminate(w *world) {
	time.Sleep(100 * time.Millisecond)
	w.signal(syscall.SIGTERM)
}

// terminateAtOnce comes before the first checkpoint.
func terminateAtOnce(w *world) { w.signal(syscall.SIGTERM) }

// pause ends the load: SQLite syncs the database only where a checkpoint has moved all, and commits without a break let
// none come so far.
func pause(w *world) {
	time.Sleep(time.Second)
	w.isEnding.Store(true)
}

func drain(w *world) {
	w.start()
	w.Runs(w.t, "instance", "drain", "main")
	w.Kill()
}

func isDraining(w *world) {
	if out := w.Runs(w.t, "instance", "show", "main"); !strings.Contains(out, "draining") {
		w.t.Errorf("the drain was acknowledged, and now:\n%s", out)
	}
}

func isTrimmed(w *world) { w.isTrimmed = true }

// makeOld puts a database of the first version in the place of the world's, with somebody in it.
func makeOld(w *world) {
	w.t.Helper()
	w.players = nil
	old := filepath.Join(w.t.TempDir(), database)
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: old}).String()) // its name may have a #
	if err != nil {
		w.t.Fatal(err)
	}
	script := admissiontest.ReadFile(w.t, filepath.Join("..", "..", "storage", "testdata", "schema.v1.sql"))
	for i := range 500 {
		script += fmt.Sprintf(";INSERT INTO account VALUES ('a-%d', 'name-%d', '', 0, '', 0)", i, i)
	}
	_, err = db.Exec(script)
	for _, err := range []error{err, db.Close(), os.RemoveAll(w.Dir), os.Mkdir(w.Dir, 0o700), os.Rename(old, w.Database())} {
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

func isMigrated(w *world) {
	w.t.Helper()
	_ = w.Stop()
	w.log.seq = 0
	snapshot, _ := w.look()
	if len(snapshot.Accounts) != 500 {
		w.t.Errorf("after the migration there are %d of 500 accounts", len(snapshot.Accounts))
	}
	if _, err := os.Stat(w.Database() + ".v1"); err != nil {
		w.t.Errorf("the old database was not kept: %v", err)
	}
}

func TestACrashDuringABackupLeavesNoHalfOne(t *testing.T) {
	w := newWorld(t, rand.New(rand.NewPCG(seed(t), 3)))
	_ = w.Stop()
	ballast := func(int, admissiontest.Player) []admission.Record {
		return []admission.Record{admission.PutSetting{Name: "ballast", Value: make([]byte, 32<<20)}}
	}
	admissiontest.Seed(t, w.Database(), schema(t), 1, seats, playersMax, ballast)
	w.start("--backup-every", "1m")
	drafts := filepath.Join(w.Dir, "backups", "*.tmp")
	w.load(func() {
		for found, deadline := []string(nil), time.Now().Add(20*time.Second); len(found) == 0; found, _ = filepath.Glob(drafts) {
			if time.Now().After(deadline) {
				t.Error("no backup began")
				break
			}
		}
		w.isMortal.Store(true)
		w.Kill()
		w.isEnding.Store(true)
	})
	halves, _ := filepath.Glob(drafts)
	w.check()
	w.start("--backup-every", "1m")
	w.comeBack()
	for _, name := range halves {
		if _, err := os.Stat(name); err == nil {
			t.Errorf("left is %s", name)
		}
	}
	finished := filepath.Join(w.Dir, "backups", "*.db")
	for found, deadline := []string(nil), time.Now().Add(20*time.Second); len(found) == 0; found, _ = filepath.Glob(finished) {
		if time.Now().After(deadline) {
			t.Fatal("no backup was finished")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// kill ends the program behind the tracer.
func (w *world) kill() { w.signal(syscall.SIGKILL) }
