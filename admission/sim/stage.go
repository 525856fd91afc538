package sim

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// Patience of a step.
const (
	stepLimit  = 6 * time.Second
	clearLimit = 2 * time.Second
	frameLimit = 3 * time.Second // for a frame that must come
	lookPause  = 20 * time.Millisecond
)

// Settings of the drill's instance: as tight as can be, so that a few players meet every limit.
const (
	drillQueue = 2
	drillGrace = 2 * time.Second
	drillClaim = 5 * time.Second
)

// drillBuild is the build that the drill's players have.
const drillBuild = "drill-1"

// stage is where one step is played. The first thing that goes wrong is the step's trouble, and from then on nothing more
// is tried: so a step reads as a story.
type stage struct {
	drill   *Drill
	slow    time.Duration // what the step needs beyond the usual
	ctx     context.Context
	people  []*actor // as many as the step has
	lines   []*Line
	trouble string // "" = none
}

func (s *stage) isOver() bool { return s.trouble != "" }

// fail tells what was seen; only the first counts.
func (s *stage) fail(format string, args ...any) {
	if !s.isOver() {
		s.trouble = fmt.Sprintf(format, args...)
	}
}

// want fails unless got is what was expected.
func want[T comparable](s *stage, what string, expected, got T) {
	if expected != got {
		s.fail("%s: expected %v, got %v", what, expected, got)
	}
}

// prepare ends every place of the instance, opens it as the step wants it and makes its people.
func (s *stage) prepare(ctx context.Context, step step) {
	ctx, cancel := context.WithTimeout(ctx, stepLimit)
	defer cancel()
	s.ctx = ctx
	if !step.keeps {
		s.change(wire.InstanceSettings{State: new(admission.ModeClosed)})
		s.change(openSettings())
	}
	for range step.players {
		s.enter()
	}
	if err := s.drill.readSeq(ctx); err != nil {
		s.fail("the log cannot be read: %v", err)
	}
}

func openSettings() wire.InstanceSettings {
	return wire.InstanceSettings{
		State: new(admission.ModeOpen), Capacity: new(1), QueueMax: new(drillQueue), Message: new(""),
		RequiredBuild: new(""), AcceptedBuilds: &[]wire.AcceptedBuild{}, GraceSeconds: new(drillGrace.Seconds()),
		ClaimSeconds: new(drillClaim.Seconds()), Replacement: new(admission.ReplaceSameInstance),
	}
}

func (s *stage) enter() {
	if s.isOver() {
		return
	}
	account, err := s.drill.newcomer(s.ctx)
	if err != nil {
		s.fail("no account can be made: %v", err)
	}
	s.people = append(s.people, &actor{stage: s, Account: account})
}

func (s *stage) play(ctx context.Context, step step) {
	ctx, cancel := context.WithTimeout(ctx, stepLimit+step.slow)
	defer cancel()
	s.ctx = ctx
	if !s.isOver() {
		step.play(s, s.people)
	}
	if ctx.Err() != nil {
		s.fail("it was stopped, or took longer than %s", stepLimit+step.slow)
	}
}

// clear sends everybody home through the doors, so that what a step leaves behind is what its players would.
func (s *stage) clear(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, clearLimit)
	defer cancel()
	for _, line := range s.lines {
		line.Leave()
	}
	for _, a := range s.people {
		if a.session != "" {
			_ = s.drill.client.Leave(ctx, a.Account, a.session)
		}
		_ = s.drill.client.LeaveQueue(ctx, a.Account, DrillInstance)
	}
}

// change sets something on the instance.
func (s *stage) change(settings wire.InstanceSettings) {
	if s.isOver() {
		return
	}
	if err := s.drill.operator.change(s.ctx, DrillInstance, settings); err != nil {
		s.fail("the instance cannot be set up: %v", err)
	}
}

func (s *stage) look() (in wire.AdminInstance) {
	if s.isOver() {
		return in
	}
	in, err := s.drill.operator.instance(s.ctx, DrillInstance)
	if err != nil {
		s.fail("the instance cannot be looked at: %v", err)
	}
	return in
}

// waitFor looks at the instance until it is as expected.
func (s *stage) waitFor(limit time.Duration, expected string, holds func(wire.AdminInstance) bool) {
	for began := time.Now(); !s.isOver(); {
		in := s.look()
		if s.isOver() || holds(in) {
			return
		}
		if time.Since(began) > limit || !pause(s.ctx, lookPause) {
			s.fail("expected %s, got %s", expected, described(in))
		}
	}
}

func described(in wire.AdminInstance) string {
	return fmt.Sprintf("%d of %d seats taken (%d playing, %d cut off, %d reserved) and %d queued, instance %s",
		in.SeatsTaken, in.Capacity, in.Seats.Active, in.Seats.Grace, in.Seats.Reserved, in.QueueDepth, in.State)
}

// hasTaken waits until so many seats and queue places are taken.
func (s *stage) hasTaken(seats, places int) {
	s.waitFor(frameLimit, fmt.Sprintf("%d seats taken and %d queued", seats, places), func(in wire.AdminInstance) bool {
		return in.SeatsTaken == seats && in.QueueDepth == places
	})
}

// isHidden expects that players do not see the instance.
func (s *stage) isHidden() {
	if s.isOver() {
		return
	}
	list, err := s.drill.client.Instances(s.ctx)
	if err != nil {
		s.fail("the instances cannot be listed: %v", err)
	}
	if slices.ContainsFunc(list, func(in wire.Instance) bool { return in.InstanceID == DrillInstance }) {
		s.fail("expected the closed instance to be hidden, got it in the players' list")
	}
}
