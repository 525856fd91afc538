package plan

import (
	"math"
	"slices"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// tally counts what happens on an evening.
type tally struct {
	wire.PlanRun
	lasts   time.Duration
	step    time.Duration
	waits   []time.Duration // of those who got in from the queue
	atOnce  int
	used    float64 // seat-seconds
	medians int     // waits no longer than foretold
	uppers  int
}

// maxPoints is how many points a series has at most.
const maxPoints = 300

func newTally(capacity int, lasts time.Duration) tally {
	t := tally{lasts: lasts, step: seriesStep(lasts)}
	t.Capacity = capacity
	t.Series = wire.PlanSeries{StepSeconds: wire.Seconds(t.step), Playing: []int{}, Waiting: []int{}}
	return t
}

// seriesStep is the least whole number of seconds with which the series stays short enough.
func seriesStep(lasts time.Duration) time.Duration {
	return max(time.Second, (lasts/maxPoints).Truncate(time.Second)+time.Second)
}

// pass counts a span in which nothing changed; what is after the evening's hours does not count.
func (t *tally) pass(from, to time.Duration, seats, waiting int) {
	to = min(to, t.lasts)
	if from >= to {
		return
	}
	t.used += (to - from).Seconds() * float64(seats)
	for time.Duration(len(t.Series.Playing)+1)*t.step <= to {
		t.Series.Playing = append(t.Series.Playing, seats)
		t.Series.Waiting = append(t.Series.Waiting, waiting)
	}
}

func (t *tally) queues(waiting int) {
	t.Queued++
	t.PeakQueue = max(t.PeakQueue, waiting)
}

func (t *tally) getsIn() {
	t.Admitted++
	t.atOnce++
}

func (t *tally) promotes(waited time.Duration, foretold admission.Estimate) {
	t.Admitted++
	t.waits = append(t.waits, waited)
	if !foretold.IsKnown() {
		return
	}
	t.Estimates++
	if waited <= foretold.Median {
		t.medians++
	}
	if waited <= foretold.Upper {
		t.uppers++
	}
}

// result is the run, once the evening is over.
func (t *tally) result() wire.PlanRun {
	slices.Sort(t.waits)
	run := t.PlanRun
	run.WaitP50Seconds, run.WaitP95Seconds = t.wait(.5, t.atOnce), t.wait(.95, t.atOnce)
	run.QueuedWaitP50Seconds, run.QueuedWaitP95Seconds = t.wait(.5, 0), t.wait(.95, 0)
	run.SeatUse = min(1, t.used/(t.lasts.Seconds()*float64(t.Capacity))) // seconds that are added up may come to a hair more
	if t.Estimates > 0 {
		median, upper := float64(t.medians)/float64(t.Estimates), float64(t.uppers)/float64(t.Estimates)
		run.UnderMedian, run.UnderUpper = &median, &upper
	}
	return run
}

// wait is a quantile, by nearest rank, of the waits and of so many more that were none; nil = there are none.
func (t *tally) wait(share float64, atOnce int) *float64 {
	rank := int(math.Ceil(share * float64(len(t.waits)+atOnce)))
	if rank == 0 {
		return nil
	}
	if rank <= atOnce {
		return wire.KnownSeconds(0)
	}
	return wire.KnownSeconds(t.waits[rank-atOnce-1])
}
