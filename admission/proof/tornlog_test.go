package proof_test

import (
	"bytes"
	"context"
	"database/sql"
	byteorder "encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"gatekeeper/admission"
	"gatekeeper/admission/admissiontest"
	"gatekeeper/storage"
)

// A log of committed pages that was damaged after a kill must be refused, or be read up to the damage and no further. What
// makes that hard is that a checkpoint moves later pages into the file: where an earlier frame is damaged, SQLite takes the
// frames before it for the newest, and lays older pages over newer ones.

const (
	tornVariants     = 100  // in the ordinary test
	manyTornVariants = 1000 // with GATEKEEPER_CRASHES set
)

func TestATornLogGivesACleanPrefixOrIsRefused(t *testing.T) {
	t.Parallel()
	seed := seed(t)
	wrecks := makeWrecks(t)
	variants := tornVariants
	if os.Getenv("GATEKEEPER_CRASHES") != "" {
		variants = manyTornVariants
	}
	tally := map[string]*tornTally{}
	for i := range variants {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		w, kind := wrecks[i%len(wrecks)], tornKinds[random.IntN(len(tornKinds))]
		if tally[kind.name] == nil {
			tally[kind.name] = &tornTally{}
		}
		judged, err := w.judge(t, random, kind)
		if err != nil {
			t.Errorf("variant %d, %s of the log of a server %s: %v", i, kind.name, w.killed, err)
		}
		tally[kind.name].count(judged)
	}
	sum := tornTally{}
	for _, kind := range tornKinds {
		if one := tally[kind.name]; one != nil {
			t.Logf("%-28s %s", kind.name, one)
			sum.add(*one)
		}
	}
	t.Logf("%-28s %s", "all", &sum)
	if sum.whole+sum.prefixes == 0 || sum.refused == 0 {
		t.Error("of all the variants none was started, or none was refused: the damage proves nothing")
	}
}

// verdict is what became of a variant.
type verdict int

const (
	broken   verdict = iota // it started on what never was, or was refused without a word
	whole                   // it started on everything
	prefixed                // it started on a clean prefix
	refused
)

type tornTally struct{ whole, prefixes, refused, broken int }

func (t *tornTally) count(v verdict) {
	switch v {
	case whole:
		t.whole++
	case prefixed:
		t.prefixes++
	case refused:
		t.refused++
	case broken:
		t.broken++
	}
}

func (t *tornTally) add(o tornTally) {
	t.whole, t.prefixes, t.refused, t.broken = t.whole+o.whole, t.prefixes+o.prefixes, t.refused+o.refused, t.broken+o.broken
}

func (t *tornTally) String() string {
	return fmt.Sprintf("%4d started whole, %4d on a clean prefix, %4d were refused, %4d are broken", t.whole, t.prefixes, t.refused, t.broken)
}

// tornKind is one way to damage a log; it may change the slice in place.
type tornKind struct {
	name string
	tear func(random *rand.Rand, log []byte) []byte
	// former is instead the file of which an earlier copy is put in its place, as of another backup.
	former string
}

const (
	walHeader   = 32
	frameHeader = 24
	frameSize   = frameHeader + 4096
	sectorSize  = 512
)

var tornKinds = []tornKind{
	{name: "cut at a random length", tear: func(random *rand.Rand, log []byte) []byte { return log[:random.IntN(len(log))] }},
	{name: "1 to 8 bits flipped", tear: func(random *rand.Rand, log []byte) []byte {
		for range 1 + random.IntN(8) {
			log[random.IntN(len(log))] ^= 1 << random.IntN(8)
		}
		return log
	}},
	{name: "a sector zeroed", tear: func(random *rand.Rand, log []byte) []byte {
		at := random.IntN(len(log)/sectorSize) * sectorSize
		clear(log[at : at+sectorSize])
		return log
	}},
	{name: "the header damaged", tear: func(random *rand.Rand, log []byte) []byte {
		log[random.IntN(walHeader)] ^= byte(1 + random.IntN(255))
		return log
	}},
	{name: "noise appended", tear: func(random *rand.Rand, log []byte) []byte {
		for range 1 + random.IntN(3*frameSize) {
			log = append(log, byte(random.Uint32()))
		}
		return log
	}},
	{name: "early frames appended again", tear: func(random *rand.Rand, log []byte) []byte {
		end := walHeader + (1+random.IntN((len(log)-walHeader)/frameSize))*frameSize
		return append(log, log[walHeader:end]...)
	}},
	{name: "two frames swapped", tear: func(random *rand.Rand, log []byte) []byte {
		frame := func() []byte {
			at := walHeader + random.IntN((len(log)-walHeader)/frameSize)*frameSize
			return log[at : at+frameSize]
		}
		one, other := frame(), frame()
		kept := bytes.Clone(one)
		copy(one, other)
		copy(other, kept)
		return log
	}},
	{name: "a former log", former: wal},
	{name: "a former database", former: database},
}

