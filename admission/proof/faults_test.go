//go:build linux

package proof_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

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
	"the database is renamed and back": renamed("gatekeeper.db"),
	"the log is renamed and back":      renamed("gatekeeper.db-wal"),
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
				path = filepath.Join(s.Dir, "gatekeeper.lock")
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
			name := filepath.Join(s.Dir, "gatekeeper.lock")
			return errors.Join(os.Rename(name, name+".kept"), os.WriteFile(name, []byte("notes"), 0o600))
		},
		putBack: func(s *site) error {
			name := filepath.Join(s.Dir, "gatekeeper.lock")
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

// site is a server with players, to which a fault happens.
type site struct {
	*admissiontest.Program
	t         *testing.T
	http      *http.Client
	players   []admissiontest.Player
	lines     [everybody]*line
	older     string // a copy of the database from before most of what happened, with its log
	isMounted bool

	mu     sync.Mutex
	told   map[string]reply  // by attemptId
	stands [everybody]string // what each was promised: admitted, queued; "" = nothing, unknown = the answer was cut off
}

// reply is the outcome of an attempt.
type reply struct {
	status                                    int
	Outcome, Reason, SessionID, SessionToken  string
	QueueToken                                string
	Position, RetryAfterSeconds               float64
	State, ReconnectionToken, Type, AttemptID string
	Resumed                                   bool
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{
		Program: admissiontest.NewProgram(t, binary), t: t, told: map[string]reply{},
		http: &http.Client{Timeout: 12 * time.Second, Transport: &http.Transport{}},
	}
	t.Cleanup(s.http.CloseIdleConnections)
	return s
}

// opens starts the server and lets its players in: two play, two wait.
func (s *site) opens() {
	s.t.Helper()
	s.players = admissiontest.Seed(s.t, s.Database(), admissiontest.ReadFile(s.t, "../../schema.sql"), everybody, 2, 10, nil)
	s.Start(s.t)
	s.attach(ana, "sessionToken", s.attempt(ana).SessionToken).isSeated(s, ana)
	s.older = filepath.Join(s.t.TempDir(), "older")
	for _, suffix := range []string{"", "-wal"} {
		if err := os.WriteFile(s.older+suffix, []byte(admissiontest.ReadFile(s.t, s.Database()+suffix)), 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	s.attach(ben, "sessionToken", s.attempt(ben).SessionToken).isSeated(s, ben)
	for _, who := range []int{cem, dan} {
		s.attach(who, "queueToken", s.attempt(who).QueueToken).hears(s.t, "queued")
	}
	time.Sleep(50 * time.Millisecond) // the acknowledgements are under way
}

// empties lets everybody leave.
func (s *site) empties() {
	for who, l := range s.lines {
		if l != nil {
			l.says("leave")
			s.stands[who] = ""
		}
	}
	s.eventually("everybody has left", func() bool {
		seats, depth := s.taken()
		return seats+depth == 0
	})
}

func (s *site) eventually(what string, holds func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if holds() {
			return
		}
	}
	s.t.Errorf("not within 10 s: %s", what)
}

// call makes a call; a server that is gone answers with the status 0.
func (s *site) call(method, path, token string, body any, answer any) (status int) {
	payload, _ := json.Marshal(body)
	r, err := http.NewRequest(method, s.URL()+path, bytes.NewReader(payload))
	if err != nil {
		return 0
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	response, err := s.http.Do(r)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	if answer != nil {
		_ = json.NewDecoder(response.Body).Decode(answer)
	}
	return response.StatusCode
}

// attempt connects and notes what the player was told.
func (s *site) attempt(who int) (r reply) {
	id := uuid.NewString()
	r.status = s.call("POST", "/instances/main/connect", s.players[who].Token, map[string]string{"clientBuild": "1", "attemptId": id}, &r)
	s.mu.Lock()
	defer s.mu.Unlock()
	isPromised := s.stands[who] == "queued" || s.stands[who] == "admitted"
	switch {
	case r.Outcome == "queued" || r.Outcome == "admitted":
		s.stands[who] = r.Outcome
	case r.status == 0 && !isPromised:
		s.stands[who] = "unknown"
	}
	if r.status != 0 {
		s.told[id] = r
	}
	return r
}

// hammered has a player try again and again until an attempt is not let in: a disk that is full has room for a few more
// commits.
func (s *site) hammered(who int) (done chan struct{}) {
	done = make(chan struct{})
	go func() {
		defer close(done)
		for end := time.Now().Add(3 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			if s.attempt(who).Outcome != "queued" {
				return
			}
		}
	}()
	return done
}

// isFrozen waits until the server says that it is not ready. Then nobody is promised anything, and nobody loses anything.
func (s *site) isFrozen() {
	s.t.Helper()
	var health struct{ Status, Reason string }
	s.eventually("/readyz says no", func() bool { return s.call("GET", "/readyz", "", nil, &health) == http.StatusServiceUnavailable })
	if health.Reason == "" {
		s.t.Errorf("/readyz says %+v", health)
	}
	if r := s.attempt(fay); r.status != http.StatusServiceUnavailable || r.Reason != "STORAGE_UNAVAILABLE" || r.RetryAfterSeconds <= 0 {
		s.t.Errorf("an attempt meanwhile hears %+v", r)
	}
	if status := s.call("POST", "/sessions/"+s.lines[ana].session+"/leave", s.players[ana].Token, nil, nil); status != http.StatusServiceUnavailable {
		s.t.Errorf("who leaves meanwhile hears %d", status)
	}
	s.staysAttached()
}

// says waits until /readyz tells why; what is slow at first may be told before what is wrong.
func (s *site) says(why string) {
	s.t.Helper()
	var health struct{ Reason string }
	s.eventually("/readyz says "+why, func() bool {
		s.call("GET", "/readyz", "", nil, &health)
		return why == "" || health.Reason == why
	})
}

func (s *site) staysAttached() {
	s.t.Helper()
	for who := ana; who <= dan; who++ {
		l := s.lines[who]
		l.says("heartbeat")
		if l.isClosed() {
			s.t.Errorf("%s's socket closed: %v", s.players[who].Name, l.err)
		}
	}
}

func (s *site) isReadyAgain() {
	s.t.Helper()
	began := time.Now()
	if err := s.WaitReady(readyWithin); err != nil {
		s.t.Fatalf("after the fault it is %v:\n%s", err, tail(admissiontest.ReadFile(s.t, s.Stderr)))
	}
	s.t.Logf("ready again after %s", time.Since(began).Round(time.Millisecond))
}

func tail(text string) string { return text[max(0, len(text)-1500):] }

// goesOn is what happens after a fault: a player leaves, the next in the queue is promoted, a new one queues behind.
func (s *site) goesOn() {
	s.t.Helper()
	s.staysAttached()
	s.lines[ana].says("leave")
	s.stands[ana] = ""
	s.lines[cem].isSeated(s, cem)
	s.eventually("the seat is claimed", func() bool { return s.status(dan).Position == 1 })
	s.eventually("a new attempt is queued", func() bool { return s.attempt(fay).Outcome == "queued" })
}

func (s *site) status(who int) (r reply) {
	path := "/instances/main/queue/status?characterId=" + string(s.players[who].Character)
	for s.call("GET", path, s.players[who].Token, nil, &r) == http.StatusTooManyRequests {
		time.Sleep(200 * time.Millisecond)
	}
	return r
}

func (s *site) taken() (seats, depth int) {
	var list struct {
		Instances []struct{ SeatsTaken, QueueDepth int }
	}
	if s.call("GET", "/instances", "", nil, &list) != http.StatusOK || len(list.Instances) == 0 {
		return -1, -1
	}
	return list.Instances[0].SeatsTaken, list.Instances[0].QueueDepth
}

// hasEverybody compares a server that was started again with what the players were told.
func (s *site) hasEverybody() {
	s.t.Helper()
	s.checkEvents()
	rank := 0
	for _, who := range []int{ana, ben, cem, dan, eve, fay} {
		l := s.lines[who]
		switch s.stands[who] {
		case "admitted":
			session := l.session
			again := s.attach(who, "reconnectionToken", l.reconnection)
			if seat := again.hears(s.t, "admitted"); seat.SessionID != session || !seat.Resumed {
				s.t.Errorf("%s is back in %+v, was in %s", s.players[who].Name, seat, session)
			}
		case "queued":
			rank++
			if st := s.status(who); st.State != "queued" || st.Position != float64(rank) {
				s.t.Errorf("%s is %+v, was at rank %d", s.players[who].Name, st, rank)
			}
		case "":
			if st := s.status(who); st.State != "none" {
				s.t.Errorf("%s was promised nothing, and there is %+v", s.players[who].Name, st)
			}
		case "unknown":
			rank += min(1, int(s.status(who).Position))
		}
	}
}

// checkEvents reads the log as an operator would: gapless, every attempt that was promised something with its one end, those
// that were promised nothing with none.
func (s *site) checkEvents() {
	s.t.Helper()
	ends := map[string][]string{}
	lines := bufio.NewScanner(strings.NewReader(s.Runs(s.t, "export", "events")))
	for want := 1; lines.Scan(); want++ {
		var e struct {
			Seq              int
			Event, AttemptID string
			WaitSeconds      *float64
			Data             map[string]any
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil || e.Seq != want {
			s.t.Fatalf("event %d is %s", want, lines.Text())
		}
		isClaim := e.WaitSeconds != nil || e.Data["waitSeconds"] != nil
		if kind, found := strings.CutPrefix(e.Event, "connection."); found && !isClaim && slices.Contains([]string{"admitted", "queued", "failed", "timeout"}, kind) {
			ends[e.AttemptID] = append(ends[e.AttemptID], kind)
		}
	}
	for id, r := range s.told {
		got := ends[id]
		switch {
		case r.Reason == "STORAGE_UNAVAILABLE" && len(got) == 0:
		case r.Outcome == "timeout" && len(got) == 1:
		case len(got) == 1 && got[0] == r.Outcome:
		default:
			s.t.Errorf("an attempt was told %s %s, and the log says %v", r.Outcome, r.Reason, got)
		}
	}
}

// starts reports whether the server comes up.
func (s *site) starts() bool {
	status, _ := s.serveOnce(10 * time.Second)
	return status == 0
}

// isZombie reports whether a process has ended and nobody has waited for it yet.
func isZombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || bytes.Contains(stat, []byte(") Z "))
}

// serveOnce starts the server and returns how it ended and the last it said; status 0 = it goes on.
func (s *site) serveOnce(limit time.Duration) (status int, says string) {
	s.t.Helper()
	s.Launch(s.t)
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if isZombie(s.Cmd.Process.Pid) {
			_ = s.Cmd.Wait()
			return s.Cmd.ProcessState.ExitCode(), admissiontest.ReadFile(s.t, s.Stderr)
		}
		if s.WaitReady(20*time.Millisecond) == nil {
			return 0, ""
		}
	}
	return 0, "it is neither ready nor gone"
}

// isRefused starts the server, which has to end with 1 and one line that says what to do, and must leave all as it is.
func (s *site) isRefused(say string) {
	s.t.Helper()
	before := snapshotFiles(s.Dir)
	status, says := s.serveOnce(10 * time.Second)
	if status == 0 {
		s.Kill()
		s.t.Fatalf("it starts %s", says)
	}
	if status != 1 || strings.Count(strings.TrimSpace(says), "\n") > 0 || !strings.Contains(says, say) {
		s.t.Errorf("it ends with %d and says %q, want %q", status, says, say)
	}
	for name, content := range before {
		if now, err := os.ReadFile(filepath.Join(s.Dir, name)); err != nil || !bytes.Equal(now, content) {
			s.t.Errorf("%s was written to, %v", name, err)
		}
	}
}

// snapshotFiles reads what a refused start may not change. The index of the log is no data.
func snapshotFiles(dir string) map[string][]byte {
	files := map[string][]byte{}
	for _, name := range []string{dbName, walName} {
		if content, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
			files[name] = content
		}
	}
	return files
}

// line is a player's socket. What comes is read at once, so that a close is noticed when it happens.
type line struct {
	ws                    *websocket.Conn
	frames                chan reply
	done                  chan struct{}
	err                   error // set before done is closed
	session, reconnection string
}

func (s *site) attach(who int, kind, token string) *line {
	s.t.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{"gatekeeper.v1"}, HandshakeTimeout: 10 * time.Second}
	ws, response, err := dialer.Dial("ws://"+s.Addr+"/instances/main/ws?"+kind+"="+token, nil)
	if err != nil {
		s.t.Fatalf("%s cannot attach: %v (%v)", s.players[who].Name, err, response)
	}
	l := &line{ws: ws, frames: make(chan reply, 100), done: make(chan struct{})}
	s.lines[who] = l
	s.t.Cleanup(func() {
		_ = ws.Close()
		<-l.done
	})
	go func() {
		defer close(l.done)
		for {
			var frame reply
			if l.err = ws.ReadJSON(&frame); l.err != nil {
				return
			}
			l.frames <- frame
		}
	}()
	return l
}

