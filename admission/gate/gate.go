package gate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"gatekeeper/admission"
)

// Store is all that the gate needs of durable storage.
type Store interface {
	// Load reads everything back, once, before the first Commit, and tells of some of it early.
	Load(ctx context.Context, early admission.Early) (*admission.Snapshot, error)
	// Commit writes records and events, and what more returns after them until that is nothing, as one transaction that
	// survives what the store's durability promises. It may be called again with the same batch after an error, whatever
	// became of the first try, and with what it was given by more. One caller at a time.
	Commit(records []admission.Record, events []admission.Event, more admission.More) error
	// Events reads the log in order of seq. Any number of callers at a time.
	Events(ctx context.Context, filter admission.EventFilter) ([]admission.Event, error)
	// Samples reads what charts show, oldest first. Any number of callers at a time.
	Samples(ctx context.Context, filter admission.SampleFilter) ([]admission.Sample, error)
}

// Config is what a gate is built from.
type Config struct {
	Store Store
	// Now is the clock; nil = time.Now. Its monotonic reading must survive arithmetic.
	Now func() time.Time
	// Deliver tells sockets; it is called by the writer, in order, and must not block. Nil = nobody listens.
	Deliver func(admission.Effect)
	// Observe hears of every commit, from the writer; nil = nobody does.
	Observe func(Commit)
	// FoldName makes names that look alike equal; nil = lower case.
	FoldName func(string) string
}

// Errors of the gate. Those of package admission come through it unchanged.
var (
	ErrShuttingDown    = errors.New("the server is shutting down")
	ErrNameTaken       = errors.New("the name is taken")
	ErrUnknownInstance = errors.New("there is no such instance")
	ErrInstanceExists  = errors.New("the instance exists already")
	ErrAlreadySetUp    = errors.New("an admin exists already")
	ErrUnknownAdmin    = errors.New("there is no such admin")
	ErrAdminExists     = errors.New("there is an admin of that name already")
	ErrLastOwner       = errors.New("somebody has to be the owner")
	ErrUnknownKey      = errors.New("there is no such key")
	ErrUnknownSession  = errors.New("there is no such session")
	ErrUnknownAccount  = errors.New("there is no such account")
	ErrCharacterTaken  = errors.New("the character is another account's")
	ErrIsGuest         = errors.New("a guest has no password")
	ErrUnknownWebhook  = errors.New("there is no such webhook")
	ErrTooManyWebhooks = errors.New("there are as many webhooks as there may be")
	ErrNoPassword      = errors.New("the account has no password: somebody else vouches for its player")
	ErrPasswordChanged = errors.New("the password was changed meanwhile")
	ErrMustChange      = errors.New("the password is good for nothing but to set another")
)

// Gate is the live engine. All its methods may be called concurrently.
type Gate struct {
	cfg         Config
	journal     *journal
	claims      *claims
	accounts    *directory
	repeats     *repeats
	locks       *locks
	access      *access
	ticketUses  *ticketUses
	endedTokens *endedTokens
	webhooks    *webhooks
	lastKey     atomic.Int64
	lastConn    atomic.Uint64
	stopping    atomic.Bool
	mu          sync.RWMutex // guards the maps below, not what they point to; a leaf
	instances   map[admission.InstanceID]*Instance
	settings    map[string][]byte
}

// New returns a gate that [Gate.Start] brings to life.
func New(cfg Config) *Gate {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Deliver == nil {
		cfg.Deliver = func(admission.Effect) {}
	}
	if cfg.Observe == nil {
		cfg.Observe = func(Commit) {}
	}
	if cfg.FoldName == nil {
		cfg.FoldName = strings.ToLower
	}
	g := &Gate{
		cfg: cfg, claims: newClaims(), accounts: newDirectory(cfg.FoldName), repeats: newRepeats(), locks: newLocks(),
		access: newAccess(cfg.FoldName), ticketUses: newTicketUses(), endedTokens: newEndedTokens(), webhooks: newWebhooks(),
		instances: make(map[admission.InstanceID]*Instance), settings: make(map[string][]byte),
	}
	g.journal = newJournal(cfg.Store, cfg.Now, cfg.Deliver, cfg.Observe)
	return g
}

