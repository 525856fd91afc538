//go:build linux

package proof_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"gatekeeper/admission/admissiontest"
)

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
	s.players = admissiontest.Seed(s.t, s.Database(), schema(s.t), everybody, 2, 10, nil)
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
	status, data, err := s.Call(s.http, method, path, token, body)
	if err != nil {
		return 0
	}
	if answer != nil {
		_ = json.Unmarshal(data, answer)
	}
	return status
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
	before, _ := readFiles(s.Dir, database, wal) // one may be a folder; the index of the log is no data
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
	ws, err := s.Dial("main", kind, token)
	if err != nil {
		s.t.Fatalf("%s cannot attach: %v", s.players[who].Name, err)
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
