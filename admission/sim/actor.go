package sim

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// actor is a player of a step, or one of the player's tabs. After trouble its methods do nothing.
type actor struct {
	Account
	stage   *stage
	outcome Outcome // of its last attempt
	line    *Line
	session admission.SessionID // the last that it had
	key     Key                 // for its next socket
}

// asks makes an attempt with a build and the answer to a question; "" = none.
func (a *actor) asks(build, replaceToken string) Outcome {
	s := a.stage
	if s.isOver() {
		return Outcome{}
	}
	var err error
	a.outcome, err = s.drill.client.Connect(s.ctx, a.Account, Ask{DrillInstance, build, replaceToken})
	if err != nil {
		s.fail("the attempt has no answer: %v", err)
	}
	if a.outcome.SessionID != "" {
		a.session = a.outcome.SessionID
	}
	return a.outcome
}

// connects asks as a player does.
func (a *actor) connects() Outcome { return a.asks(drillBuild, "") }

// isAnswered expects an outcome.
func (a *actor) isAnswered(kind admission.OutcomeKind) {
	if !a.stage.isOver() {
		want(a.stage, "the answer to the attempt", string(kind), answer(a.outcome, kind))
	}
}

// answer names an outcome, with its reason where it is another than was expected.
func answer(o Outcome, expected admission.OutcomeKind) string {
	if o.Outcome != expected && o.Reason != "" {
		return fmt.Sprintf("%s %s", o.Outcome, o.Reason)
	}
	return string(o.Outcome)
}

// isRefused expects a reason.
func (a *actor) isRefused(reason admission.Reason) {
	if a.stage.isOver() {
		return
	}
	got := string(a.outcome.Reason)
	if got == "" {
		got = string(a.outcome.Outcome)
	}
	want(a.stage, "the answer to the attempt", string(reason), got)
}

// mayRetry expects to be told when.
func (a *actor) mayRetry() {
	if a.outcome.RetryAfterSeconds <= 0 {
		a.stage.fail("expected retryAfterSeconds above 0, got %v", a.outcome.RetryAfterSeconds)
	}
}

// isQueuedAt expects a place in the queue.
func (a *actor) isQueuedAt(position int) {
	a.isAnswered(admission.OutcomeQueued)
	want(a.stage, "the position in the queue", position, a.outcome.Position)
}

// attaches opens a socket with a key.
func (a *actor) attaches(kind, token string) {
	s := a.stage
	if s.isOver() {
		return
	}
	line, err := s.drill.client.Attach(s.ctx, a.outcome.WSURL, Key{kind, token})
	if err != nil {
		s.fail("no socket opens: %v", err)
		return
	}
	a.line = line
	s.lines = append(s.lines, line)
}

// plays is a player who gets a seat and attaches.
func (a *actor) plays() {
	a.connects()
	a.isAnswered(admission.OutcomeAdmitted)
	a.sitsDown()
}

// sitsDown attaches to the seat of the last attempt.
func (a *actor) sitsDown() Frame {
	a.attaches(sessionKey, a.outcome.SessionToken)
	return a.isSeated()
}

// queues is a player who waits with a socket.
func (a *actor) queues(position int) {
	a.connects()
	a.isQueuedAt(position)
	a.attaches(queueKey, a.outcome.QueueToken)
	a.hears(frameQueued)
}

// isSeated expects to hear of the seat, and confirms it.
func (a *actor) isSeated() Frame {
	f := a.hears(frameAdmitted)
	a.says(wire.FrameAck)
	a.session, a.key = f.SessionID, Key{reconnectKey, f.ReconnectionToken}
	return f
}

// hears waits for a frame of a type.
func (a *actor) hears(kind string) (f Frame) {
	if a.stage.isOver() {
		return f
	}
	a.line.WaitUntil(time.Now().Add(frameLimit))
	for f.Type != kind {
		var err error
		if f, err = a.line.Next(); err != nil {
			a.stage.fail("expected the frame %s on the socket, got %s", kind, ending(err))
			return Frame{}
		}
	}
	return f
}

// isClosedWith expects the server to close the socket.
func (a *actor) isClosedWith(code wire.CloseCode) {
	if a.stage.isOver() {
		return
	}
	a.line.WaitUntil(time.Now().Add(frameLimit))
	for {
		_, err := a.line.Next()
		if err == nil {
			continue
		}
		if closeCode(err) != code {
			a.stage.fail("expected the socket to close with %d, got %s", code, ending(err))
		}
		return
	}
}

func ending(err error) string {
	switch code := closeCode(err); {
	case code != 0:
		return fmt.Sprintf("a close with %d", code)
	case isSilence(err):
		return fmt.Sprintf("nothing for %s", frameLimit)
	default:
		return "a line that was lost"
	}
}

func (a *actor) says(kind string) {
	if a.stage.isOver() {
		return
	}
	if err := a.line.Say(kind); err != nil {
		a.stage.fail("expected an open socket, got %v", err)
	}
}

// stillPlays expects that the socket is answered and the seat its own.
func (a *actor) stillPlays() {
	a.says(wire.FrameHeartbeat)
	a.hears(wire.FrameHeartbeat)
	a.hasPlace("active")
}

// hasPlace expects a state of the place; "none" is without one.
func (a *actor) hasPlace(state string) Place {
	s := a.stage
	if s.isOver() {
		return Place{}
	}
	place, err := s.drill.client.Status(s.ctx, a.Account, DrillInstance)
	var refused wire.Problem
	if errors.As(err, &refused) && refused.Status == http.StatusTooManyRequests && pause(s.ctx, time.Second) {
		place, err = s.drill.client.Status(s.ctx, a.Account, DrillInstance) // once a second is the rule
	}
	if err != nil {
		s.fail("the place cannot be asked for: %v", err)
		return place
	}
	want(s, "the state of the place", state, place.State)
	return place
}

// leaves says goodbye on the socket.
func (a *actor) leaves() {
	if !a.stage.isOver() {
		a.line.Leave()
	}
}

// losesTheLine cuts it.
func (a *actor) losesTheLine() {
	if !a.stage.isOver() {
		a.line.Drop()
	}
}

// anotherTab is the same player once more, without a socket.
func (a *actor) anotherTab() *actor { return &actor{stage: a.stage, Account: a.Account} }
