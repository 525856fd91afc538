package sim

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// DrillInstance is where a drill takes place.
const DrillInstance admission.InstanceID = "drill"

const (
	// drillLimit ends a drill that finds no end, with time left to tidy up within a minute.
	drillLimit = 55 * time.Second
	tidyLimit  = 4 * time.Second
)

// Errors of a drill that does not begin.
var (
	ErrDrillInUse   = wire.LabBusy.Saying("The instance drill is open and has people on it; close it first.")
	ErrDrillFaulted = wire.LabBusy.Saying("A fault is on; end it first, or the drill would show the fault and not the rules.")
)

// Drill tries the promises one by one on an instance of its own. It is used by one goroutine at a time.
type Drill struct {
	client   *Client
	operator operator
	faults   *Faults
	enrol    Enrol

	name    string // what its players' names begin with
	players int    // how many there are
	seq     uint64 // of the newest event that is known
	began   time.Time
	steps   []wire.LabStep
	report  func(wire.LabDrill)
}

// NewDrill returns a drill. Its players go through the doors of client; the operator, who has the key, through those of
// operators, which may be others.
func NewDrill(client, operators *Client, key string, faults *Faults, enrol Enrol) *Drill {
	return &Drill{client: client, operator: operator{operators, key}, faults: faults, enrol: enrol}
}

// Ready tells why a drill cannot begin. Errors: [ErrDrillInUse], [ErrDrillFaulted], or that the server does not answer.
func (d *Drill) Ready(ctx context.Context) error {
	list, err := d.operator.instances(ctx)
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", err)
	}
	i := slices.IndexFunc(list, func(in wire.AdminInstance) bool { return in.InstanceID == DrillInstance })
	switch {
	case i >= 0 && list[i].State != admission.ModeClosed && list[i].SeatsTaken+list[i].QueueDepth > 0:
		return ErrDrillInUse
	case len(d.faults.List()) > 0:
		return ErrDrillFaulted
	case i >= 0:
		return nil
	}
	closed := admission.ModeClosed
	return d.operator.create(ctx, wire.InstanceSettings{InstanceID: DrillInstance, Name: new("Drill"), State: &closed})
}

// Run goes through all steps and tells report after each change of a state; what it is given is its own. It takes a
// minute at most and leaves the instance closed. Errors are those of [Drill.Ready]; a step that failed is none.
func (d *Drill) Run(ctx context.Context, report func(wire.LabDrill)) (wire.LabDrill, error) {
	if err := d.Ready(ctx); err != nil {
		return wire.LabDrill{}, err
	}
	d.begin(report)
	return d.run(ctx), nil
}

// begin lays the steps out and tells that they are about to be played.
func (d *Drill) begin(report func(wire.LabDrill)) {
	d.name, d.players, d.began, d.report = "lab-"+uuid.NewString()[:8], 0, time.Now(), report
	d.steps = make([]wire.LabStep, len(steps))
	for i, step := range steps {
		d.steps[i] = wire.LabStep{ID: step.id, Title: step.title, State: wire.DrillPending}
	}
	d.tell(wire.DrillRunning)
}

func (d *Drill) run(ctx context.Context) wire.LabDrill {
	bounded, cancel := context.WithTimeout(ctx, drillLimit)
	defer cancel()
	for i, step := range steps {
		if why := d.play(bounded, i, step); why != "" {
			d.skip(i+1, why)
			break
		}
	}
	d.tidy(ctx)
	return d.tell(d.verdict())
}

// play tries one step. why tells why no later one can be tried; "" = they can.
func (d *Drill) play(ctx context.Context, i int, step step) (why string) {
	began, told := time.Now(), &d.steps[i]
	told.State = wire.DrillRunning
	d.tell(wire.DrillRunning)
	s := &stage{drill: d, slow: step.slow}
	s.prepare(ctx, step)
	why = s.trouble
	told.FromSeq = d.seq
	s.play(ctx, step)
	if err := d.readSeq(ctx); err != nil && why == "" {
		why = fmt.Sprintf("the log cannot be read any more: %v", err)
	}
	told.ToSeq = d.seq
	s.clear(ctx)
	told.State, told.Detail, told.TookSeconds = wire.DrillPassed, s.trouble, wire.Seconds(time.Since(began))
	if s.trouble != "" {
		told.State = wire.DrillFailed
	}
	if ctx.Err() != nil {
		why = "the drill was stopped, or took too long"
	}
	d.tell(wire.DrillRunning)
	return why
}

func (d *Drill) readSeq(ctx context.Context) (err error) {
	d.seq, err = d.operator.lastSeq(ctx, d.seq)
	return err
}

func (d *Drill) skip(from int, why string) {
	for i := range d.steps[from:] {
		d.steps[from+i].State, d.steps[from+i].Detail = wire.DrillSkipped, why
	}
}

// tidy closes the instance, whatever came before: nothing of a drill stays, also where it was stopped.
func (d *Drill) tidy(ctx context.Context) {
	_ = d.faults.Clear(SlowAttempts)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyLimit)
	defer cancel()
	closed := admission.ModeClosed
	_ = d.operator.change(ctx, DrillInstance, wire.InstanceSettings{State: &closed})
}

func (d *Drill) verdict() wire.DrillState {
	if slices.ContainsFunc(d.steps, func(s wire.LabStep) bool { return s.State != wire.DrillPassed }) {
		return wire.DrillFailed
	}
	return wire.DrillPassed
}

func (d *Drill) tell(state wire.DrillState) wire.LabDrill {
	told := wire.LabDrill{
		State: state, StartedAt: wire.Time(d.began), Steps: slices.Clone(d.steps),
	}
	d.report(told)
	return told
}

// newcomer makes a player whom nobody knows yet.
func (d *Drill) newcomer(ctx context.Context) (a Account, err error) {
	d.players++
	a.Token, a.Character, err = d.enrol(ctx, fmt.Sprintf("%s-%d", d.name, d.players))
	return a, err
}
