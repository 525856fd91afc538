package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/plan"
	"gatekeeper/admission/wire"
)

// simulate is `gatekeeper simulate`.
type simulate struct {
	Capacity []int `default:"50" placeholder:"N,…" help:"Seats; one run for each, up to 12 (${default})."`
	QueueMax int   `default:"1000" placeholder:"N" help:"Places in the queue (${default})."`

	Arrivals    string        `default:"steady" enum:"steady,rush,recorded" help:"How players come: steady, rush or recorded (${default})."`
	PerHour     float64       `default:"60" placeholder:"N" help:"How many come an hour; beneath a rush, too (${default})."`
	StartsAt    string        `default:"18:00" placeholder:"HH:MM" help:"When the evening begins (${default})."`
	Hours       float64       `default:"6" placeholder:"H" help:"How long it is (${default})."`
	RushAt      string        `default:"20:00" placeholder:"HH:MM" help:"When the rush begins (${default})."`
	RushPlayers int           `default:"200" placeholder:"N" help:"How many come with it (${default})."`
	RushLasts   time.Duration `default:"15m" placeholder:"D" help:"Over how long they come (${default})."`

	Events   string `placeholder:"FILE" help:"What gatekeeper export events wrote: arrivals, session lengths and lost lines are those of that evening. Makes the arrivals recorded."`
	Instance string `placeholder:"ID" help:"The instance whose events they are; needed where there are more."`

	Session        time.Duration `default:"30m" placeholder:"D" help:"How long a session lasts in the mean (${default})."`
	SessionPattern string        `default:"exponential" enum:"exponential,lognormal,fixed" help:"How the lengths are distributed: exponential, lognormal or fixed (${default})."`
	SessionSigma   float64       `default:"0.8" placeholder:"S" help:"Spread of lognormal lengths (${default})."`
	DropRate       float64       `default:"0.05" placeholder:"SHARE" help:"Share of sessions, 0 to 1, that lose their line once (${default})."`
	ReturnRate     float64       `default:"0.95" placeholder:"SHARE" help:"Share of those who come back within the grace (${default})."`
	Patience       time.Duration `default:"0s" placeholder:"D" help:"After how long a waiting player gives up, in the mean; 0 = never (${default})."`
	Grace          time.Duration `default:"60s" placeholder:"D" help:"How long a lost line's seat is held (${default})."`
	Claim          time.Duration `default:"10s" placeholder:"D" help:"How long a promoted player may take to claim the seat (${default})."`

	TargetWait time.Duration `default:"5m" placeholder:"D" help:"What 95 in 100 waits should not be longer than (${default})."`
	Seed       uint32        `default:"1" placeholder:"N" help:"Another evening of the same kind (${default})."`
	JSON       bool          `help:"Write JSON."`
	HTML       webPage       `placeholder:"FILE" help:"Write the result as one web page, too."`
}

// Help is for kong: what does not fit on one line.
func (simulate) Help() string {
	return `It needs no server: evenings pass in virtual time, with the engine that serve runs. For example

  gatekeeper simulate --capacity 60,80,100 --arrivals rush --per-hour 120 --rush-players 300 --target-wait 5m
  gatekeeper export events > evening.ndjson; gatekeeper simulate --capacity 60,80 --events evening.ndjson`
}

// simulatePatience bounds the time that a simulation takes.
const simulatePatience = 5 * time.Minute

// Run plays the evening with each capacity, and says how many seats the target takes.
func (c *simulate) Run(w world) error {
	if err := c.HTML.check(); err != nil {
		return usageError{err}
	}
	p, err := c.plan()
	if err != nil {
		return usageError{err}
	}
	ctx, cancel := context.WithTimeout(w.ctx, simulatePatience)
	defer cancel()
	found, err := plan.Simulate(ctx, p)
	switch {
	case errors.Is(err, plan.ErrInvalid):
		return usageError{err}
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("the evening is too large to be simulated within %s; simulate fewer players or capacities", simulatePatience)
	case err != nil:
		return err
	}
	return c.tell(w, found)
}

// plan is the evening that the flags describe.
func (c *simulate) plan() (p wire.Plan, err error) {
	settings := admission.DefaultSettings("main")
	settings.QueueMax, settings.Grace, settings.ClaimWindow = c.QueueMax, c.Grace, c.Claim
	switch {
	case c.Events != "":
		p, err = c.recorded(settings)
	case wire.ArrivalPattern(c.Arrivals) == wire.ArrivalsRecorded:
		err = errors.New("--arrivals recorded needs --events FILE")
	default:
		p, err = c.described(settings)
	}
	p.Capacities, p.PatienceSeconds = c.Capacity, c.Patience.Seconds()
	p.TargetWaitSeconds, p.Seed = c.TargetWait.Seconds(), c.Seed
	return p, err
}

