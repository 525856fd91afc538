package proof_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/admissiontest"
)

// returningVar asks for the long form of the restart with that many players; the promise is made for 2,000.
const returningVar = "GATEKEEPER_RESTART"

const (
	returningShort = 200
	// backWithin is how soon players have to be back, and backShare how many of them.
	backWithin = 10 * time.Second
	backShare  = 0.999
	// handshakeBound is what the server may take for a socket, 99 of 100 times.
	handshakeBound = 1.0 // seconds
	// returnPatience is how long the test watches. The short form asks for no more, whatever the machine has to do besides.
	returnPatience = 40 * time.Second
	// absence is long enough that every player finds nobody there at least once.
	absence = 2 * time.Second
)

// TestPlayersComeBackByThemselves restarts the server under players who use the client library as it is.
func TestPlayersComeBackByThemselves(t *testing.T) {
	players := returningShort
	if text := os.Getenv(returningVar); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			t.Fatalf("%s=%q must be a number of players", returningVar, text)
		}
		players = n
	}
	library := bundleLibrary(t)
	for name, end := range map[string]func(t testing.TB, p *admissiontest.Program){
		"after a stop": func(t testing.TB, p *admissiontest.Program) { endInTime(t, p) },
		"after a kill": func(_ testing.TB, p *admissiontest.Program) { p.Kill() },
		"after a kill and an absence": func(_ testing.TB, p *admissiontest.Program) {
			p.Kill()
			time.Sleep(absence)
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := admissiontest.NewProgram(t, binary)
			seats, _ := seedSeats(t, p, players, 0)
			p.Start(t)
			r := launchReturners(t, p, library, seats)
			if n := r.watch(returnPatience, func(s sighting) bool { return s.State == "admitted" }); n < players {
				t.Fatalf("%d of %d players could attach at all", n, players)
			}

			ended := time.Now()
			end(t, p)
			p.Start(t)
			ready := time.Since(ended)
			r.watch(returnPatience, func(s sighting) bool { return s.isBackAfter(ended) })

			t.Logf("%d players, ready again after %s", players, ready.Round(time.Millisecond))
			r.judge(seats, ended, players > returningShort)
			judgeHandshakes(t, p, players)
			if taken := lookAtMain(t, p).SeatsTaken; taken != players {
				t.Errorf("%d players hold %d seats", players, taken)
			}
		})
	}
}

// judge compares who is back with who was there. The short form asks for their return alone, the long form in time.
func (r *returners) judge(seats []admissiontest.HeldSeat, ended time.Time, inTime bool) {
	r.t.Helper()
	var waits, handshakes []time.Duration
	sockets, prompt := 0, 0
	for i, s := range r.newest {
		if !s.isBackAfter(ended) {
			r.t.Logf("%s is not back: %+v", seats[i].Name, s)
			continue
		}
		if s.Session != seats[i].Session || !s.IsResumed {
			r.t.Errorf("%s was in %s and is in %s, resumed %t", seats[i].Name, seats[i].Session, s.Session, s.IsResumed)
		}
		wait := s.at().Sub(ended)
		waits, sockets = append(waits, wait), sockets+s.Sockets-1
		handshakes = append(handshakes, s.at().Sub(time.UnixMilli(s.OpenedAt)))
		if wait <= backWithin {
			prompt++
		}
	}
	need := int(float64(len(seats))*backShare + 0.5)
	r.t.Logf("%d of %d back, %d of them within %s; after %s; %.1f sockets opened each", len(waits), len(seats), prompt, backWithin,
		spread(waits), float64(sockets)/float64(len(seats)))
	r.t.Logf("from the opening of the socket to the seat, as the players see it: %s", spread(handshakes))
	switch {
	case len(waits) < need:
		r.t.Errorf("%d of %d players are back within %s, and %d have to be", len(waits), len(seats), returnPatience, need)
	case inTime && prompt < need:
		r.t.Errorf("%d of %d players were back within %s, and %d have to be", prompt, len(seats), backWithin, need)
	}
}

// judgeHandshakes reads what the new process itself measured.
func judgeHandshakes(t testing.TB, p *admissiontest.Program, players int) {
	t.Helper()
	metrics := p.Scrape(t)
	const handshakes = "gatekeeper_handshake_seconds"
	p99 := metrics.Quantile(handshakes, 0.99)
	t.Logf("%v handshakes, half within %v s, 99 %% within %v s; 99 %% of the commits within %v s", metrics[handshakes+"_count"],
		metrics.Quantile(handshakes, 0.5), p99, metrics.Quantile("gatekeeper_storage_commit_seconds", 0.99))
	if players > returningShort && p99 > handshakeBound {
		t.Errorf("99 %% of the handshakes took up to %v s, and may take %v s", p99, handshakeBound)
	}
}

