package gate

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"

	"gatekeeper/admission"
)

// ErrUnavailable is returned while nothing can be written: the store is in trouble or too far behind.
var ErrUnavailable = errors.New("storage is unavailable")

const (
	// maxWaiting bounds the journal: beyond it new work is refused before it changes anything.
	maxWaiting = 100_000
	// maxLag is how old the oldest unwritten entry may get before the gate fails closed.
	maxLag = time.Second

	// latecomers is how often, at most, who came while a transaction was written may join it.
	latecomers = 3

	firstRetry = 50 * time.Millisecond
	lastRetry  = time.Second
)

// journal is the order of all changes. Entries are appended under the lock of what they change, so their
// order on disk is their order in memory; one writer commits all that waits as one transaction.
type journal struct {
	store   Store
	now     func() time.Time
	deliver func(admission.Effect)
	observe func(Commit)

	mu        sync.Mutex          // guards everything below; a leaf
	waiting   []*admission.Change // not yet taken by the writer
	batch     []*admission.Change // taken by the writer, not yet durable
	oldest    time.Time           // when the first of them was appended
	writing   time.Time           // the same of the batch being written; zero = none is
	appended  uint64              // number of the newest entry
	durable   uint64              // number of the newest committed entry
	written   []chan struct{}     // closed once batch is durable: one for each part of it
	next      chan struct{}       // the same of waiting, the part to come
	wake      chan struct{}
	trouble   error         // of the last commit
	closed    bool          // nothing more is appended
	abandoned bool          // the writer may give up
	frozen    time.Duration // how long, in all, nothing could be written
	settled   time.Time     // when the last batch was in: what came before it is counted in frozen

	seq  uint64 // of the newest event; the writer's own
	done chan struct{}
}

// Commit tells an observer of one transaction.
type Commit struct {
	Took    time.Duration
	Records int
	Events  []admission.Event
	Err     error
}

func newJournal(store Store, now func() time.Time, deliver func(admission.Effect), observe func(Commit)) *journal {
	return &journal{
		store: store, now: now, deliver: deliver, observe: observe,
		next: make(chan struct{}), wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
}

// append puts a change in line and returns its number. An empty change takes no number: waiting for what it
// returns then waits for nothing.
func (j *journal) append(c *admission.Change) uint64 {
	if c.IsEmpty() {
		return 0
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.waiting) == 0 {
		j.oldest = j.now()
	}
	j.waiting = append(j.waiting, c)
	j.appended++
	j.rouse()
	return j.appended
}

// rouse wakes the writer; it never blocks.
func (j *journal) rouse() {
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// How far an entry had come when it was to be retracted.
type stage int

const (
	stageWaiting stage = iota // it was taken back as if it had never been
	stageWriting              // it is being written; only telling it was stopped
	stageDurable              // too late
)

// retract takes a decision back out of an entry as far as that is still possible.
func (j *journal) retract(entry uint64, d admission.Decision) stage {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch behind := int64(entry - j.durable); {
	case behind <= 0:
		return stageDurable
	case behind <= int64(len(j.batch)):
		d.Untell()
		return stageWriting
	}
	d.Untell()
	d.Unsay()
	return stageWaiting
}

// wait returns once the entry is durable, or with the context's error.
func (j *journal) wait(ctx context.Context, entry uint64) error {
	committed := j.commitOf(entry)
	if committed == nil {
		return nil
	}
	select {
	case <-committed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// commitOf returns what is closed when the entry is durable; nil = it is. Each batch has its own, so that a commit wakes
// nobody but those whom it answers.
func (j *journal) commitOf(entry uint64) <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case entry <= j.durable:
		return nil
	case entry <= j.durable+uint64(len(j.batch)):
		return j.written[0]
	}
	return j.next
}

// nextCommit returns what is closed at the next commit.
func (j *journal) nextCommit() <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.batch) > 0 {
		return j.written[0]
	}
	return j.next
}

// health returns nil while new work may be taken, else an error that wraps [ErrUnavailable].
func (j *journal) health() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case j.trouble != nil:
		return errors.Join(ErrUnavailable, j.trouble)
	case len(j.waiting) >= maxWaiting:
		return errors.Join(ErrUnavailable, errors.New("the journal is full"))
	case j.lag() > maxLag:
		return errors.Join(ErrUnavailable, errors.New("the store is slow to write"))
	}
	return nil
}

// lag is the age of the oldest unwritten entry; j.mu is held.
func (j *journal) lag() time.Duration {
	switch {
	case !j.writing.IsZero():
		return j.now().Sub(j.writing)
	case len(j.waiting) > 0:
		return j.now().Sub(j.oldest)
	}
	return 0
}

// newest returns the number of the newest entry: whoever waits for it waits for all that happened so far.
func (j *journal) newest() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.appended
}

// outage returns how long, in all, nothing could be written.
func (j *journal) outage() time.Duration {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.frozen
}

