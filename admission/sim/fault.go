package sim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/wire"
)

// The kinds of faults.
const (
	CutSockets       = "cut-sockets"        // cuts every socket of an instance, once
	SlowStorage      = "slow-storage"       // delays each commit
	FailingStorage   = "failing-storage"    // makes each commit fail
	SlowAttempts     = "slow-attempts"      // delays each attempt
	SilentGameServer = "silent-game-server" // an instance's game server counts as silent
)

var kinds = []string{CutSockets, SlowStorage, FailingStorage, SlowAttempts, SilentGameServer}

// ErrFault is how a commit fails while the lab makes storage fail.
var ErrFault = errors.New("the test lab makes storage fail")

// Bounds of a fault.
const (
	minFaultDelay, maxFaultDelay = 0.1, 30.0
	minFaultTime, maxFaultTime   = 1.0, 600.0
)

// Faults are what can be made to go wrong, each with an end. The func fields are set before the first use. All methods
// may be called concurrently.
type Faults struct {
	// CutSockets cuts every socket of an instance and returns how many there were.
	CutSockets func(admission.InstanceID) int
	// Silence makes an instance's game server silent, or lets it speak again.
	Silence func(admission.InstanceID, bool) error
	// Now is the clock that an end is told by; nil = time.Now.
	Now func() time.Time

	turn sync.Mutex // one beginning or end at a time, Silence included; before mu
	mu   sync.Mutex // guards on; a leaf
	on   map[string]*fault
}

// fault is one that is on.
type fault struct {
	wire.LabOn
	over  chan struct{} // closed at its end: whoever it delays goes on
	timer *time.Timer
}

// Set begins a fault; one of the same kind that is on gives way to it. Errors: a [wire.Problem] for the operator, or that of
// Silence.
func (f *Faults) Set(kind string, asked wire.LabFault) error {
	if err := f.check(kind, asked); err != nil {
		return err
	}
	f.turn.Lock()
	defer f.turn.Unlock()
	if kind == CutSockets {
		f.CutSockets(asked.InstanceID)
		return nil
	}
	f.end(kind)
	if kind == SilentGameServer {
		if err := f.Silence(asked.InstanceID, true); err != nil {
			return fmt.Errorf("the game server of %s cannot be silenced: %w", asked.InstanceID, err)
		}
	}
	f.begin(kind, asked)
	return nil
}

func (f *Faults) check(kind string, asked wire.LabFault) error {
	isDelay := kind == SlowStorage || kind == SlowAttempts
	ofInstance := kind == CutSockets || kind == SilentGameServer
	switch {
	case !slices.Contains(kinds, kind):
		return unknownFault
	case ofInstance && !admission.ValidID(string(asked.InstanceID)):
		return wire.Malformed.Saying(kind + " needs an instanceId")
	case kind == CutSockets && f.CutSockets == nil, kind == SilentGameServer && f.Silence == nil:
		return unknownFault.Saying("this server cannot do " + kind)
	case isDelay && !(asked.DelaySeconds >= minFaultDelay && asked.DelaySeconds <= maxFaultDelay): // also what is no number
		return wire.Malformed.Saying(fmt.Sprintf("delaySeconds must be %g to %g", minFaultDelay, maxFaultDelay))
	case kind != CutSockets && !(asked.ForSeconds >= minFaultTime && asked.ForSeconds <= maxFaultTime):
		return wire.Malformed.Saying(fmt.Sprintf("forSeconds must be %g to %g", minFaultTime, maxFaultTime))
	}
	return nil
}

var unknownFault = wire.NotFound.Saying("there is no such fault; there are " + strings.Join(kinds, ", "))

func (f *Faults) begin(kind string, asked wire.LabFault) {
	lasts := wire.Duration(asked.ForSeconds)
	begun := &fault{over: make(chan struct{}), LabOn: wire.LabOn{Kind: kind, LabFault: asked, Until: wire.Time(f.now().Add(lasts))}}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.on == nil {
		f.on = make(map[string]*fault)
	}
	f.on[kind] = begun
	begun.timer = time.AfterFunc(lasts, func() { f.expire(begun) })
}

// expire ends a fault whose time is over, unless another of its kind has taken its place.
func (f *Faults) expire(due *fault) {
	f.turn.Lock()
	defer f.turn.Unlock()
	if f.active(due.Kind) == due {
		f.end(due.Kind)
	}
}

// Clear ends a fault; one that is not on is left alone. Error: a [wire.Problem] where there is no such kind.
func (f *Faults) Clear(kind string) error {
	if !slices.Contains(kinds, kind) {
		return unknownFault
	}
	f.turn.Lock()
	defer f.turn.Unlock()
	f.end(kind)
	return nil
}

// Close ends all faults, so that nobody waits on one. It comes before the stop of what they delay.
func (f *Faults) Close() {
	for _, on := range f.List() {
		_ = f.Clear(on.Kind)
	}
}

// end needs turn.
func (f *Faults) end(kind string) {
	f.mu.Lock()
	ended := f.on[kind]
	delete(f.on, kind)
	f.mu.Unlock()
	if ended == nil {
		return
	}
	ended.timer.Stop()
	close(ended.over)
	if kind == SilentGameServer {
		_ = f.Silence(ended.InstanceID, false) // an instance that is gone meanwhile has no game server
	}
}

// List returns the faults that are on, in order of kind.
func (f *Faults) List() []wire.LabOn {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := []wire.LabOn{}
	for _, on := range f.on {
		list = append(list, on.LabOn)
	}
	slices.SortFunc(list, func(a, b wire.LabOn) int { return cmp.Compare(a.Kind, b.Kind) })
	return list
}

// BeforeAttempt waits as long as attempts are delayed: until the delay or the fault is over, or else returns the error of
// the attempt's own deadline.
func (f *Faults) BeforeAttempt(ctx context.Context) error {
	return f.active(SlowAttempts).delay(ctx)
}

// Store wraps the store, so that its commits can be delayed and fail.
func (f *Faults) Store(inner gate.Store) gate.Store { return &faultyStore{inner, f} }

type faultyStore struct {
	gate.Store
	faults *Faults
}

// Commit implements gate.Store. What fails here has not come to the store: the caller tries the same batch again.
func (s *faultyStore) Commit(records []admission.Record, events []admission.Event, more admission.More) error {
	_ = s.faults.active(SlowStorage).delay(context.Background()) // which has no end, but the fault has
	if s.faults.active(FailingStorage) != nil {
		return ErrFault
	}
	return s.Store.Commit(records, events, more)
}

// active returns the fault of a kind that is on, or nil.
func (f *Faults) active(kind string) *fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.on[kind]
}

// delay waits out a fault's delay; nil delays nobody.
func (on *fault) delay(ctx context.Context) error {
	if on == nil {
		return nil
	}
	timer := time.NewTimer(wire.Duration(on.DelaySeconds))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-on.over:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

func (f *Faults) now() time.Time {
	if f.Now == nil {
		return time.Now()
	}
	return f.Now()
}