// wreck is what a killed server left.
type wreck struct {
	killed string            // when
	files  map[string][]byte // by name
	former map[string][]byte // the same of while it ran, after the first burst
	whole  *reading          // what is in it undamaged
	cuts   map[int]*reading  // the same of its log cut after so many sound frames; nil = that is refused
}

// makeWrecks runs servers side by side and kills each at another moment.
func makeWrecks(t *testing.T) []*wreck {
	t.Helper()
	moments := map[string]func(c *crowd){
		"right after a burst":        func(c *crowd) { c.rest(); c.burst(600 * time.Millisecond) },
		"in the middle of a burst":   func(c *crowd) { c.rest(); c.begin(); time.Sleep(800 * time.Millisecond) },
		"in a burst without a pause": func(c *crowd) { c.begin(); time.Sleep(1700 * time.Millisecond) },
	}
	var mu sync.Mutex
	var wrecks []*wreck
	var running sync.WaitGroup
	for killed, moment := range moments {
		p := admissiontest.NewProgram(t, binary)
		c := newCrowd(t, p)
		running.Go(func() {
			c.burst(600 * time.Millisecond)
			former := salvage(t, p.Dir, "").files
			moment(c)
			_ = p.Cmd.Process.Kill() // while the crowd goes on
			_ = p.Cmd.Wait()
			c.end()
			w := salvage(t, p.Dir, killed)
			w.former = former
			mu.Lock()
			defer mu.Unlock()
			wrecks = append(wrecks, w)
			c.check(t, w)
		})
	}
	running.Wait()
	if t.Failed() {
		t.FailNow()
	}
	slices.SortFunc(wrecks, func(a, b *wreck) int { return strings.Compare(a.killed, b.killed) })
	survey(t, wrecks)
	return wrecks
}

// survey makes sure that the wrecks are such that damage can matter.
func survey(t *testing.T, wrecks []*wreck) {
	t.Helper()
	isAfresh, isPartly := false, false
	for _, w := range wrecks {
		log := w.files[wal]
		frames, moved := len(w.commits()), w.moved()
		t.Logf("killed %s: %d events, log of %d commits in %d frames, of which %d may be in the file; it was started afresh %d times",
			w.killed, len(w.whole.events), frames, w.sound(log), moved, byteorder.BigEndian.Uint32(log[12:]))
		isAfresh = isAfresh || byteorder.BigEndian.Uint32(log[12:]) > 0
		isPartly = isPartly || moved > 0 && moved < w.sound(log)
	}
	if !isAfresh || !isPartly {
		t.Errorf("a log was started afresh: %v; a log was moved in part: %v", isAfresh, isPartly)
	}
}

func salvage(t *testing.T, dir, killed string) *wreck {
	files, err := readFiles(dir, database, wal, shm, lock)
	if err != nil {
		t.Error(err)
	}
	return &wreck{killed: killed, files: files, cuts: map[int]*reading{}}
}

// moved is how many frames the lock file says may be in the database file.
func (w *wreck) moved() int {
	var mark struct{ Moved int }
	_ = json.Unmarshal(bytes.Trim(w.files[lock], "\x00 \n"), &mark)
	return mark.Moved
}

