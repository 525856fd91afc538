package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// visitorState is where a virtual player is.
type visitorState int

const (
	arriving visitorState = iota
	queued
	playing
	dropped // its line is gone, and it is about to come back
	left
	failed
	states // how many there are
)

const (
	// silenceLimit is how long a line may be silent: the server sends something every 10 s.
	silenceLimit = 40 * time.Second
	// maxReturns is how often in a row a player tries to come back.
	maxReturns = 5
	// minAway and maxAway bound the time that it stays away.
	minAway, maxAway = time.Second, 3 * time.Second
)

// Reasons of a failure that the server did not name.
const (
	reasonNotEnrolled = "NOT_ENROLLED"
	reasonUnreachable = "UNREACHABLE"
)

// visitor is one virtual player, in one goroutine.
type visitor struct {
	run     *run
	name    string
	account Account
	state   visitorState
	url     string              // of its socket
	key     Key                 // opens the next one
	session admission.SessionID // "" = it has no seat
	ends    time.Time           // its session; zero = that has not begun
	cut     time.Time           // when its line is; zero = never, or it was
}

// visit lasts until the player is gone; it leaves when stay ends. Its calls end with late.
func (v *visitor) visit(stay, late context.Context) {
	var err error
	if v.account.Token, v.account.Character, err = v.run.enrol(late, v.name); err != nil {
		v.fail(reasonNotEnrolled)
		return
	}
	outcome, err := v.run.client.Connect(late, v.account, Ask{Instance: v.run.plan.InstanceID})
	switch {
	case err != nil:
		v.fail(reasonUnreachable)
		return
	case outcome.Outcome == admission.OutcomeAdmitted:
		v.session, v.key = outcome.SessionID, Key{sessionKey, outcome.SessionToken}
	case outcome.Outcome == admission.OutcomeQueued:
		v.key = Key{queueKey, outcome.QueueToken}
		v.move(queued)
	default:
		v.fail(string(outcome.Reason))
		return
	}
	v.url = outcome.WSURL
	v.stay(stay, late)
}

// stay keeps a line to the server until the place is given up or lost.
func (v *visitor) stay(stay, late context.Context) {
	for returns := 0; returns <= maxReturns; returns++ {
		if stay.Err() != nil {
			v.giveUp(late)
			return
		}
		if line, err := v.run.client.Attach(late, v.url, v.key); err == nil {
			isOver, isHeard := v.listen(stay, line)
			if isOver {
				return
			}
			if isHeard {
				returns = 0
			}
		}
		if v.state == playing {
			v.move(dropped)
		}
		pause(stay, minAway+rand.N(maxAway-minAway))
	}
	v.fail(reasonUnreachable)
}

// listen plays on a line. isOver tells that the player is gone, and not only the line; isHeard, that the line was good.
func (v *visitor) listen(stay context.Context, line *Line) (isOver, isHeard bool) {
	defer context.AfterFunc(stay, line.Interrupt)()
	for {
		now := time.Now()
		line.WaitUntil(v.nextMoment(now))
		if stay.Err() != nil { // else the interruption could have been undone
			return v.leave(line), isHeard
		}
		frame, err := line.Next()
		if err != nil {
			return v.ended(stay, line, err), isHeard
		}
		isHeard = true
		v.hear(line, frame)
	}
}

// nextMoment is when the player does something by itself, or has heard nothing for too long. Whoever comes back comes back
// before leaving, too.
func (v *visitor) nextMoment(now time.Time) time.Time {
	next := now.Add(silenceLimit)
	if v.state != playing {
		return next
	}
	for _, own := range []time.Time{v.ends, v.cut} {
		if !own.IsZero() && own.Before(next) {
			next = own
		}
	}
	return next
}

func (v *visitor) hear(line *Line, frame Frame) {
	switch frame.Type {
	case frameQueued:
		if frame.QueueToken != "" {
			v.key = Key{queueKey, frame.QueueToken}
		}
	case frameAdmitted:
		v.session, v.key = frame.SessionID, Key{reconnectKey, frame.ReconnectionToken}
		_ = line.Say(wire.FrameAck) // also the claim of a seat that the queue led to; a line that is dead tells so itself
		v.play()
	}
}

// play begins the session, or goes on with it.
func (v *visitor) play() {
	if v.state == dropped {
		v.run.tally.reconnect()
	}
	v.move(playing)
	if !v.ends.IsZero() {
		return
	}
	lasts := exponential(v.run.plan.SessionSeconds)
	v.ends = time.Now().Add(lasts)
	if rand.Float64() < v.run.plan.DropRate {
		v.cut = time.Now().Add(time.Duration(rand.Float64() * float64(lasts)))
	}
}

// ended finds out what the end of a reading means, and reports whether it is the end of the visit.
func (v *visitor) ended(stay context.Context, line *Line, err error) bool {
	now := time.Now()
	isDue := func(at time.Time) bool { return !at.IsZero() && !now.Before(at) }
	switch code := closeCode(err); {
	case isSilence(err) && (stay.Err() != nil || isDue(v.ends)):
		return v.leave(line)
	case code == wire.CloseLeft:
		line.Drop()
		v.move(left)
		return true
	case code >= wire.CloseReplaced, code >= wire.CloseDeadToken && code <= wire.ClosePlaceGone:
		line.Drop()
		v.fail(fmt.Sprintf("CLOSED_%d", code))
		return true
	}
	if isDue(v.cut) {
		v.cut = time.Time{}
	}
	line.Drop()
	return false
}

func (v *visitor) leave(line *Line) bool {
	line.Leave()
	v.move(left)
	return true
}

// giveUp leaves without a line.
func (v *visitor) giveUp(late context.Context) {
	if v.session != "" {
		_ = v.run.client.Leave(late, v.account, v.session)
	} else {
		_ = v.run.client.LeaveQueue(late, v.account, v.run.plan.InstanceID)
	}
	v.move(left)
}

func (v *visitor) move(to visitorState) {
	t := &v.run.tally
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count[v.state]--
	t.count[to]++
	v.state = to
}

func (v *visitor) fail(reason string) {
	v.move(failed)
	t := &v.run.tally
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failed[reason]++
}

func (t *tally) reconnect() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reconnected++
}
