package sim

import (
	"context"
	"crypto/tls"
	"net"
	"slices"
	"sync"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// Config is what a lab is built from. All fields are needed but where said otherwise.
type Config struct {
	// BaseURL is the server's own address on this machine, such as http://127.0.0.1:8080; it is asked at each call.
	BaseURL func() string
	// AdminURL is the same of the operators' calls, where they have a listener of their own; nil = BaseURL.
	AdminURL func() string
	// Key is an operator's.
	Key string
	// Enrol makes the accounts of the virtual players.
	Enrol Enrol
	// CutSockets cuts every socket of an instance; nil = that fault cannot be had.
	CutSockets func(admission.InstanceID) int
	// Silence makes an instance's game server silent, or lets it speak again; nil = that fault cannot be had.
	Silence func(admission.InstanceID, bool) error
	// Dial opens lines to the server; nil = the network's.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Trust is how its players speak TLS with the server; nil = as the system trusts.
	Trust *tls.Config
}

// ErrDrillRuns is returned where a drill is to begin while one runs.
var ErrDrillRuns = wire.LabBusy.Saying("A drill is running already; wait for its end, or stop it first.")

// Lab is the test lab of a server. All its methods may be called concurrently.
type Lab struct {
	// Faults stand between the server and its store, and before its attempts.
	Faults *Faults

	cfg       Config
	client    *Client
	operators *Client
	crowd     *Crowd

	mu     sync.Mutex     // guards everything below
	drill  *wire.LabDrill // the newest, as far as it is; nil = there was none
	stop   context.CancelFunc
	done   chan struct{} // closed at the end of the drill that runs; nil = none does
	isOver bool          // the lab is closed
}

// New returns a lab in which nothing happens. Close must be called.
func New(cfg Config) *Lab {
	client, operators := NewClient(cfg.BaseURL, cfg.Dial, cfg.Trust), (*Client)(nil)
	if operators = client; cfg.AdminURL != nil {
		operators = NewClient(cfg.AdminURL, cfg.Dial, cfg.Trust)
	}
	return &Lab{
		cfg: cfg, client: client, operators: operators, crowd: NewCrowd(client, cfg.Enrol),
		Faults: &Faults{CutSockets: cfg.CutSockets, Silence: cfg.Silence},
	}
}

// Status tells all there is to see.
func (l *Lab) Status() wire.Lab {
	return wire.Lab{Players: l.crowd.Status(), Faults: l.Faults.List(), Drill: l.lastDrill()}
}

func (l *Lab) lastDrill() *wire.LabDrill {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.drill == nil {
		return nil
	}
	drill := *l.drill
	drill.Steps = slices.Clone(drill.Steps)
	return &drill
}

// StartPlayers lets virtual players arrive; see [Crowd.Start].
func (l *Lab) StartPlayers(plan wire.LabPlayers) error { return l.crowd.Start(plan) }

// StopPlayers lets them all leave, and returns when they are gone, after 5 s or a little more.
func (l *Lab) StopPlayers() { l.crowd.Stop() }

// SetFault begins a fault; see [Faults.Set].
func (l *Lab) SetFault(kind string, asked wire.LabFault) error {
	return l.Faults.Set(kind, asked)
}

// ClearFault ends a fault; see [Faults.Clear].
func (l *Lab) ClearFault(kind string) error { return l.Faults.Clear(kind) }

// BeforeAttempt waits as long as attempts are delayed, at most for ctx. That an attempt's time is over the attempt finds
// out itself.
func (l *Lab) BeforeAttempt(ctx context.Context) { _ = l.Faults.BeforeAttempt(ctx) }

// readyLimit bounds the look whether a drill can begin.
const readyLimit = 5 * time.Second

// StartDrill begins a drill and returns at once; [Lab.Status] tells how it goes. Errors: [ErrDrillRuns], and those of
// [Drill.Ready].
func (l *Lab) StartDrill() error {
	ctx, err := l.claimDrill()
	if err != nil {
		return err
	}
	drill := NewDrill(l.client, l.operators, l.cfg.Key, l.Faults, l.cfg.Enrol)
	ready, cancel := context.WithTimeout(ctx, readyLimit)
	defer cancel()
	if err := drill.Ready(ready); err != nil {
		l.drillIsOver()
		return err
	}
	drill.begin(l.note)
	go func() {
		defer l.drillIsOver()
		drill.run(ctx) // what it has to say it notes
	}()
	return nil
}

func (l *Lab) claimDrill() (context.Context, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.isOver:
		return nil, wire.Stopping
	case l.done != nil:
		return nil, ErrDrillRuns
	}
	ctx, cancel := context.WithCancel(context.Background())
	l.stop, l.done = cancel, make(chan struct{})
	return ctx, nil
}

func (l *Lab) drillIsOver() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stop()
	close(l.done)
	l.done = nil
}

func (l *Lab) note(drill wire.LabDrill) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drill = &drill
}

// StopDrill ends the drill that runs, if one does, and returns when it has tidied up.
func (l *Lab) StopDrill() { l.stopDrill(context.Background()) }

func (l *Lab) stopDrill(ctx context.Context) {
	l.mu.Lock()
	done := l.done
	if done != nil {
		l.stop()
	}
	l.mu.Unlock()
	if done == nil {
		return
	}
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// Close ends everything: faults at once, so that they hold up no stop, then players and drill. What is still there when
// ctx ends is cut off. It comes before the server's own stop.
func (l *Lab) Close(ctx context.Context) {
	l.mu.Lock()
	l.isOver = true
	l.mu.Unlock()
	l.Faults.Close()
	var ending sync.WaitGroup
	ending.Go(func() { l.stopDrill(ctx) })
	ending.Go(func() { l.crowd.close(ctx) })
	ending.Wait()
	l.Faults.Close() // one that the drill began meanwhile
	l.client.Close()
	l.operators.Close()
}
