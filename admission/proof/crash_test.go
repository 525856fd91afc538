package proof_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/admissiontest"
	"gatekeeper/storage"
)

// world is a program under load and an oracle that stands outside: what was answered must be found after every crash.
type world struct {
	*admissiontest.Program
	t       *testing.T
	rand    *rand.Rand
	http    *http.Client
	players []*player

	acknowledged atomic.Int64 // answers and frames
	isMortal     atomic.Bool  // the program may die at any moment: lines may be cut
	isEnding     atomic.Bool  // the load is to end
	isTrimmed    bool         // the log of events loses its beginning

	mu       sync.Mutex
	gone     map[string]bool // attempts whose place was given up, acknowledged
	operator operator
	log      log
}

// operator is what an operator was told last.
type operator struct {
	capacity, asked int // asked = in flight; 0 = nothing is
	added           []admission.InstanceID
}

// log is what was read of the events so far.
type log struct {
	seq       uint64
	attempts  map[string]int
	terminals map[string]int
}

const (
	playersMax  = 32
	seats       = 10
	roundsADisk = 50 // on one database
)

func newWorld(t *testing.T, chance *rand.Rand) *world {
	t.Helper()
	w := &world{
		Program: admissiontest.NewProgram(t, binary, "--limit-private", "1000000", "--log-level", "warn"), t: t, rand: chance,
		gone: map[string]bool{}, log: log{attempts: map[string]int{}, terminals: map[string]int{}},
		operator: operator{capacity: seats},
	}
	for i, seeded := range admissiontest.Seed(t, w.Database(), schema(t), playersMax, seats, playersMax, nil) {
		w.players = append(w.players, &player{
			Player: seeded, world: w, standing: outside, rand: rand.New(rand.NewPCG(chance.Uint64(), uint64(i))),
		})
	}
	w.start()
	w.Runs(t, "instance", "add", "arena", "--capacity", "2", "--queue-max", fmt.Sprint(playersMax))
	return w
}

func (w *world) start(args ...string) {
	w.t.Helper()
	w.renew()
	w.Start(w.t, args...)
}

// renew forgets the lines to a program that is gone.
func (w *world) renew() {
	w.isEnding.Store(false)
	w.isMortal.Store(false)
	w.http = &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: playersMax}}
}

// load has everybody act until end, each one thing after another.
func (w *world) load(end func()) {
	w.t.Helper()
	var acting sync.WaitGroup
	for _, p := range w.players {
		acting.Go(func() { w.act(p) })
	}
	acting.Go(w.operate)
	end()
	acting.Wait()
	w.http.CloseIdleConnections()
}

func (w *world) act(p *player) {
	for !w.isEnding.Load() {
		err := p.step()
		switch {
		case err == nil:
		case errors.Is(err, errCut) && w.isMortal.Load():
			p.isUncertain()
			time.Sleep(10 * time.Millisecond) // the program may be gone, or only slow
		default:
			w.t.Errorf("%s, %s: %v", p.Name, p.standing, err)
			return
		}
	}
}

// operate changes seats, moves places in the queue and adds instances.
func (w *world) operate() {
	key, err := w.key()
	if err != nil {
		if !w.isMortal.Load() {
			w.t.Errorf("operator: %v", err)
		}
		return // it is gone already
	}
	for i := 0; !w.isEnding.Load(); i++ {
		var err error
		switch i % 3 {
		case 0:
			err = w.changeCapacity(key)
		case 1:
			err = w.moveSomebody(key)
		case 2:
			err = w.addInstance(key)
		}
		if err != nil {
			if !w.isMortal.Load() {
				w.t.Errorf("operator: %v", err)
			}
			return
		}
		time.Sleep(5 * time.Millisecond) // an operator is no flood
	}
}

func (w *world) key() (string, error) {
	data, err := os.ReadFile(filepath.Join(w.Dir, "server.json"))
	if err != nil {
		return "", err
	}
	var endpoint struct{ Key string }
	err = json.Unmarshal(data, &endpoint)
	return endpoint.Key, err
}

func (w *world) asOperator(key string) *player {
	return &player{Player: admissiontest.Player{Token: key}, world: w}
}

func (w *world) changeCapacity(key string) error {
	w.operator.asked = seats - 2 + w.rand.IntN(5)
	status, answer, err := w.asOperator(key).call("PATCH", "/admin/api/instances/main", object{"capacity": w.operator.asked})
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return fmt.Errorf("a change was answered %d %v", status, answer)
	}
	w.operator.capacity, w.operator.asked = w.operator.asked, 0
	return nil
}

