package gate

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/build"
)

// Instance is one live instance: the engine's state machine, its mutex and its one timer.
type Instance struct {
	id   admission.InstanceID
	gate *Gate

	mu    sync.Mutex // guards everything below
	core  *admission.Instance
	timer *time.Timer   // fires at the earliest deadline
	armed time.Time     // what it is set to; zero = it is stopped
	spent time.Duration // outages that its deadlines were moved by already
	peak  int           // deepest queue since the start
	turns uint64        // changes carried out since the start

	server GameServer // as of its last heartbeat
}

func (g *Gate) newInstance(s admission.Settings) *Instance {
	in := &Instance{id: s.ID, gate: g, core: admission.NewInstance(s, g), spent: g.journal.outage()}
	in.timer = time.AfterFunc(math.MaxInt64, in.expire)
	return in
}

// lock takes the mutex and brings the instance up to date: an outage that is over has moved its deadlines, and what
// is due happens before anything else does, however late the timer.
func (in *Instance) lock() {
	in.mu.Lock()
	isHealthy := in.gate.Health() == nil // asked first: an outage that ends in between is not counted yet
	if outage := in.gate.journal.outage(); outage > in.spent {
		in.core.Thaw(outage - in.spent)
		in.spent = outage
	}
	if !isHealthy {
		in.core.Freeze()
		return
	}
	now := in.gate.cfg.Now()
	if next := in.core.NextDeadline(); !next.IsZero() && !next.After(now) {
		in.apply(in.core.Expire(now))
	}
}

// apply carries a change out: journal, claims, timer. The mutex is held. A claim is let go only after the journal
// has the end of its place, or a kill in between could leave a character with two (I2).
func (in *Instance) apply(c *admission.Change) (entry uint64) {
	entry = in.gate.journal.append(c)
	in.turns++
	in.gate.claims.apply(c.Claims)
	c.Stamp(entry)
	in.peak = max(in.peak, in.core.QueueDepth())
	in.arm()
	return entry
}

func (in *Instance) arm() {
	next := in.core.NextDeadline()
	if next.Equal(in.armed) {
		return
	}
	in.armed = next
	if next.IsZero() {
		in.timer.Stop()
		return
	}
	in.timer.Reset(next.Sub(in.gate.cfg.Now()))
}

// expire is the timer. While nothing can be written nothing is due: no player pays for a full disk.
func (in *Instance) expire() {
	in.mu.Lock()
	in.armed = time.Time{}
	in.mu.Unlock()
	in.lock()
	defer in.mu.Unlock()
	switch {
	case in.gate.stopping.Load():
	case in.gate.journal.health() != nil:
		in.armed = in.gate.cfg.Now().Add(maxLag)
		in.timer.Reset(maxLag)
	default:
		in.arm()
	}
}

// do runs one step of the engine under the mutex and carries its change out.
func (in *Instance) do(step func(core *admission.Instance, now time.Time) *admission.Change) (entry uint64) {
	in.lock()
	defer in.mu.Unlock()
	return in.apply(step(in.core, in.gate.cfg.Now()))
}

// try is do for a step that may refuse; then it has changed nothing.
func (in *Instance) try(step func(core *admission.Instance, now time.Time) (*admission.Change, error)) (entry uint64, err error) {
	in.lock()
	defer in.mu.Unlock()
	c, err := step(in.core, in.gate.cfg.Now())
	if err != nil {
		return 0, err
	}
	return in.apply(c), nil
}

// working finds an instance for what must be written. Errors: ErrUnknownInstance, ErrUnavailable, ErrShuttingDown.
func (g *Gate) working(id admission.InstanceID) (*Instance, error) {
	in := g.instance(id)
	if in == nil {
		return nil, ErrUnknownInstance
	}
	return in, g.Health()
}

// View is an instance as operators and players see it.
type View struct {
	admission.Settings
	Reserved, Active, GraceSeats int
	QueueDepth, QueuePeak        int
	// Turns counts what happened since the start: a list that was read at the same count is still true.
	Turns uint64
	// IsDown says that its game server is silent.
	IsDown bool
	Server GameServer
}

// SeatsTaken counts the seats that are not free.
func (v View) SeatsTaken() int { return v.Reserved + v.Active + v.GraceSeats }

func (in *Instance) view() View {
	in.mu.Lock()
	defer in.mu.Unlock()
	v := View{Settings: in.core.Settings, QueueDepth: in.core.QueueDepth(), QueuePeak: in.peak, Turns: in.turns, IsDown: in.core.IsDown(), Server: in.server}
	v.Reserved, v.Active, v.GraceSeats = in.core.Seats()
	return v
}

// Instances lists all instances, closed ones too, in order of id.
func (g *Gate) Instances() []View {
	list := g.all()
	views := make([]View, len(list))
	for i, in := range list {
		views[i] = in.view()
	}
	return views
}

// Instance looks at one instance. Error: ErrUnknownInstance.
func (g *Gate) Instance(id admission.InstanceID) (View, error) {
	in := g.instance(id)
	if in == nil {
		return View{}, ErrUnknownInstance
	}
	return in.view(), nil
}

func (g *Gate) createInstance(ctx context.Context, s admission.Settings, told []admission.Event) (View, error) {
	s.CreatedAt = g.cfg.Now()
	if err := validate(s); err != nil {
		return View{}, err
	}
	if err := g.Health(); err != nil {
		return View{}, err
	}
	in := g.newInstance(s)
	entry, err := g.addInstance(in, s, told)
	if err != nil {
		return View{}, err
	}
	return in.view(), g.durable(ctx, entry)
}

// validate finds what the engine cannot know: whether a range of versions can be read.
func validate(s admission.Settings) error {
	if err := s.Validate(); err != nil {
		return err
	}
	err := build.Check(s.RequiredBuild)
	for _, accepted := range s.AcceptedBuilds {
		err = cmp.Or(err, build.Check(accepted.Build))
	}
	if err != nil {
		return fmt.Errorf("%w: %w", admission.ErrInvalidSettings, err)
	}
	return nil
}

// addInstance holds the new instance's mutex until its record has its place in the journal, so that nothing
// can be written of it before that.
func (g *Gate) addInstance(in *Instance, s admission.Settings, told []admission.Event) (entry uint64, err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	g.mu.Lock()
	if g.instances[s.ID] != nil {
		g.mu.Unlock()
		return 0, ErrInstanceExists
	}
	g.instances[s.ID] = in
	g.mu.Unlock()
	return in.apply(&admission.Change{
		Records: []admission.Record{admission.PutInstance{Settings: s}},
		Events:  append([]admission.Event{{Time: s.CreatedAt, Name: admission.EventInstanceCreated, Instance: s.ID}}, told...),
	}), nil
}
