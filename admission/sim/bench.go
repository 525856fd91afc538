package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// Bench is a load test: a crowd that comes from outside to any server that runs, and what it found. It is used in order,
// Look, Prepare and then Run, by one goroutine; Progress may be called at any time.
type Bench struct {
	client *Client
	plan   wire.LabPlayers
	cast   *cast
	crowd  *Crowd

	version  string // of the server
	prepared time.Duration
}

// NewBench returns a load test by a plan, whose InstanceID may be "": the only instance that is open. The players are
// accounts that there are already, or where none are given, new ones.
func NewBench(client *Client, plan wire.LabPlayers, accounts []wire.Credentials) *Bench {
	cast := newCast(client, accounts)
	return &Bench{client: client, plan: plan, cast: cast, crowd: NewCrowd(client, cast.enrol)}
}

// lookLimit bounds the look at the server.
const lookLimit = 15 * time.Second

// Look finds out which server that is, and which instance is meant. Errors: that the server does not answer, or which
// instances there are to choose from.
func (b *Bench) Look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	version, err := b.client.Version(ctx)
	if err != nil {
		return err
	}
	b.version = version.Version
	list, err := b.client.Instances(ctx)
	if err != nil {
		return err
	}
	b.plan.InstanceID, err = choose(list, b.plan.InstanceID)
	return err
}

func choose(list []wire.Instance, wanted admission.InstanceID) (admission.InstanceID, error) {
	var all, open []string
	for _, in := range list {
		all = append(all, string(in.InstanceID))
		if in.State == admission.ModeOpen {
			open = append(open, string(in.InstanceID))
		}
	}
	switch {
	case wanted == "" && len(open) == 1:
		return admission.InstanceID(open[0]), nil
	case len(all) == 0:
		return "", errors.New("the server has no instance; make one with `gatekeeper instance add`")
	case wanted == "":
		return "", fmt.Errorf("name one with --instance: there are %s", strings.Join(all, ", "))
	case !slices.Contains(all, string(wanted)):
		return "", fmt.Errorf("there is no instance %s, or it is closed; there are %s", wanted, strings.Join(all, ", "))
	}
	return wanted, nil
}

// Prepare makes the players, which may take 10 minutes. Errors: [ErrNoWayIn], [ErrTooFew], [ErrCastTooLong], what the
// server said, or that ctx ended.
func (b *Bench) Prepare(ctx context.Context) error {
	began := time.Now()
	err := b.cast.make(ctx, b.plan.Count)
	b.prepared = time.Since(began)
	return err
}

// Run lets the players come, and returns when the last has gone. At the latest after limit they are all sent home, and
// when ctx ends; that may take 5 s. The report has no server and no rules yet. Error: that nobody could come.
func (b *Bench) Run(ctx context.Context, limit time.Duration) (Report, error) {
	if err := b.crowd.Start(b.plan); err != nil {
		return Report{}, err
	}
	r := b.crowd.newest()
	bounded, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	defer context.AfterFunc(bounded, r.stop)()
	r.gone.Wait()
	report := r.tally.report()
	report.Version, report.Interrupted = b.version, ctx.Err() != nil
	report.Preparation = b.cast.report(b.prepared)
	report.Plan = ReportPlan{
		Players: b.plan.Count, ArrivalPerSecond: b.plan.ArrivalPerSecond, SessionSeconds: b.plan.SessionSeconds,
		DropRate: b.plan.DropRate, InstanceID: b.plan.InstanceID,
	}
	return report, nil
}

// Progress is how far a load test is.
type Progress struct {
	Made      int       // of the players
	Closed    time.Time // until then the server makes no accounts
	IsRunning bool      // players come and go; before that they are made
	Crowd     wire.LabCrowd
	Errors    int
	Admission ReportSpread // so far
}

// Progress may be called concurrently with everything else.
func (b *Bench) Progress() (p Progress) {
	b.cast.mu.Lock()
	p.Made, p.Closed = b.cast.made, b.cast.closed
	b.cast.mu.Unlock()
	if r := b.crowd.newest(); r != nil {
		p.IsRunning, p.Crowd = true, r.tally.status(&r.plan)
		p.Errors, p.Admission = r.tally.figures()
	}
	return p
}