func (w *world) moveSomebody(key string) error {
	p := w.players[0] // one whose rank is not compared
	status, answer, err := w.asOperator(key).call("PUT", "/admin/api/instances/main/queue/"+string(p.Character), object{"position": 1})
	if err == nil && status != http.StatusNoContent && status != http.StatusNotFound {
		err = fmt.Errorf("a move was answered %d %v", status, answer)
	}
	return err
}

func (w *world) addInstance(key string) error {
	if len(w.operator.added) >= 20 {
		return nil
	}
	id := admission.InstanceID(fmt.Sprintf("extra-%d-%d", len(w.operator.added), w.rand.IntN(1e9)))
	status, answer, err := w.asOperator(key).call("POST", "/admin/api/instances", object{"instanceId": id, "capacity": 1})
	if err != nil {
		return err
	}
	if status != http.StatusCreated {
		return fmt.Errorf("a new instance was answered %d %v", status, answer)
	}
	w.operator.added = append(w.operator.added, id)
	return nil
}

func (w *world) left(attempt string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if attempt != "" {
		w.gone[attempt] = true
	}
}

// crash ends the program in the middle of the load.
func (w *world) crash(after time.Duration) {
	w.load(func() {
		time.Sleep(after)
		w.isMortal.Store(true)
		w.Kill()
		w.isEnding.Store(true)
	})
}