// commits returns after which frames of the undamaged log a transaction is complete: those of the newest generation, which
// the salts of the header tell, and with the size of the database, which only the last frame of a commit has.
func (w *wreck) commits() (after []int) {
	log := w.files[wal]
	for n := 1; walHeader+n*frameSize <= len(log); n++ {
		frame := log[walHeader+(n-1)*frameSize:]
		if !bytes.Equal(frame[8:16], log[16:24]) {
			break
		}
		if byteorder.BigEndian.Uint32(frame[4:]) != 0 {
			after = append(after, n)
		}
	}
	return after
}

// sound is how many frames a variant of the log has up to the last commit before the damage.
func (w *wreck) sound(variant []byte) int {
	log, same := w.files[wal], 0
	for same < len(log) && same < len(variant) && log[same] == variant[same] {
		same++
	}
	frames := 0
	for _, n := range w.commits() {
		if walHeader+n*frameSize <= same {
			frames = n
		}
	}
	return frames
}

// judge damages the log and opens what comes of it. An error is one of gatekeeper.
func (w *wreck) judge(t *testing.T, random *rand.Rand, kind tornKind) (verdict, error) {
	files := maps.Clone(w.files)
	if kind.former != "" {
		files[kind.former] = w.former[kind.former]
	} else {
		files[wal] = kind.tear(random, bytes.Clone(w.files[wal]))
	}
	if random.IntN(4) > 0 {
		delete(files, shm)
	}
	found, err := openCopy(t, files)
	if err != nil {
		if errors.Is(err, storage.ErrCorrupt) || errors.Is(err, storage.ErrLogLost) {
			return refused, nil
		}
		return broken, fmt.Errorf("it is refused as something else: %w", err)
	}
	if err := found.check(w.whole.events); err != nil {
		return broken, err
	}
	want, err := w.cut(t, w.sound(files[wal]))
	if err != nil {
		return broken, fmt.Errorf("it is started, and a cut at the same place is not: %w", err)
	}
	if !reflect.DeepEqual(found.rows, want.rows) || len(found.events) != len(want.events) {
		return broken, fmt.Errorf("up to the damage there are %d events, and it has %d, or other rows", len(want.events), len(found.events))
	}
	if len(found.events) == len(w.whole.events) && reflect.DeepEqual(found.rows, w.whole.rows) {
		return whole, nil
	}
	return prefixed, nil
}

// cut is what the wreck has with its log cut cleanly after so many frames.
func (w *wreck) cut(t *testing.T, frames int) (*reading, error) {
	if known := w.cuts[frames]; known != nil {
		return known, nil
	}
	files := maps.Clone(w.files)
	files[wal] = files[wal][:walHeader+frames*frameSize]
	delete(files, shm)
	r, err := openCopy(t, files)
	if err != nil {
		return nil, err
	}
	w.cuts[frames] = r
	return r, nil
}

// reading is all that is in a database.
type reading struct {
	rows   *admission.Snapshot
	events []admission.Event
	flaw   string // what SQLite's own check found
}

// openCopy starts a store on copies of the files.
func openCopy(t *testing.T, files map[string][]byte) (r *reading, err error) {
	dir, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := writeFiles(dir, files); err != nil {
		return nil, err
	}
	return readStore(filepath.Join(dir, database), schema(t))
}

func readStore(path, schema string) (r *reading, err error) {
	store, err := storage.Open(path, schema, storage.Options{})
	if err != nil {
		return nil, err
	}
	r = &reading{}
	if r.rows, err = store.Load(context.Background(), admission.Early{}); err == nil {
		r.events, err = readEvents(store, 0)
	}
	if err = errors.Join(err, store.Close()); err != nil {
		return nil, err
	}
	r.flaw, err = integrity(path)
	return r, err
}

// integrity has SQLite compare every row with its indexes, which takes longer than what a start checks.
func integrity(path string) (flaw string, err error) {
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err = db.QueryRow("PRAGMA integrity_check(1)").Scan(&flaw); flaw == "ok" {
		flaw = ""
	}
	return flaw, err
}

