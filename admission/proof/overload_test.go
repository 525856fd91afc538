package proof_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/admissiontest"
	"gatekeeper/admission/auth"
)

const (
	// attemptsAtOnce is how many attempts the server takes at a time, and overload how many times that come.
	attemptsAtOnce, overload = 1024, 10
	// inGame is how many players have seats while the crowd comes.
	inGame = 200
	// logInNames is how many of the crowd log in.
	logInNames = 256

	crowdPassword = "a password long enough"
)

// memoryBound is what the README says that the server takes at most, in bytes, with so many connections.
func memoryBound(connections int) int { return 256<<20 + connections*96<<10 }

// full is a server whose seats are all taken by players who play, and players who want in.
type full struct {
	*admissiontest.Program
	t       testing.TB
	tokens  []string
	names   []string
	sockets []*seatSocket
}

func newFull(t testing.TB, newcomers int) *full {
	t.Helper()
	needFiles(t, uint64(newcomers+4096))
	f := &full{Program: admissiontest.NewProgram(t, binary), t: t}
	hash, err := auth.NewPasswords().Hash(context.Background(), crowdPassword)
	if err != nil {
		t.Fatal(err)
	}
	var seats []admissiontest.HeldSeat
	more := func(i int, player admissiontest.Player) []admission.Record {
		switch {
		case i < inGame:
			seats = append(seats, admissiontest.NewHeldSeat(i, player))
			return []admission.Record{seats[i].Row(admission.PlaceKey(i + 1))}
		case i < inGame+logInNames:
			f.names = append(f.names, player.Name)
			row := admission.AccountRow{ID: player.Account, Name: player.Name, Active: player.Character, CreatedAt: time.Now(), PasswordHash: hash}
			return []admission.Record{admission.PutAccount{Row: row}}
		}
		return nil
	}
	players := admissiontest.Seed(t, f.Database(), schema(t), inGame+logInNames+newcomers, inGame, newcomers, more)
	for _, p := range players[inGame+logInNames:] {
		f.tokens = append(f.tokens, p.Token)
	}
	f.Start(t, "--connections-private", strconv.Itoa(newcomers+4096))
	for _, seat := range seats {
		socket, err := attachSeat(f.Program, seat.Reconnection)
		if err != nil {
			t.Fatal(err)
		}
		f.sockets = append(f.sockets, socket)
		t.Cleanup(func() { _ = socket.ws.Close() })
	}
	return f
}

// pulse has every player say that it is there, again and again, until told to end, and returns how long each answer took.
// A player who hears nothing for 15 s, or loses the socket, is an error.
func (f *full) pulse() (end func() []time.Duration) {
	var mu sync.Mutex
	var all sync.WaitGroup
	var waits []time.Duration
	isOver := make(chan struct{})
	for i, s := range f.sockets {
		all.Go(func() {
			for { // the server answers one a second
				select {
				case <-isOver:
					return
				case <-time.After(time.Second + time.Duration(i)*time.Millisecond):
				}
				took, err := s.beat()
				if err != nil {
					f.t.Errorf("player %d is out: %v", i, err)
					return
				}
				mu.Lock()
				waits = append(waits, took)
				mu.Unlock()
			}
		})
	}
	return func() []time.Duration {
		close(isOver)
		all.Wait()
		return waits
	}
}

// beat says that the player is there and waits until the server says the same.
func (s *seatSocket) beat() (took time.Duration, err error) {
	began := time.Now()
	if err := s.ws.WriteJSON(map[string]string{"type": "heartbeat"}); err != nil {
		return 0, err
	}
	_ = s.ws.SetReadDeadline(began.Add(15 * time.Second))
	for {
		var frame seatFrame
		if err := s.ws.ReadJSON(&frame); err != nil {
			return 0, err
		}
		if frame.Type == "heartbeat" {
			return time.Since(began), nil
		}
	}
}

