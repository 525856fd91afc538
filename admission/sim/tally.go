package sim

import (
	"maps"
	"sync"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// tally counts players by where they are, and measures what the server did for them. Its memory does not grow with their
// number. All methods may be called concurrently.
type tally struct {
	mu      sync.Mutex // guards everything below
	count   [states]int
	failed  map[string]int // who gave up or was sent away, by why
	arrived int
	present int // who is not gone, the arrivals themselves included

	admitted, queued, timedOut int            // by the outcome of the attempt
	refused                    map[string]int // likewise, by reason
	answers, attaches          spread
	waits                      spread
	estimates                  estimates
	returns                    spread // that succeeded
	lost                       int    // returns that did not
	errors                     map[string]int
	timeline                   timeline
}

func (t *tally) begin() {
	t.present, t.failed, t.refused, t.errors = 1, make(map[string]int), make(map[string]int), make(map[string]int)
	t.answers, t.attaches, t.waits, t.returns = newSpread(), newSpread(), newSpread(), newSpread()
	t.timeline = newTimeline(time.Now())
}

// nowLocked is the interval in which something happens; it is asked for before the counts change.
func (t *tally) nowLocked() *moment { return t.timeline.at(time.Now(), t.count) }

func (t *tally) isRunning() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.present > 0
}

func (t *tally) arrive() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.nowLocked().arrived++
	t.arrived++
	t.present++
	t.count[arriving]++
}

func (t *tally) depart() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.present--
}

func (t *tally) move(from, to visitorState) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.nowLocked()
	t.count[from]--
	t.count[to]++
}

func (t *tally) fail(reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failed[reason]++
}

// trouble counts what should not happen.
func (t *tally) trouble(code string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.nowLocked().errors++
	t.errors[code]++
}

// answer counts the time of any answer to an attempt.
func (t *tally) answer(took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.nowLocked().answered(took)
	t.answers.add(took)
}

// settle counts the outcome that a player's attempt ended with.
func (t *tally) settle(o Outcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch o.Outcome {
	case admission.OutcomeAdmitted:
		t.admitted++
	case admission.OutcomeQueued:
		t.queued++
	case admission.OutcomeTimeout:
		t.timedOut++
	case admission.OutcomeFailed:
		t.refused[string(o.Reason)]++
	}
}

// attach counts the time from dialling to a seat that was free at once.
func (t *tally) attach(took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.attaches.add(took)
}

// promote counts a wait that led to a seat, beside what was estimated of it.
func (t *tally) promote(waited time.Duration, joined Outcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waits.add(waited)
	if joined.EstimatedWaitSeconds != nil && joined.EstimatedWaitUpperSeconds != nil {
		t.estimates.add(ReportWaiting{inSeconds(waited), *joined.EstimatedWaitSeconds, *joined.EstimatedWaitUpperSeconds})
	}
}

// comeBack counts the time from the first try to come back to the seat.
func (t *tally) comeBack(took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.returns.add(took)
}

// lose counts a seat that nobody came back to who tried.
func (t *tally) lose() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lost++
}

func (t *tally) status(plan *wire.LabPlayers) wire.LabCrowd {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.present == 0 {
		plan = nil
	}
	return wire.LabCrowd{
		Plan: plan, Arrived: t.arrived, Queued: t.count[queued], Playing: t.count[playing], Dropped: t.count[dropped],
		Left: t.count[left], Failed: maps.Clone(t.failed), Reconnected: t.returns.count(),
	}
}

// figures are how many errors there were, and how answers are spread, so far.
func (t *tally) figures() (errors int, answers ReportSpread) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return total(t.errors), t.answers.report()
}

// report is what was measured; the rest of the report is for others to add.
func (t *tally) report() Report {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.nowLocked()
	back := t.returns.report()
	return Report{
		Kind: "load", StartedAt: wire.Time(t.timeline.began), TookSeconds: inSeconds(time.Since(t.timeline.began)),
		Outcomes: ReportOutcomes{
			Arrived: t.arrived, Admitted: t.admitted, Queued: t.queued, Timeout: t.timedOut, Failed: maps.Clone(t.refused),
		},
		Admission: t.answers.report(), Attach: t.attaches.report(), Wait: t.waits.report(), Estimates: t.estimates.report(),
		Reconnections: ReportReconnections{
			Attempted: back.Count + t.lost, Succeeded: back.Count, Share: share(back.Count, back.Count+t.lost),
			P50Seconds: back.P50Seconds, P95Seconds: back.P95Seconds, P99Seconds: back.P99Seconds, MaxSeconds: back.MaxSeconds,
		},
		Errors: maps.Clone(t.errors), Timeline: t.timeline.report(),
	}
}

// share is part of all; 0 where there is nothing.
func share(part, all int) float64 {
	if all == 0 {
		return 0
	}
	return float64(part) / float64(all)
}

func total(counts map[string]int) (n int) {
	for _, count := range counts {
		n += count
	}
	return n
}