// check compares a reading with the undamaged log of events: it is its beginning, and the rows are what it leads to.
func (r *reading) check(all []admission.Event) error {
	if r.flaw != "" {
		return fmt.Errorf("integrity_check: %s", r.flaw)
	}
	if len(r.events) > len(all) || r.rows.LastSeq != uint64(len(r.events)) {
		return fmt.Errorf("%d events of %d, the last has number %d", len(r.events), len(all), r.rows.LastSeq)
	}
	for i := range r.events {
		if r.events[i].Seq != uint64(i+1) || !reflect.DeepEqual(r.events[i], all[i]) {
			return fmt.Errorf("event %d is %+v, was %+v", i+1, r.events[i], all[i])
		}
	}
	return compareStands(r.rows.Places, standsAfter(r.events))
}

// stand is a place as far as the events tell of it.
type stand struct {
	session  admission.SessionID
	isQueued bool
}

// lineUp is who stands where, and the queue in its order.
type lineUp struct {
	stands map[admission.CharacterID]stand
	queue  []admission.CharacterID
}

func standsAfter(events []admission.Event) lineUp {
	l := lineUp{stands: map[admission.CharacterID]stand{}}
	for _, e := range events {
		switch e.Name {
		case admission.EventQueued:
			if !l.stands[e.Character].isQueued {
				l.queue = append(l.queue, e.Character)
			}
			l.stands[e.Character] = stand{isQueued: true}
		case admission.EventPromoted:
			l.stands[e.Character] = stand{e.Session, true}
		case admission.EventClaimMissed:
			l.stands[e.Character] = stand{isQueued: true}
		case admission.EventAdmitted:
			if e.Data["waitSeconds"] == nil && l.stands[e.Character].isQueued {
				break // a promoted place was handed out again, and is not claimed yet
			}
			l.unqueue(e.Character)
			l.stands[e.Character] = stand{session: e.Session}
		case admission.EventDisconnected:
			if e.Reason != "network" { // that one goes into grace
				delete(l.stands, e.Character)
			}
		case admission.EventQueueLeft, admission.EventQueueAbandoned, admission.EventQueueClaimExpired:
			l.unqueue(e.Character)
			delete(l.stands, e.Character)
		}
	}
	return l
}

func (l *lineUp) unqueue(c admission.CharacterID) {
	l.queue = slices.DeleteFunc(l.queue, func(other admission.CharacterID) bool { return other == c })
}

func compareStands(rows []admission.PlaceRow, want lineUp) error {
	seen := map[admission.CharacterID]bool{}
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b admission.PlaceRow) int { return int(a.Line) - int(b.Line) })
	var queue []admission.CharacterID
	for _, row := range rows {
		if seen[row.Character] {
			return fmt.Errorf("%s has two places", row.Character)
		}
		seen[row.Character] = true
		if row.Line != 0 {
			queue = append(queue, row.Character)
		}
		expected, stands := want.stands[row.Character]
		if got := (stand{row.Session, row.Line != 0}); !stands || got != expected {
			return fmt.Errorf("%s has the row %+v, and the events say %+v, %v", row.Character, got, expected, stands)
		}
	}
	if len(rows) != len(want.stands) {
		return fmt.Errorf("there are %d rows of places, and the events leave %d", len(rows), len(want.stands))
	}
	if !slices.Equal(queue, want.queue) {
		return fmt.Errorf("the queue is %v, and by the events it is %v", queue, want.queue)
	}
	return nil
}

// crowd is players who come and go as fast as they can, and note what they were told.
type crowd struct {
	p       *admissiontest.Program
	http    *http.Client
	players []admissiontest.Player
	stop    chan struct{}
	going   sync.WaitGroup

	mu   sync.Mutex
	told map[string]string // outcomes by attemptId
}

const (
	crowdSize  = 300
	crowdHands = 10 // who act at a time
)

func newCrowd(t *testing.T, p *admissiontest.Program) *crowd {
	t.Helper()
	c := &crowd{
		p: p, told: map[string]string{},
		http: &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: crowdHands}},
	}
	t.Cleanup(c.http.CloseIdleConnections)
	c.players = admissiontest.Seed(t, p.Database(), schema(t), crowdSize, 60, 200, nil)
	p.Start(t)
	return c
}