func (l *line) hears(t *testing.T, kind string) reply {
	t.Helper()
	limit := time.After(10 * time.Second)
	for {
		select {
		case frame := <-l.frames:
			if frame.Type == kind {
				return frame
			}
		case <-l.done:
			t.Fatalf("waiting for %s: %v", kind, l.err)
		case <-limit:
			t.Fatalf("no %s within 10 s", kind)
		}
	}
}

func (l *line) isSeated(s *site, who int) {
	s.t.Helper()
	seat := l.hears(s.t, "admitted")
	l.session, l.reconnection = seat.SessionID, seat.ReconnectionToken
	s.stands[who] = "admitted"
	l.says("ack")
}

func (l *line) says(kind string) { _ = l.ws.WriteJSON(map[string]string{"type": kind}) }

func (l *line) isClosed() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

// mount gives the data folder a small disk of its own, where that is allowed.
func (s *site) mount() {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		s.t.Fatal(err)
	}
	err := syscall.Mount("tmpfs", s.Dir, "tmpfs", 0, "size=4m,mode=0700")
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		return
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.isMounted = true
	s.t.Cleanup(func() {
		_ = s.Stop()
		if err := syscall.Unmount(s.Dir, syscall.MNT_DETACH); err != nil {
			s.t.Error(err)
		}
	})
}

