package sim

import (
	"fmt"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// step is one promise, and how it is tried. Whatever it needs it makes itself, so that a rule that is broken crosses only
// the steps that it belongs to.
type step struct {
	id, title string
	players   int
	slow      time.Duration // what it needs beyond the usual time
	keeps     bool          // it looks at what the one before left
	play      func(s *stage, p []*actor)
}

var steps = []step{
	{id: "connect", title: "A player connects and gets the free seat.", players: 1, play: connect},
	{id: "second-tab-cancelled", title: "A second tab is asked first; without an answer the first one plays on.", players: 1, play: secondTabCancelled},
	{id: "second-tab-confirmed", title: "A second tab that confirms takes the seat over, and the first one is closed.", players: 1, play: secondTabConfirmed},
	{id: "full", title: "With all seats taken the next player is first in the queue.", players: 2, play: full},
	{id: "promoted", title: "When the player leaves, the first in the queue gets the seat without a click.", players: 2, play: promoted},
	{id: "cut-and-back", title: "A player whose line is cut comes back to the same session.", players: 1, play: cutAndBack},
	{id: "grace-over", title: "A player who does not come back in time loses the seat.", players: 1, slow: drillGrace, play: graceOver},
	{id: "old-build", title: "An outdated build is refused and told which one is required.", players: 2, play: oldBuild},
	{id: "five-failures", title: "After five failed attempts the sixth is throttled.", players: 1, play: fiveFailures},
	{id: "timeout", title: "An attempt that takes too long is told so within 10 s and leaves nothing behind.", players: 1, slow: answerLimit, play: timeout},
	{id: "drain", title: "A drain lets nobody new in, but those in stay and the queued get in.", players: 3, play: drain},
	{id: "queue-full", title: "A full queue refuses the next player and says when to try again.", players: 4, play: queueFull},
	{id: "clean-afterwards", title: "When all have left, nothing is taken, no fault is on, and the instance closes.", keeps: true, play: cleanAfterwards},
}

func connect(s *stage, p []*actor) {
	p[0].plays()
	s.hasTaken(1, 0)
	p[0].stillPlays()
}

func secondTabCancelled(s *stage, p []*actor) {
	first, second := p[0], p[0].anotherTab()
	first.plays()
	second.connects()
	second.isRefused(admission.AlreadyInSession)
	if second.outcome.ReplaceToken == "" {
		s.fail("expected a replaceToken to confirm with, got none")
	}
	first.stillPlays()
	s.hasTaken(1, 0)
}

func secondTabConfirmed(s *stage, p []*actor) {
	first, second := p[0], p[0].anotherTab()
	first.plays()
	second.connects()
	second.isRefused(admission.AlreadyInSession)
	second.asks(drillBuild, second.outcome.ReplaceToken)
	second.isAnswered(admission.OutcomeAdmitted)
	want(s, "replaced in the answer", true, second.outcome.Replaced)
	first.isClosedWith(wire.CloseReplaced)
	seat := second.sitsDown()
	want(s, "replaced on the new socket", true, seat.Replaced)
	second.stillPlays()
	s.hasTaken(1, 0)
	p[0].session = second.session // it is what the player leaves
}

func full(s *stage, p []*actor) {
	p[0].plays()
	p[1].connects()
	p[1].isQueuedAt(1)
	s.hasTaken(1, 1)
}

func promoted(s *stage, p []*actor) {
	p[0].plays()
	p[1].queues(1)
	p[0].leaves()
	p[1].isSeated()
	s.waitFor(frameLimit, "the promoted player playing and nobody queued", func(in wire.AdminInstance) bool {
		return in.Seats.Active == 1 && in.QueueDepth == 0
	})
	p[1].stillPlays()
}

func cutAndBack(s *stage, p []*actor) {
	p[0].plays()
	session := p[0].session
	p[0].losesTheLine()
	s.isHeld()
	p[0].attaches(p[0].key.Kind, p[0].key.Token)
	seat := p[0].isSeated()
	want(s, "the session after coming back", session, seat.SessionID)
	want(s, "resumed", true, seat.Resumed)
	p[0].stillPlays()
}

// isHeld expects that the seat of a player who was cut off stays taken.
func (s *stage) isHeld() {
	s.waitFor(drillGrace/2, "the seat held for the player who was cut off", func(in wire.AdminInstance) bool { return in.Seats.Grace == 1 })
}

// graceSlack is what the clocks and the looking may add.
const graceSlack = 2 * time.Second

func graceOver(s *stage, p []*actor) {
	p[0].plays()
	cut := time.Now()
	p[0].losesTheLine()
	s.isHeld()
	s.waitFor(drillGrace+graceSlack, fmt.Sprintf("the seat free %s after the cut", drillGrace), func(in wire.AdminInstance) bool { return in.SeatsTaken == 0 })
	if held := time.Since(cut); held < drillGrace {
		s.fail("expected the seat held for %s, got it free after %s", drillGrace, held.Round(time.Millisecond))
	}
	p[0].hasPlace("none")
	p[0].attaches(p[0].key.Kind, p[0].key.Token)
	p[0].isClosedWith(wire.CloseDeadToken)
}

func oldBuild(s *stage, p []*actor) {
	const required = "drill-2"
	s.change(wire.InstanceSettings{RequiredBuild: new(required)})
	p[0].connects()
	p[0].isRefused(admission.VersionMismatch)
	want(s, "requiredBuild", required, p[0].outcome.RequiredBuild)
	p[1].asks(required, "")
	p[1].isAnswered(admission.OutcomeAdmitted)
}

func fiveFailures(s *stage, p []*actor) {
	for range admission.FailureLimit {
		p[0].fails()
	}
	p[0].connects()
	p[0].isRefused(admission.RateLimited)
	p[0].mayRetry()
	s.hasTaken(0, 0)
}

// fails makes an attempt for an instance that does not exist: of all failures it needs no other rule.
func (a *actor) fails() {
	s := a.stage
	if s.isOver() {
		return
	}
	var err error
	if a.outcome, err = s.drill.client.Connect(s.ctx, a.Account, Ask{Instance: DrillInstance + "-nowhere", Build: drillBuild}); err != nil {
		s.fail("the attempt has no answer: %v", err)
	}
	a.isRefused(admission.InvalidInstance)
}

const (
	// answerLimit is what an attempt is promised, whatever happens.
	answerLimit = 10 * time.Second
	// attemptDelay is longer than that, and the fault ends by itself if the drill cannot end it.
	attemptDelay = 12 * time.Second
)

func timeout(s *stage, p []*actor) {
	fault := wire.LabFault{DelaySeconds: attemptDelay.Seconds(), ForSeconds: (attemptDelay + stepLimit).Seconds()}
	if err := s.drill.faults.Set(SlowAttempts, fault); err != nil {
		s.fail("attempts cannot be slowed: %v", err)
	}
	asked := time.Now()
	p[0].connects()
	took := time.Since(asked)
	_ = s.drill.faults.Clear(SlowAttempts)
	p[0].isAnswered(admission.OutcomeTimeout)
	if took > answerLimit {
		s.fail("expected an answer within %s, got it after %s", answerLimit, took.Round(time.Millisecond))
	}
	p[0].hasPlace("none")
	s.hasTaken(0, 0)
}

func drain(s *stage, p []*actor) {
	p[0].plays()
	p[1].queues(1)
	s.change(wire.InstanceSettings{State: new(admission.ModeDraining)})
	p[2].connects()
	p[2].isRefused(admission.DrainMode)
	p[0].stillPlays()
	p[0].leaves()
	p[1].isSeated()
	p[1].stillPlays()
}

func queueFull(s *stage, p []*actor) {
	p[0].plays()
	p[1].queues(1)
	p[2].queues(2)
	p[3].connects()
	p[3].isRefused(admission.QueueFull)
	p[3].mayRetry()
	s.hasTaken(1, drillQueue)
}

func cleanAfterwards(s *stage, _ []*actor) {
	s.hasTaken(0, 0)
	for _, on := range s.drill.faults.List() {
		s.fail("expected no fault on, got %s", on.Kind)
	}
	s.change(wire.InstanceSettings{State: new(admission.ModeClosed)})
	in := s.look()
	want(s, "the state of the instance", admission.ModeClosed, in.State)
	s.isHidden()
}