// burst is a crowd for a while, rest the pause in which the log is moved as a whole, so that it begins afresh.
func (c *crowd) burst(d time.Duration) {
	c.begin()
	time.Sleep(d)
	c.end()
}

func (c *crowd) rest() { time.Sleep(1200 * time.Millisecond) }

func (c *crowd) begin() {
	c.stop = make(chan struct{})
	each := len(c.players) / crowdHands
	for i := range crowdHands {
		c.going.Go(func() { c.play(c.players[i*each:(i+1)*each], rand.New(rand.NewPCG(1, uint64(i)))) })
	}
}

// end may find that the crowd has gone already.
func (c *crowd) end() {
	if c.stop != nil {
		close(c.stop)
	}
	c.going.Wait()
	c.stop = nil
}

func (c *crowd) play(players []admissiontest.Player, random *rand.Rand) {
	for {
		select {
		case <-c.stop:
			return
		default:
		}
		if !c.visit(players[random.IntN(len(players))], random) {
			return
		}
	}
}

// visit connects, and then may attach, leave or stay. It reports false when the server is gone.
func (c *crowd) visit(pl admissiontest.Player, random *rand.Rand) bool {
	attempt := uuid.NewString()
	body := object{"clientBuild": "1", "attemptId": attempt}
	var answer struct{ Outcome, SessionID, SessionToken string }
	if !c.call("POST", "/instances/main/connect", pl.Token, body, &answer) {
		return false
	}
	c.mu.Lock()
	c.told[attempt] = answer.Outcome
	c.mu.Unlock()
	dice := random.IntN(4)
	switch {
	case answer.Outcome == "admitted" && dice == 0:
		return c.attach(answer.SessionToken, random.IntN(2) == 0)
	case answer.Outcome == "admitted" && dice < 3:
		return c.call("POST", "/sessions/"+answer.SessionID+"/leave", pl.Token, nil, nil)
	case answer.Outcome == "queued" && dice < 3:
		return c.call("DELETE", "/instances/main/queue?characterId="+string(pl.Character), pl.Token, nil, nil)
	}
	return true
}

func (c *crowd) call(method, path, token string, body, answer any) bool {
	_, data, err := c.p.Call(c.http, method, path, token, body)
	return err == nil && (answer == nil || json.Unmarshal(data, answer) == nil)
}

// attach opens the socket, waits for the seat and goes: with a word, or without.
func (c *crowd) attach(token string, leaves bool) bool {
	ws, err := c.p.Dial("main", "sessionToken", token)
	if err != nil {
		return false
	}
	defer ws.Close()
	_ = ws.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, _, err := ws.ReadMessage(); err != nil {
		return false
	}
	_ = ws.WriteJSON(map[string]string{"type": "ack"})
	if leaves {
		_ = ws.WriteJSON(map[string]string{"type": "leave"})
		_, _, _ = ws.ReadMessage()
	}
	return true
}

// check opens the undamaged wreck: everything that was told is there, with one end.
func (c *crowd) check(t *testing.T, w *wreck) {
	var err error
	if w.whole, err = openCopy(t, w.files); err != nil {
		t.Errorf("killed %s: %v", w.killed, err)
		return
	}
	if err := w.whole.check(w.whole.events); err != nil {
		t.Errorf("killed %s: %v", w.killed, err)
	}
	ends := map[string]string{}
	for _, e := range w.whole.events {
		switch e.Name {
		case admission.EventAdmitted, admission.EventQueued, admission.EventFailed, admission.EventTimeout, admission.EventThrottled:
			if e.Data["waitSeconds"] == nil { // a claim has the attempt of the place
				ends[string(e.Attempt)] = strings.TrimPrefix(string(e.Name), "connection.")
			}
		}
	}
	for attempt, outcome := range c.told {
		if ends[attempt] != outcome {
			t.Errorf("killed %s: an attempt was told %q, and the log says %q", w.killed, outcome, ends[attempt])
		}
	}
	t.Logf("killed %s: %d attempts were answered", w.killed, len(c.told))
}