// memory reads how much memory the process takes, or took at most: VmRSS, VmHWM.
func (f *full) memory(which string) (bytes int) {
	f.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", f.Cmd.Process.Pid))
	if err != nil {
		f.t.Fatal(err)
	}
	found := regexp.MustCompile(which + `:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		f.t.Fatalf("%s is not in %s", which, status)
	}
	kilobytes, _ := strconv.Atoi(string(found[1]))
	return kilobytes << 10
}

// isAsBefore looks whether the crowd has left anything behind.
func (f *full) isAsBefore() {
	f.t.Helper()
	if seats := lookAtMain(f.t, f.Program).SeatsTaken; seats != inGame {
		f.t.Errorf("%d of %d players have their seats", seats, inGame)
	}
	for i, s := range f.sockets {
		if _, err := s.beat(); err != nil {
			f.t.Errorf("player %d is out: %v", i, err)
		}
	}
	deadline := time.Now().Add(10 * time.Second)
	for waiting := 1.0; waiting > 0; waiting = f.Scrape(f.t)["gatekeeper_storage_pending_ops"] {
		if time.Now().After(deadline) {
			f.t.Fatalf("%v changes wait yet", waiting)
		}
	}
	for range 50 { // one after another nobody is refused
		f.asksIn()
	}
}

// TestACrowdTenTimesTooLargeTakesNothingFromThoseInside has ten times as many want in as are served at a time, and more
// log in beside that than can be checked. None of them heeds when to come again.
func TestACrowdTenTimesTooLargeTakesNothingFromThoseInside(t *testing.T) {
	f := newFull(t, overload*attemptsAtOnce)
	counted, beats := f.crowded(throng{Tokens: f.tokens, Names: f.names, LogIns: 500, Lasts: 5 * time.Second})
	t.Logf("%+v; heartbeats after %s; at most %d MiB", counted, spread(beats), f.memory("VmHWM")>>20)
	if counted.Served == 0 || counted.Refused == 0 || counted.LogInsServed == 0 || counted.LogInsRefused == 0 {
		t.Errorf("the crowd was answered %+v", counted)
	}
	if len(beats) < inGame {
		t.Errorf("%d players heard %d times from the server", inGame, len(beats))
	}
	f.isBounded()
	f.isAsBefore()
}

// crowded has a crowd come, and returns how it was answered and how long those inside waited meanwhile.
func (f *full) crowded(crowd throng) (counted tally, beats []time.Duration) {
	f.t.Helper()
	crowd.Addr = f.Addr
	end := f.pulse()
	counted = crowd.comes(f.t)
	return counted, end()
}

func (f *full) isBounded() {
	f.t.Helper()
	if most, bound := f.memory("VmHWM"), memoryBound(len(f.tokens)+inGame+logInsTogether); most > bound {
		f.t.Errorf("it took %d MiB of memory, and may take %d", most>>20, bound>>20)
	}
}

// BenchmarkOverload measures what a crowd ten times too large means for those inside and for itself, beside the same server
// under as many as it serves.
func BenchmarkOverload(b *testing.B) {
	const lasts = 10 * time.Second
	for b.Loop() {
		f := newFull(b, overload*attemptsAtOnce)
		alone := f.attemptsAlone()
		logIns, _ := f.crowded(throng{Names: f.names, LogIns: 200, Lasts: lasts})
		checked := max(1, int(float64(logIns.LogInsServed)/lasts.Seconds()))
		for _, times := range []int{1, overload} {
			name := fmt.Sprint(times, "x")
			crowd := throng{Tokens: f.tokens[:times*attemptsAtOnce], Names: f.names, LogIns: times * checked, Lasts: lasts}
			counted, beats := f.crowded(crowd)
			b.Logf("%s (%d log-ins a second asked for): %+v; heartbeats after %s", name, crowd.LogIns, counted, spread(beats))
			report := func(value float64, unit string) { b.ReportMetric(value, unit+"/"+name) }
			report(inMilliseconds(quantile(beats, 0.99)), "heartbeat-p99-ms")
			report(float64(counted.Served)/lasts.Seconds(), "served/s")
			report(float64(counted.Refused)/lasts.Seconds(), "refused/s")
			report(counted.Half*1000, "refusal-p50-ms")
			report(counted.Most*1000, "refusal-p99-ms")
			report(float64(counted.LogInsServed)/lasts.Seconds(), "log-ins/s")
		}
		f.isBounded()
		f.isAsBefore()
		time.Sleep(memorySettles)
		b.ReportMetric(float64(f.memory("VmHWM")>>20), "MiB-at-most")
		b.ReportMetric(float64(f.memory("VmRSS")>>20), "MiB-afterwards")
		b.ReportMetric(inMilliseconds(alone), "attempt-ms-before")
		b.ReportMetric(inMilliseconds(f.attemptsAlone()), "attempt-ms-afterwards")
		b.ReportMetric(0, "ns/op")
	}
}

// memorySettles is how long a server takes to give memory back after a rush.
const memorySettles = 20 * time.Second

// attemptsAlone is how long an attempt takes where there is no other.
func (f *full) attemptsAlone() time.Duration {
	f.t.Helper()
	var all []time.Duration
	for range 200 {
		began := time.Now()
		f.asksIn()
		all = append(all, time.Since(began))
	}
	return median(all)
}

// asksIn makes an attempt that nobody competes with.
func (f *full) asksIn() {
	f.t.Helper()
	status, answer, err := f.Call(http.DefaultClient, http.MethodPost, "/instances/main/connect", f.tokens[0], map[string]string{"clientBuild": "1"})
	if err != nil || status >= 300 {
		f.t.Fatalf("an attempt is answered %d %s %v", status, answer, err)
	}
}