// spread tells how durations are distributed.
func spread(all []time.Duration) string {
	if len(all) == 0 {
		return "never"
	}
	at := func(share float64) time.Duration { return quantile(all, share).Round(time.Millisecond) }
	return fmt.Sprintf("p50 %s, p95 %s, p99 %s, p99.9 %s, max %s", at(0.5), at(0.95), at(0.99), at(0.999), at(1))
}

// sighting is what a player's library said last.
type sighting struct {
	Player    int
	At        int64 // milliseconds since 1970
	State     string
	Session   admission.SessionID `json:"sessionId"`
	IsResumed bool
	Because   string
	Sockets   int   // opened so far
	OpenedAt  int64 // when the newest was
}

func (s sighting) at() time.Time { return time.UnixMilli(s.At) }

func (s sighting) isBackAfter(moment time.Time) bool {
	return s.State == "admitted" && s.at().After(moment)
}

// returners are the players, in a process of their own.
type returners struct {
	t      testing.TB
	seen   chan sighting
	newest []sighting
}

// launchReturners starts the players, who attach to their seats at once. They are gone by the end of the test.
func launchReturners(t testing.TB, p *admissiontest.Program, library string, seats []admissiontest.HeldSeat) *returners {
	t.Helper()
	cmd := exec.Command("node", "--no-warnings", "--experimental-websocket", library, p.URL(), "main", writeSeats(t, seats))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start the players: %v", err)
	}
	r := &returners{t: t, seen: make(chan sighting, 16*len(seats)), newest: make([]sighting, len(seats))}
	go r.read(stdout)
	t.Cleanup(func() {
		_ = stdin.Close() // tells them to go
		watchdog := time.AfterFunc(returnPatience, func() { _ = cmd.Process.Kill() })
		defer watchdog.Stop()
		for range r.seen { // until their last word
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the players ended with %v", err)
		}
	})
	return r
}

func (r *returners) read(lines io.Reader) {
	defer close(r.seen)
	for all := bufio.NewScanner(lines); all.Scan(); {
		var s sighting
		if err := json.Unmarshal(all.Bytes(), &s); err != nil {
			r.t.Errorf("the players say %s", all.Text())
			continue
		}
		r.seen <- s
	}
}

// watch follows the players until all are as wanted, or for so long. It returns how many are.
func (r *returners) watch(limit time.Duration, isWanted func(sighting) bool) (wanted int) {
	deadline := time.After(limit)
	for {
		wanted = 0
		for _, s := range r.newest {
			if isWanted(s) {
				wanted++
			}
		}
		if wanted == len(r.newest) {
			return wanted
		}
		select {
		case s, isOpen := <-r.seen:
			if !isOpen {
				return wanted
			}
			r.newest[s.Player] = s
		case <-deadline:
			return wanted
		}
	}
}

// writeSeats writes what the players keep where they can read it.
func writeSeats(t testing.TB, seats []admissiontest.HeldSeat) (path string) {
	t.Helper()
	type kept struct {
		Player            int                 `json:"player"`
		PlayerToken       string              `json:"playerToken"`
		SessionID         admission.SessionID `json:"sessionId"`
		ReconnectionToken string              `json:"reconnectionToken"`
	}
	list := make([]kept, len(seats))
	for i, seat := range seats {
		list[i] = kept{i, seat.Token, seat.Session, seat.Reconnection}
	}
	data, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "seats.json")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// bundleLibrary makes one file of the players and the client library, from the sources as they are.
func bundleLibrary(t testing.TB) (path string) {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Fatal("the players need Node 20 or newer: install it")
	}
	const vite = "node_modules/vite/bin/vite.js"
	if _, err := os.Stat(filepath.Join("../../webui", vite)); err != nil {
		t.Fatal("the players need what webui is built with: run `make deps-web`, or `npm ci` in webui")
	}
	dir := t.TempDir()
	cmd := exec.Command("node", vite, "build", "--config", "e2e/comeback.vite.config.ts", "--outDir", dir)
	cmd.Dir = "../../webui"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("bundle the players: %v\n%s", err, out)
	}
	return filepath.Join(dir, "comeback.mjs")
}
