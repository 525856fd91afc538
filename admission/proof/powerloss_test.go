package proof_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gatekeeper/admission"
	"gatekeeper/storage"
)

// recording is what a program did to its files, and the files as they were before.
type recording struct {
	dir        string
	base       map[string][]byte // by name
	operations []*operation
	answers    []answer
}

// answer is one that names an attempt.
type answer struct {
	attempt string
	at      int // when it began to be sent
	written int // when the attempt was written to the log
}

// record has a program admit and let go under a tracer, and kills it.
func record(t *testing.T, args ...string) *recording {
	t.Helper()
	w := newWorld(t, rand.New(rand.NewPCG(seed(t), 4)))
	_ = w.Stop()
	base, err := readFiles(w.Dir, database, wal, lock)
	if err != nil {
		t.Fatal(err)
	}
	r := &recording{dir: w.Dir, base: base}
	before, trace := traced(t)
	w.Before = before
	w.renew()
	w.Start(t, args...)
	w.isMortal.Store(true)
	w.load(func() {
		time.Sleep(1500 * time.Millisecond) // several checkpoints
		for _, child := range []func(){w.kill, w.Kill} {
			child()
		}
		w.isEnding.Store(true)
	})
	r.operations = readTrace(t, trace)
	r.findAnswers()
	return r
}

var attemptID = regexp.MustCompile(`"attemptId":"([0-9a-f-]{36})"`)

// findAnswers matches each answer that promises something with the write of its attempt.
func (r *recording) findAnswers() {
	for _, op := range r.operations {
		if !op.isAnswer() || bytes.Contains(op.data, []byte(" 503 ")) {
			continue
		}
		for _, m := range attemptID.FindAllSubmatch(op.data, -1) {
			r.answers = append(r.answers, answer{attempt: string(m[1]), at: op.begin, written: -1})
		}
	}
	for i := range r.answers {
		a := &r.answers[i]
		for _, op := range r.operations {
			if op.begin < a.at && op.call == "pwrite64" && strings.HasSuffix(op.path, wal) && bytes.Contains(op.data, []byte(a.attempt)) {
				a.written = op.begin
				break
			}
		}
	}
}

// isSynced reports whether a write to the log was made durable before a moment.
func (r *recording) isSynced(write, before int) bool {
	return slices.ContainsFunc(r.operations, func(op *operation) bool {
		return op.isSync() && strings.HasSuffix(op.path, wal) && op.begin > write && op.end < before
	})
}

func TestEveryAnswerComesAfterTheSyncOfItsCommit(t *testing.T) {
	r := record(t)
	syncs := 0
	for _, op := range r.operations {
		if op.isSync() && strings.HasSuffix(op.path, wal) {
			syncs++
		}
	}
	for _, a := range r.answers {
		if a.written < 0 || !r.isSynced(a.written, a.at) {
			t.Errorf("attempt %s was answered before it was durable (written %d, answered %d)", a.attempt, a.written, a.at)
		}
	}
	if len(r.answers) < 30 || syncs < 10 {
		t.Errorf("only %d answers and %d syncs were seen", len(r.answers), syncs)
	}
	t.Logf("%d answers, %d syncs of the log", len(r.answers), syncs)
}

// remains are the files as a power loss at a moment may leave them: what was synced, and of the rest any writes, in any
// order, each of them perhaps torn between sectors.
func (r *recording) remains(moment int, chance *rand.Rand) map[string][]byte {
	left := map[string][]byte{}
	for _, name := range []string{database, wal, lock} {
		path := filepath.Join(r.dir, name)
		base, existed := r.base[name]
		image, synced := slices.Clone(base), r.lastSync(path, moment)
		var pending []*operation
		for _, op := range r.operations {
			switch {
			case op.path != path || op.begin >= moment || op.call != "pwrite64" && op.call != "ftruncate":
			case op.end < synced:
				image = op.apply(image, nil)
			default:
				pending = append(pending, op)
			}
		}
		chance.Shuffle(len(pending), func(i, j int) { pending[i], pending[j] = pending[j], pending[i] })
		for _, op := range pending {
			if chance.IntN(2) == 0 {
				image = op.apply(image, chance)
			}
		}
		if existed || synced > 0 || r.lastSync(r.dir, moment) > 0 || chance.IntN(2) == 0 {
			left[name] = image
		}
	}
	return left
}

// lastSync is when the newest sync that was over by then had begun; what had ended before it is durable.
func (r *recording) lastSync(path string, moment int) (begin int) {
	for _, op := range r.operations {
		if op.isSync() && op.path == path && op.end < moment {
			begin = op.begin
		}
	}
	return begin
}

const sector = 512