// look reads a copy of what is on the disk, so that the program finds it as its predecessor left it.
func (w *world) look() (*admission.Snapshot, []admission.Event) {
	w.t.Helper()
	dir := w.t.TempDir()
	files, err := readFiles(w.Dir, database, wal, lock)
	if err == nil {
		err = writeFiles(dir, files)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	store, err := storage.Open(filepath.Join(dir, database), schema(w.t), storage.Options{Normal: true})
	if err != nil {
		w.t.Fatalf("what the crash left cannot be opened: %v", err)
	}
	defer store.Close()
	snapshot, err := store.Load(context.Background(), admission.Early{})
	if err != nil {
		w.t.Fatal(err)
	}
	events, err := readEvents(store, w.log.seq)
	if err != nil {
		w.t.Fatal(err)
	}
	return snapshot, events
}

// check compares what was answered with what is there.
func (w *world) check() {
	w.t.Helper()
	snapshot, events := w.look()
	for _, flaw := range snapshot.Flaws() {
		w.t.Errorf("flaw: %s", flaw)
	}
	w.checkEvents(events)
	w.checkOperator(snapshot)
	places := map[admission.CharacterID]admission.PlaceRow{}
	for _, row := range snapshot.Places {
		places[row.Character] = row
		if w.gone[string(row.Attempt)] {
			w.t.Errorf("the place of attempt %s is there again, which was given up", row.Attempt)
		}
	}
	for _, p := range w.players {
		row, found := places[p.Character]
		p.check(row, found)
	}
	w.checkOrder(places)
	if w.t.Failed() {
		w.keep()
	}
}

func (w *world) checkEvents(events []admission.Event) {
	if w.isTrimmed && len(events) > 0 {
		w.log.seq = events[0].Seq - 1
	}
	for _, e := range events {
		if w.log.seq++; e.Seq != w.log.seq {
			w.t.Fatalf("event %d comes after %d", e.Seq, w.log.seq-1)
		}
		switch e.Name {
		case admission.EventAttempt:
			w.log.attempts[string(e.Attempt)]++
		case admission.EventQueued, admission.EventFailed, admission.EventTimeout, admission.EventThrottled:
			w.log.terminals[string(e.Attempt)]++
		case admission.EventAdmitted:
			if _, wasQueued := e.Data["waitSeconds"]; !wasQueued {
				w.log.terminals[string(e.Attempt)]++
			}
		}
	}
	for _, p := range w.players {
		for _, attempt := range p.answered {
			if w.isTrimmed {
				break
			}
			if w.log.attempts[attempt] != 1 || w.log.terminals[attempt] != 1 {
				w.t.Errorf("attempt %s was answered and has %d attempts and %d ends in the log", attempt,
					w.log.attempts[attempt], w.log.terminals[attempt])
			}
		}
		p.answered = nil
	}
}

func (w *world) checkOperator(s *admission.Snapshot) {
	instances := map[admission.InstanceID]admission.Settings{}
	for _, in := range s.Instances {
		instances[in.ID] = in
	}
	if got := instances["main"].Capacity; got != w.operator.capacity && got != w.operator.asked {
		w.t.Errorf("the capacity is %d, acknowledged was %d, asked %d", got, w.operator.capacity, w.operator.asked)
	} else {
		w.operator.capacity, w.operator.asked = got, 0
	}
	for _, id := range w.operator.added {
		if _, found := instances[id]; !found {
			w.t.Errorf("instance %s was acknowledged and is not there", id)
		}
	}
}

// check compares one player's place with what they were told. An answer that never came may have happened or not.
func (p *player) check(row admission.PlaceRow, found bool) {
	t := p.world.t
	defer p.hangUp()
	isAsking := p.asking != ""
	switch {
	case p.standing == unknown:
	case p.standing == outside && found && !isAsking:
		t.Errorf("%s was told to be outside and has %+v", p.Name, row)
	case p.standing != outside && !found && !isAsking:
		t.Errorf("%s was told %s by attempt %s and has no place", p.Name, p.standing, p.attempt)
	case p.standing != outside && found && p.attempt != "" && string(row.Attempt) != p.attempt:
		t.Errorf("%s had the place of attempt %s and has that of %s", p.Name, p.attempt, row.Attempt)
	case p.session != "" && found && string(row.Session) != p.session:
		t.Errorf("%s was told session %s and has %q (%s)", p.Name, p.session, row.Session, row.State)
	}
	p.settle(row, found)
}

// settle has the player go on from what is there.
func (p *player) settle(row admission.PlaceRow, found bool) {
	isAsking := p.asking != ""
	p.asking = ""
	switch {
	case !found:
		if p.attempt != "" && p.standing != outside {
			p.world.left(p.attempt)
		}
		p.standing, p.session, p.attempt = outside, "", ""
	case p.standing == outside || p.standing == unknown || isAsking:
		p.standing, p.instance, p.attempt, p.told = unknown, string(row.Instance), string(row.Attempt), time.Time{}
		if row.Session != "" {
			p.session = string(row.Session)
		}
	case p.standing == playing:
		p.standing = dropped
	}
}

// checkOrder compares ranks: who was answered before another asked stands before them.
func (w *world) checkOrder(places map[admission.CharacterID]admission.PlaceRow) {
	for _, a := range w.players[1:] {
		for _, b := range w.players[1:] {
			first, second := places[a.Character], places[b.Character]
			isOrdered := a.standing == queued && b.standing == queued && a.instance == b.instance &&
				!a.told.IsZero() && a.told.Before(b.asked)
			if isOrdered && first.Line > second.Line && second.Line > 0 {
				w.t.Errorf("%s was queued before %s asked and stands behind: %d, %d", a.Name, b.Name, first.Line, second.Line)
			}
		}
	}
}

// keep saves what was found for whoever looks into it.
func (w *world) keep() {
	kept, err := os.MkdirTemp("", "gatekeeper-crash-")
	if err == nil {
		err = os.CopyFS(kept, os.DirFS(w.Dir))
	}
	w.t.Fatalf("the data is kept in %s (%v)", kept, err)
}

// comeBack has everybody with a token use it, over the wire, as after any restart.
func (w *world) comeBack() {
	w.t.Helper()
	var coming sync.WaitGroup
	for _, p := range w.players {
		coming.Go(func() {
			if err := p.comeBack(); err != nil {
				w.t.Errorf("%s, %s, does not come back: %v", p.Name, p.standing, err)
			}
		})
	}
	coming.Wait()
	if w.t.Failed() {
		w.Kill()
		w.keep()
	}
}

func (p *player) comeBack() error {
	switch p.standing {
	case reserved:
		if p.sessionToken == "" {
			return p.connect()
		}
		return p.attach("sessionToken", p.sessionToken)
	case dropped:
		return p.attach("reconnectionToken", p.reconnection)
	case queued:
		return p.attach("queueToken", p.queue)
	case unknown:
		return p.connect()
	}
	return nil
}

func TestACrashLosesNothingThatWasAnswered(t *testing.T) {
	rounds := crashes(20)
	chance := rand.New(rand.NewPCG(seed(t), 0))
	var w *world
	var answers int64
	for round := range rounds {
		if round%roundsADisk == 0 {
			if w != nil {
				answers += w.acknowledged.Load()
				_ = w.Stop()
			}
			w = newWorld(t, chance)
		}
		w.crash(time.Duration(20+chance.IntN(200)) * time.Millisecond)
		w.check()
		w.start()
		w.comeBack()
		if round%100 == 99 {
			t.Logf("%d crashes, %d answers", round+1, answers+w.acknowledged.Load())
		}
	}
	t.Logf("%d crashes, %d answers and frames", rounds, answers+w.acknowledged.Load())
}