func (s *site) ballast() string { return filepath.Join(s.Dir, "ballast") }

// fillDisk leaves no byte free; without a disk of its own, the files may not grow.
func (s *site) fillDisk() {
	if !s.isMounted {
		s.limitFiles()
		return
	}
	f, err := os.Create(s.ballast())
	if err != nil {
		s.t.Fatal(err)
	}
	defer f.Close()
	for chunk := make([]byte, 4096); err == nil; {
		_, err = f.Write(chunk)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		s.t.Fatal(err)
	}
}

func (s *site) emptyDisk() {
	if !s.isMounted {
		s.unlimitFiles()
		return
	}
	if err := os.Remove(s.ballast()); err != nil {
		s.t.Fatal(err)
	}
}

// limitFiles lets the server write to no file beyond its first page.
func (s *site) limitFiles() { s.setLimit(4096) }

func (s *site) unlimitFiles() { s.setLimit(^uint64(0)) }

func (s *site) setLimit(bytes uint64) {
	s.t.Helper()
	limit := syscall.Rlimit{Cur: bytes, Max: ^uint64(0)}
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(s.Cmd.Process.Pid), syscall.RLIMIT_FSIZE,
		uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	if errno != 0 {
		s.t.Fatal(errno)
	}
}

// setReadOnly needs a server that is stopped: what has files open for writing cannot be made read-only.
func (s *site) setReadOnly(isReadOnly bool) {
	s.t.Helper()
	var err error
	if s.isMounted {
		flags := uintptr(syscall.MS_REMOUNT)
		if isReadOnly {
			flags |= syscall.MS_RDONLY
		}
		err = syscall.Mount("tmpfs", s.Dir, "tmpfs", flags, "size=4m,mode=0700")
	} else if isReadOnly {
		err = os.Chmod(s.Dir, 0o500)
		s.chmod(0o400)
	} else {
		err = os.Chmod(s.Dir, 0o700)
		s.chmod(0o600)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// bindByPermissions takes the right away from root to pass over them.
func (s *site) bindByPermissions() {
	if os.Geteuid() == 0 {
		s.Before = []string{"setpriv", "--bounding-set", "-dac_override,-dac_read_search"}
	}
}

func (s *site) chmod(mode os.FileMode) {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Chmod(s.Database()+suffix, mode); err != nil && !errors.Is(err, os.ErrNotExist) {
			s.t.Fatal(err)
		}
	}
}

// inject has a tracer make system calls on a file fail or hang until stop is called.
func (s *site) inject(what, path string) (stop func()) {
	s.t.Helper()
	if _, err := exec.LookPath("strace"); err != nil {
		s.t.Fatal("install strace (make deps-strace)")
	}
	calls, _, _ := strings.Cut(what, ":")
	tracer := exec.Command("strace", "-f", "-p", fmt.Sprint(s.Cmd.Process.Pid), "-P", path, "-o", os.DevNull,
		"-e", "trace="+calls, "-e", "inject="+what)
	messages, err := tracer.StderrPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := tracer.Start(); err != nil {
		s.t.Fatal(err)
	}
	line, err := bufio.NewReader(messages).ReadString('\n')
	if !strings.Contains(line, "attached") {
		s.t.Fatalf("strace says %q, %v", line, err)
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		_, _ = io.Copy(io.Discard, messages)
	}()
	stop = sync.OnceFunc(func() {
		_ = tracer.Process.Signal(os.Interrupt)
		<-drained
		_ = tracer.Wait()
	})
	s.t.Cleanup(stop)
	return stop
}
