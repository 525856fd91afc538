package plan

import (
	"context"
	"time"

	"gatekeeper/admission/wire"
)

// Simulate plays the plan once for each capacity, and looks for the least that meets the target. It may be called
// concurrently. Errors: one that wraps [ErrInvalid]; that of ctx, which bounds the time it takes.
func Simulate(ctx context.Context, p wire.Plan) (wire.Simulation, error) {
	if err := Validate(p); err != nil {
		return wire.Simulation{}, err
	}
	started := time.Now()
	s := search{plan: p}
	s.fates, s.lasts = draw(p)
	answer := wire.Simulation{Plan: p, Runs: []wire.PlanRun{}}
	for _, capacity := range p.Capacities {
		run, err := s.play(ctx, capacity)
		if err != nil {
			return wire.Simulation{}, err
		}
		answer.Runs = append(answer.Runs, run)
	}
	least, err := s.least(ctx, answer.Runs)
	answer.SeatsForTarget, answer.TookSeconds = least, wire.Seconds(time.Since(started))
	return answer, err
}

// search plays one evening with different capacities.
type search struct {
	plan  wire.Plan
	fates []fate
	lasts time.Duration
}

func (s search) play(ctx context.Context, capacity int) (wire.PlanRun, error) {
	e := newEvening(s.plan, capacity, s.fates, s.lasts)
	if err := e.run(ctx); err != nil {
		return wire.PlanRun{}, err
	}
	return e.tally.result(), nil
}

// least finds the least capacity that meets the target, by bisection: with as many seats as would ever be taken at once
// nobody waits, and what is known of some capacities narrows it down. Nil = nobody came, or it takes too many.
func (s search) least(ctx context.Context, known []wire.PlanRun) (*int, error) {
	low, high := 0, demand(s.fates, wire.Duration(s.plan.GraceSeconds)) // low does not meet it, high does
	if high == 0 || high > maxCapacity {
		return nil, nil
	}
	for _, run := range known {
		if s.isMet(run) {
			high = min(high, run.Capacity)
		} else {
			low = max(low, run.Capacity)
		}
	}
	for high-low > 1 {
		middle := (low + high) / 2
		run, err := s.play(ctx, middle)
		if err != nil {
			return nil, err
		}
		if s.isMet(run) {
			high = middle
		} else {
			low = middle
		}
	}
	return &high, nil
}

func (s search) isMet(run wire.PlanRun) bool {
	return run.Refused == 0 && run.WaitP95Seconds != nil && *run.WaitP95Seconds <= s.plan.TargetWaitSeconds
}