func (c *simulate) described(s admission.Settings) (p wire.Plan, err error) {
	p = wire.Plan{
		QueueMax: s.QueueMax, GraceSeconds: wire.Seconds(s.Grace), ClaimSeconds: wire.Seconds(s.ClaimWindow),
		Arrivals: wire.PlanArrivals{
			Pattern: wire.ArrivalPattern(c.Arrivals), StartsAt: c.StartsAt, Hours: c.Hours, PerHour: c.PerHour,
		},
		Sessions: wire.PlanSessions{
			Pattern: wire.SessionPattern(c.SessionPattern), MeanSeconds: c.Session.Seconds(), Sigma: c.SessionSigma,
		},
		DropRate: c.DropRate, ReturnRate: c.ReturnRate,
	}
	if p.Arrivals.Pattern == wire.ArrivalsRush {
		p.Arrivals.RushPlayers, p.Arrivals.RushMinutes = c.RushPlayers, c.RushLasts.Minutes()
		p.Arrivals.RushAtHours, err = hoursAfter(c.StartsAt, c.RushAt)
	}
	return p, err
}

// hoursAfter is how long it is from one time of day to the next time that it is another.
func hoursAfter(from, to string) (hours float64, err error) {
	const clock = "15:04"
	begins, err := time.Parse(clock, from)
	if err != nil {
		return 0, fmt.Errorf("--starts-at %q must be a time of day such as 18:00", from)
	}
	comes, err := time.Parse(clock, to)
	if err != nil {
		return 0, fmt.Errorf("--rush-at %q must be a time of day such as 20:00", to)
	}
	if comes.Before(begins) {
		comes = comes.Add(24 * time.Hour)
	}
	return comes.Sub(begins).Hours(), nil
}

// recorded is the evening of exported events.
func (c *simulate) recorded(s admission.Settings) (p wire.Plan, err error) {
	file, err := os.Open(c.Events)
	if err != nil {
		return p, fmt.Errorf("--events: %w", err)
	}
	defer file.Close()
	recording, id := plan.NewRecording(), admission.InstanceID(c.Instance)
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxEventLine)
	for n := 1; lines.Scan(); n++ {
		var e wire.Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil || e.Event == "" {
			return p, fmt.Errorf("--events %s: line %d is no event as `gatekeeper export events` writes them", c.Events, n)
		}
		if c.Instance == "" && (e.Event == admission.EventAdmitted || e.Event == admission.EventQueued) {
			if id != "" && id != e.InstanceID {
				return p, fmt.Errorf("--events %s has players of %s and of %s; choose with --instance", c.Events, id, e.InstanceID)
			}
			id = e.InstanceID
		}
		if e.InstanceID == id {
			recording.Add(e.Recorded())
		}
	}
	if err := lines.Err(); err != nil {
		return p, fmt.Errorf("--events %s: %w", c.Events, err)
	}
	p, isRecorded := recording.Plan(s)
	if !isRecorded {
		return p, fmt.Errorf("--events %s: nobody came, or no session ended; nothing can be learnt of it", c.Events)
	}
	return p, nil
}

const maxEventLine = 1 << 20

// simulation is the document of a simulation.
type simulation struct {
	Kind string `json:"kind"`
	wire.Simulation
}

func (c *simulate) tell(w world, found wire.Simulation) (err error) {
	document := simulation{"simulation", found}
	if c.JSON {
		err = printJSON(w, document)
	} else {
		err = c.print(w, found)
	}
	return errors.Join(err, c.HTML.write("How many seats?", document))
}

func (c *simulate) print(w world, found wire.Simulation) error {
	const header = "SEATS\tARRIVED\tGOT IN\tREFUSED\tGAVE UP\tWAIT P50\tWAIT P95\tPEAK QUEUE\tSEATS IN USE\tLINES LOST\tCAME BACK\tUNDER UPPER ESTIMATE"
	err := table(w, header, func(row func(cells ...any)) {
		for _, r := range found.Runs {
			row(r.Capacity, r.Arrived, r.Admitted, r.Refused, r.GaveUp, aWait(r.WaitP50Seconds), aWait(r.WaitP95Seconds),
				r.PeakQueue, percent(&r.SeatUse), r.Dropped, r.Reconnected, percent(r.UnderUpper))
		}
	})
	if err != nil {
		return err
	}
	if found.SeatsForTarget == nil {
		_, err = fmt.Fprintf(w.stdout, "\nNo number of seats was found that keeps 95 of 100 waits within %s.\n", brief(c.TargetWait))
		return err
	}
	_, err = fmt.Fprintf(w.stdout, "\n%d seats keep 95 of 100 waits within %s, and refuse nobody. To be told when they do not:\n  gatekeeper export alerts --queue-wait-slo %s\n",
		*found.SeatsForTarget, brief(c.TargetWait), brief(c.TargetWait))
	return err
}

func aWait(seconds *float64) string {
	if seconds == nil {
		return "-"
	}
	return brief(wire.Duration(*seconds).Round(time.Second))
}

// brief leaves out what is nought: 5m for 5m0s.
func brief(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func percent(share *float64) string {
	if share == nil {
		return "-"
	}
	return fmt.Sprintf("%.0f %%", 100**share)
}