// Start loads the store, gives everybody in it a fresh deadline and starts the writer. An empty store gets
// one open instance, main. Stop must be called after a Start that succeeded.
func (g *Gate) Start(ctx context.Context) error {
	snapshot, err := g.load(ctx)
	if err != nil {
		return fmt.Errorf("load the store: %w", err)
	}
	g.journal.seq = snapshot.LastSeq
	g.access.restore(snapshot)
	g.ticketUses.restore(snapshot.TicketUses)
	g.endedTokens.restore(snapshot.EndedTokens)
	g.webhooks.restore(snapshot)
	for name, value := range snapshot.Settings {
		g.settings[name] = value
	}
	go g.journal.run()
	if len(snapshot.Instances) == 0 {
		_, err = g.createInstance(ctx, admission.DefaultSettings("main"), nil)
	}
	return err
}

// load reads the store, and restores what is read while the rest still is.
func (g *Gate) load(ctx context.Context) (*admission.Snapshot, error) {
	var recent []admission.Event
	peopled := make(chan struct{})
	return g.cfg.Store.Load(ctx, admission.Early{
		People: func(ctx context.Context, s *admission.Snapshot) (err error) {
			g.accounts.restore(s, g.cfg.Now())
			if recent, err = g.recentEvents(ctx, s.LastSeq); err == nil {
				close(peopled)
			}
			return err
		},
		Tokens: func(_ context.Context, s *admission.Snapshot) error {
			g.journal.append(g.accounts.restoreTokens(s.Tokens, g.cfg.Now()))
			g.accounts.restoreNames(s.Accounts)
			return nil
		},
		Places: func(ctx context.Context, s *admission.Snapshot) error {
			select {
			case <-peopled:
				g.restoreInstances(s, recent, g.cfg.Now())
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		},
	})
}

// recalledEvents is how many of the newest events a start reads, to tell waits from the beginning.
const recalledEvents = 2000

// recentEvents reads them. The store may hand out fewer at a time than it is asked for.
func (g *Gate) recentEvents(ctx context.Context, last uint64) (recent []admission.Event, err error) {
	since := last - min(last, recalledEvents)
	for since < last {
		page, err := g.cfg.Store.Events(ctx, admission.EventFilter{Since: since, Limit: recalledEvents})
		if err != nil {
			return nil, fmt.Errorf("read the newest events: %w", err)
		}
		if len(page) == 0 {
			break
		}
		recent = append(recent, page...)
		since = page[len(page)-1].Seq
	}
	return recent, nil
}

func (g *Gate) restoreInstances(snapshot *admission.Snapshot, recent []admission.Event, now time.Time) {
	places := byInstance(snapshot.Places)
	g.claims.expect(len(snapshot.Places))
	for i := range snapshot.Places {
		g.lastKey.Store(max(g.lastKey.Load(), int64(snapshot.Places[i].Key)))
	}
	for _, settings := range snapshot.Instances {
		in := g.newInstance(settings)
		in.mu.Lock()
		in.core.Recall(recent, now)
		in.apply(in.core.Restore(places[settings.ID], g.accounts.characterName, now))
		in.mu.Unlock()
		g.instances[settings.ID] = in
	}
}

// byInstance sorts places by their instance, and cuts them into one list for each.
func byInstance(places []admission.PlaceRow) map[admission.InstanceID][]admission.PlaceRow {
	order := func(a, b admission.PlaceRow) int { return cmp.Compare(a.Instance, b.Instance) }
	if !slices.IsSortedFunc(places, order) { // with one instance they are, and a stable sort is dear all the same
		slices.SortStableFunc(places, order)
	}
	lists := make(map[admission.InstanceID][]admission.PlaceRow)
	for begin, end := 0, 0; begin < len(places); begin = end {
		id := places[begin].Instance
		for end < len(places) && places[end].Instance == id {
			end++
		}
		lists[id] = places[begin:end:end]
	}
	return lists
}

// BeginStop refuses new work from now on; sockets that close no longer count as dropped.
func (g *Gate) BeginStop() { g.stopping.Store(true) }

// Stop writes what waits and ends the writer and the timers. It waits at most for ctx.
func (g *Gate) Stop(ctx context.Context) error {
	g.BeginStop()
	g.flushLocks()
	for _, in := range g.all() {
		in.mu.Lock()
		in.timer.Stop()
		in.mu.Unlock()
	}
	if err := g.journal.close(ctx); err != nil {
		return fmt.Errorf("write what waits: %w", err)
	}
	return nil
}

// Health returns nil while the gate takes new work, else why it does not: an error that wraps
// [ErrShuttingDown] or [ErrUnavailable].
func (g *Gate) Health() error {
	if g.stopping.Load() {
		return ErrShuttingDown
	}
	return g.journal.health()
}

// Pending counts the changes that wait for the writer.
func (g *Gate) Pending() int { return g.journal.pending() }

// Events reads the log.
func (g *Gate) Events(ctx context.Context, filter admission.EventFilter) ([]admission.Event, error) {
	return g.cfg.Store.Events(ctx, filter)
}

// Samples reads what charts show.
func (g *Gate) Samples(ctx context.Context, filter admission.SampleFilter) ([]admission.Sample, error) {
	return g.cfg.Store.Samples(ctx, filter)
}

// Record writes samples with the next commit. Those older than kept are removed. It waits for nothing: while the store
// is in trouble they are left out.
func (g *Gate) Record(samples []admission.Sample, kept time.Duration) {
	if g.Health() != nil {
		return
	}
	c := &admission.Change{}
	for _, s := range samples {
		c.Records = append(c.Records, admission.PutSample{Sample: s, OldestKept: s.Time.Add(-kept)})
	}
	g.journal.append(c)
}

// NextCommit returns a channel that is closed at the next commit.
func (g *Gate) NextCommit() <-chan struct{} { return g.journal.nextCommit() }

// write appends a change that belongs to no instance and waits for its commit.
func (g *Gate) write(ctx context.Context, c *admission.Change) error {
	return g.durable(ctx, g.journal.append(c))
}

// commitWait bounds how long an answer waits for its commit.
const commitWait = 2 * time.Second

// durable waits for an entry; where that takes too long the answer is that nothing can be promised.
func (g *Gate) durable(ctx context.Context, entry uint64) error {
	ctx, cancel := context.WithTimeout(ctx, commitWait)
	defer cancel()
	if err := g.journal.wait(ctx, entry); err != nil {
		return errors.Join(ErrUnavailable, err)
	}
	return nil
}

// UUID and PlaceKey make the gate the engine's minter.
func (g *Gate) UUID() string { return uuid.NewString() }

// PlaceKey returns the next unused row number.
func (g *Gate) PlaceKey() admission.PlaceKey { return admission.PlaceKey(g.lastKey.Add(1)) }

// NewConn names a socket.
func (g *Gate) NewConn() admission.Conn { return admission.Conn(g.lastConn.Add(1)) }

// Now reads the gate's clock.
func (g *Gate) Now() time.Time { return g.cfg.Now() }

func (g *Gate) instance(id admission.InstanceID) *Instance {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.instances[id]
}

// all returns the instances in order of id.
func (g *Gate) all() []*Instance {
	g.mu.RLock()
	defer g.mu.RUnlock()
	list := make([]*Instance, 0, len(g.instances))
	for _, in := range g.instances {
		list = append(list, in)
	}
	slices.SortFunc(list, func(a, b *Instance) int { return strings.Compare(string(a.id), string(b.id)) })
	return list
}