// pending counts the entries that wait for the writer.
func (j *journal) pending() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.waiting)
}

// run is the one writer. It returns when the journal is closed and everything is written.
func (j *journal) run() {
	defer close(j.done)
	for {
		runtime.Gosched() // who is about to append goes first: the more share a commit, the less each pays
		batch, open := j.take()
		if len(batch) > 0 {
			if !j.write(batch) {
				return // what comes after must not be written without it
			}
			continue
		}
		if !open {
			return
		}
		<-j.wake
	}
}

func (j *journal) take() (batch []*admission.Change, open bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.waiting) > 0 {
		j.writing = j.oldest
	}
	return j.enlist(), !j.closed
}

// enlist makes what waits a part of the batch that is written, and returns that part; j.mu is held.
func (j *journal) enlist() (part []*admission.Change) {
	part, j.waiting = j.waiting, nil
	if len(part) > 0 {
		j.batch = append(j.batch, part...)
		j.written, j.next = append(j.written, j.next), make(chan struct{})
	}
	return part
}

// join takes what has come while the batch was being written into that batch: the more share a commit, the less each
// pays, and who comes late would wait for a whole one else.
func (j *journal) join() []*admission.Change {
	runtime.Gosched() // who is about to append goes first
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.enlist()
}

// write commits a batch, then lets the world know: sockets first, then those who wait, observers last. It reports
// false when the writer gave up: what was never written was never promised.
func (j *journal) write(batch []*admission.Change) bool {
	t := j.gather(batch)
	took, isWritten := j.commit(&t)
	if !isWritten {
		return false
	}
	for _, effect := range j.effects() {
		j.deliver(effect)
	}
	j.settle()
	j.observe(Commit{Took: took, Records: len(t.records), Events: t.events})
	return true
}

// effects returns what sockets are told of the batch. From here on nothing of it can be retracted.
func (j *journal) effects() (effects []admission.Effect) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, c := range j.batch {
		effects = append(effects, c.Effects...)
	}
	j.durable += uint64(len(j.batch))
	j.batch = nil
	return effects
}

// commit tries again and again until the batch is in, or a stop runs out of patience. A batch that only tells sockets
// something has nothing to write.
func (j *journal) commit(t *transaction) (took time.Duration, isWritten bool) {
	if t.isEmpty() {
		return 0, true
	}
	for pause := firstRetry; ; pause = min(2*pause, lastRetry) {
		began := j.now()
		err := j.store.Commit(t.records, t.events, j.more(t))
		took = j.now().Sub(began)
		retry := j.fails(err)
		if err != nil {
			j.observe(Commit{Took: took, Records: len(t.records), Err: err})
		}
		if !retry {
			return took, err == nil
		}
		time.Sleep(pause)
	}
}

// more lets late ones join the transaction, a few times: nobody is to wait for ever later ones.
func (j *journal) more(t *transaction) admission.More {
	left := latecomers
	return func() ([]admission.Record, []admission.Event) {
		if left == 0 {
			return nil, nil
		}
		left--
		late := j.gather(j.join())
		t.records, t.events = append(t.records, late.records...), append(t.events, late.events...)
		return late.records, late.events
	}
}

// fails notes how the last commit went, and reports whether it is worth another try.
func (j *journal) fails(err error) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.trouble = err
	return err != nil && !j.abandoned
}

// transaction is what a batch writes.
type transaction struct {
	records []admission.Record
	events  []admission.Event
}

func (t *transaction) isEmpty() bool { return len(t.records)+len(t.events) == 0 }

// gather lays a part of the batch out as one transaction and numbers its events, gapless (I10).
func (j *journal) gather(part []*admission.Change) (t transaction) {
	rows, told := 0, 0
	for _, c := range part {
		rows, told = rows+len(c.Records), told+len(c.Events)
	}
	t.records, t.events = make([]admission.Record, 0, rows), make([]admission.Event, 0, told)
	for _, c := range part {
		t.records = append(t.records, c.Records...)
		t.events = append(t.events, c.Events...)
	}
	for i := range t.events {
		j.seq++
		t.events[i].Seq = j.seq
	}
	return t
}

// settle wakes everybody who waits.
func (j *journal) settle() {
	j.mu.Lock()
	defer j.mu.Unlock()
	now := j.now()
	if j.settled.After(j.writing) {
		j.writing = j.settled
	}
	if stall := now.Sub(j.writing); stall > maxLag {
		j.frozen += stall
	}
	j.settled, j.writing = now, time.Time{}
	for _, part := range j.written {
		close(part)
	}
	j.written = j.written[:0]
}

// close lets the writer finish what waits and waits for it, or for the context.
func (j *journal) close(ctx context.Context) error {
	j.mu.Lock()
	j.closed = true
	j.mu.Unlock()
	j.rouse()
	select {
	case <-j.done:
		return nil
	case <-ctx.Done():
		j.mu.Lock()
		j.abandoned = true
		j.mu.Unlock()
		return ctx.Err()
	}
}