// apply carries a write out, or some of its sectors.
func (op *operation) apply(image []byte, chance *rand.Rand) []byte {
	if op.call == "ftruncate" {
		return resize(image, int(op.offset))
	}
	isTorn := chance != nil && chance.IntN(2) == 0
	for from := 0; from < len(op.data); {
		at := int(op.offset) + from
		to := min(len(op.data), from+sector-at%sector)
		if !isTorn || chance.IntN(2) == 0 {
			image = resize(image, max(len(image), at+to-from))
			copy(image[at:], op.data[from:to])
		}
		from = to
	}
	return image
}

func resize(image []byte, size int) []byte {
	if size <= len(image) {
		return image[:size]
	}
	return append(image, make([]byte, size-len(image))...)
}

// started is what a start makes of such remains.
type started struct {
	attempts map[string]int // events of each
}

func open(t *testing.T, left map[string][]byte, o storage.Options) started {
	t.Helper()
	dir := t.TempDir()
	defer os.RemoveAll(dir)
	if err := writeFiles(dir, left); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, database)
	store, err := storage.Open(path, schema(t), o)
	if err != nil {
		t.Fatalf("a start refuses what a power loss may leave: %v", err)
	}
	f := look(t, store)
	if err := store.Close(); err != nil {
		t.Error(err)
	}
	for _, finding := range storage.Examine(context.Background(), path) {
		if finding.Verdict == storage.Failure {
			t.Errorf("%s: %s", finding.Check, finding.Says)
		}
	}
	return f
}

// look compares the places with the events: they must be of the same moment.
func look(t *testing.T, store *storage.Store) started {
	t.Helper()
	f := started{attempts: map[string]int{}}
	standing := map[admission.CharacterID]bool{} // those with a place
	events, err := readEvents(store, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range events {
		f.attempts[string(e.Attempt)]++
		if e.Seq != uint64(i+1) {
			t.Errorf("event %d comes after %d", e.Seq, i)
		}
		follow(standing, e)
	}
	snapshot, err := store.Load(context.Background(), admission.Early{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range snapshot.Places {
		if !standing[p.Character] {
			t.Errorf("%s has a place, and no event tells of it", p.Character)
		}
		delete(standing, p.Character)
	}
	if len(standing) > 0 {
		t.Errorf("events tell of places that are not there: %v", standing)
	}
	return f
}

// follow keeps up with the characters that have a place.
func follow(standing map[admission.CharacterID]bool, e admission.Event) {
	switch {
	case e.Name == admission.EventQueueLeft, e.Name == admission.EventDisconnected && e.Reason == "user":
		delete(standing, e.Character)
	case e.Name == admission.EventQueued, e.Name == admission.EventAdmitted:
		standing[e.Character] = true
	}
}

func TestAPowerLossLosesNothingThatWasAnswered(t *testing.T) {
	r := record(t)
	chance := rand.New(rand.NewPCG(seed(t), 5))
	last := r.operations[len(r.operations)-1].begin
	answered := 0
	sets := min(5000, crashes(20)*6)
	for range sets {
		moment := chance.IntN(last)
		f := open(t, r.remains(moment, chance), storage.Options{})
		for _, a := range r.answers {
			if a.at >= moment {
				continue
			}
			answered++
			if f.attempts[a.attempt] < 2 {
				t.Errorf("at %d attempt %s had been answered, and has %d events", moment, a.attempt, f.attempts[a.attempt])
			}
		}
		if t.Failed() {
			t.FailNow()
		}
	}
	t.Logf("%d file sets, %d times an answer was looked for", sets, answered)
	if answered == 0 {
		t.Error("no answer was looked for")
	}
}

func TestWithoutSyncsAPowerLossTakesTheNewestOnly(t *testing.T) {
	r := record(t, "--durability", "normal")
	chance := rand.New(rand.NewPCG(seed(t), 6))
	last := r.operations[len(r.operations)-1].begin
	sets, lost, most := min(2000, crashes(20)*3), 0, 0
	for range sets {
		moment := chance.IntN(last)
		f := open(t, r.remains(moment, chance), storage.Options{Normal: true})
		missing := 0
		for _, a := range r.answers {
			if a.at >= moment || f.attempts[a.attempt] >= 2 {
				continue
			}
			missing++
			// What was answered is committed as a whole; a sync beside the commits may have met only a part of it before.
			if r.isSynced(a.at, moment) {
				t.Errorf("at %d attempt %s, answered at %d, had been synced, and is gone", moment, a.attempt, a.at)
			}
		}
		lost, most = lost+missing, max(most, missing)
		if t.Failed() {
			t.FailNow()
		}
	}
	t.Logf("%d file sets, at most %d of %d answers were lost", sets, most, len(r.answers))
	if lost == 0 {
		t.Error("nothing was ever lost: the power loss is none")
	}
}
