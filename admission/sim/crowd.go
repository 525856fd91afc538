package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// Enrol makes an account of that name with a character, and a live player token for it.
type Enrol func(ctx context.Context, name string) (token string, character admission.CharacterID, err error)

// Bounds of a crowd.
const (
	MaxPlayers = 20_000
	MaxArrival = 1000.0 // a second
	MinSession = time.Second
	MaxSession = 24 * time.Hour
)

// stopPatience is how long players may take to leave when the crowd is stopped.
const stopPatience = 5 * time.Second

// Crowd is virtual players: they arrive one by one, play for a while, lose their line at times, and leave. All methods
// may be called concurrently.
type Crowd struct {
	client *Client
	enrol  Enrol

	mu     sync.Mutex // guards everything below
	run    *run       // the newest; nil = there was none
	isOver bool       // nobody comes any more
}

// NewCrowd returns nobody.
func NewCrowd(client *Client, enrol Enrol) *Crowd { return &Crowd{client: client, enrol: enrol} }

// Start lets players arrive. Errors: a [wire.Problem] for the operator, or that the server does not answer.
func (c *Crowd) Start(plan wire.LabPlayers) error {
	if err := checkPlan(plan); err != nil {
		return err
	}
	target, err := c.target(plan.InstanceID)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.isOver:
		return wire.Stopping
	case c.run != nil && c.run.tally.isRunning():
		return wire.LabBusy.Saying("virtual players are there already; send them home first")
	}
	if c.run != nil {
		c.run.gone.Wait() // all have gone home; their goroutines are at their last line
	}
	c.run = c.begin(plan, target.RequiredBuild)
	return nil
}

func checkPlan(plan wire.LabPlayers) error {
	// Each condition is told as what must hold, so that what is no number does not pass.
	for _, rule := range []struct {
		holds bool
		says  string
	}{
		{admission.ValidID(string(plan.InstanceID)), "instanceId must name an instance"},
		{plan.Count >= 1 && plan.Count <= MaxPlayers, fmt.Sprintf("count must be 1 to %d", MaxPlayers)},
		{plan.ArrivalPerSecond > 0 && plan.ArrivalPerSecond <= MaxArrival, fmt.Sprintf("arrivalPerSecond must be above 0 and at most %g", MaxArrival)},
		{
			plan.SessionSeconds >= MinSession.Seconds() && plan.SessionSeconds <= MaxSession.Seconds(),
			fmt.Sprintf("sessionSeconds must be %.0f to %.0f", MinSession.Seconds(), MaxSession.Seconds()),
		},
		{plan.DropRate >= 0 && plan.DropRate <= 1, "dropRate must be 0 to 1"},
	} {
		if !rule.holds {
			return wire.Malformed.Saying(rule.says)
		}
	}
	return nil
}

// target looks for the instance: the operator is spared a crowd that is refused one by one.
func (c *Crowd) target(id admission.InstanceID) (in wire.Instance, err error) {
	list, err := c.client.Instances(context.Background())
	if err != nil {
		return in, fmt.Errorf("the server does not answer: %w", err)
	}
	i := slices.IndexFunc(list, func(in wire.Instance) bool { return in.InstanceID == id })
	if i < 0 {
		return in, wire.UnknownInstance.Saying(fmt.Sprintf("there is no instance %s, or it is closed", id))
	}
	return list[i], nil
}

// Status tells how it goes; after the last has left, how it went.
func (c *Crowd) Status() wire.LabCrowd {
	r := c.newest()
	if r == nil {
		return wire.LabCrowd{Failed: map[string]int{}}
	}
	return r.tally.status(&r.plan)
}

// newest is the crowd that came last; nil = there was none.
func (c *Crowd) newest() *run {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.run
}

// Stop lets everybody leave, which may take 5 s, and returns when all are gone.
func (c *Crowd) Stop() { c.stop(context.Background()) }

// close is a stop for good.
func (c *Crowd) close(ctx context.Context) {
	c.mu.Lock()
	c.isOver = true
	c.mu.Unlock()
	c.stop(ctx)
}

// stop cuts those off who still are there when ctx ends.
func (c *Crowd) stop(ctx context.Context) {
	r := c.newest()
	if r == nil {
		return
	}
	r.stop()
	defer context.AfterFunc(ctx, r.cut)()
	r.gone.Wait()
}

// run is one crowd, from the first arrival to the last who leaves.
type run struct {
	*Crowd
	plan  wire.LabPlayers
	name  string // what its players' names begin with
	build string // what they say that they have: the one that is required
	tally tally
	stop  context.CancelFunc // everybody leaves
	cut   context.CancelFunc // nobody waits any more
	gone  sync.WaitGroup
}

func (c *Crowd) begin(plan wire.LabPlayers, build string) *run {
	r := &run{Crowd: c, plan: plan, build: build, name: "lab-" + uuid.NewString()[:8]}
	r.tally.begin()
	stay, stop := context.WithCancel(context.Background())
	late, cut := context.WithCancel(context.Background())
	r.stop, r.cut = stop, cut
	context.AfterFunc(stay, func() { time.AfterFunc(stopPatience, cut) })
	r.gone.Go(func() { r.arrive(stay, late) })
	return r
}

// arrive lets players come by chance, at the rate that was asked for: the times between them are exponential. Whoever is
// late because the machine is busy does not make the next one late. Calls outlast stay, and end with late.
func (r *run) arrive(stay, late context.Context) {
	defer r.tally.depart()
	next := time.Now()
	for i := range r.plan.Count {
		next = next.Add(exponential(1 / r.plan.ArrivalPerSecond))
		if !pause(stay, time.Until(next)) {
			return
		}
		r.tally.arrive()
		v := &visitor{run: r, name: fmt.Sprintf("%s-%d", r.name, i+1)}
		r.gone.Go(func() {
			defer r.tally.depart()
			v.visit(stay, late)
		})
	}
}

// exponential draws a time with that mean, in seconds, as chance without memory has it.
func exponential(mean float64) time.Duration { return wire.Duration(rand.ExpFloat64() * mean) }

// pause waits, and reports false if ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
