package sim

import (
	"context"
	"errors"
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

// Codes of what went wrong and the server did not name. CLOSED_4010 and the like are sockets that it closed, HTTP_502 and
// the like answers outside the contract.
const (
	CodeNotEnrolled = "NOT_ENROLLED" // there was no account for the player
	CodeUnreachable = "UNREACHABLE"  // no line could be opened, or it broke before the answer
	CodeLineLost    = "LINE_LOST"    // a socket broke, and the server did not say why
	CodeSilent      = "SILENT"       // a socket brought nothing for 40 s
)

// minRetry and maxRetry bound how long a player who is told to come later stays away.
const minRetry, maxRetry = time.Second, time.Minute

// visitor is one virtual player, in one goroutine.
type visitor struct {
	run     *run
	name    string
	account Account
	state   visitorState
	joined  Outcome             // of the attempt
	since   time.Time           // when that came
	key     Key                 // opens the next socket
	dialled time.Time           // the newest socket
	later   time.Duration       // the server wants the next one no sooner
	session admission.SessionID // "" = it has no seat
	ends    time.Time           // its session; zero = that has not begun
	cut     time.Time           // when its line is; zero = never, or it was
	returns time.Time           // when it first tried to come back; zero = it did not have to
}

// visit lasts until the player is gone; it leaves when stay ends. Its calls end with late.
func (v *visitor) visit(stay, late context.Context) {
	var err error
	if v.account.Token, v.account.Character, err = v.run.enrol(late, v.name); err != nil {
		v.trouble(late, CodeNotEnrolled)
		v.fail(CodeNotEnrolled)
		return
	}
	if v.joined, err = v.connect(stay, late); err != nil {
		v.trouble(late, codeOf(err))
		v.fail(codeOf(err))
		return
	}
	v.since = time.Now()
	v.run.tally.settle(v.joined)
	switch v.joined.Outcome {
	case admission.OutcomeAdmitted:
		v.session, v.key = v.joined.SessionID, Key{sessionKey, v.joined.SessionToken}
	case admission.OutcomeQueued:
		v.key = Key{queueKey, v.joined.QueueToken}
		v.move(queued)
	default:
		v.fail(string(v.joined.Reason))
		return
	}
	v.stay(stay, late)
}

// connect makes an attempt, and again each time that the server says later, for maxReturns times.
func (v *visitor) connect(stay, late context.Context) (o Outcome, err error) {
	for tries := 0; ; tries++ {
		sent := time.Now()
		if o, err = v.run.client.Connect(late, v.account, Ask{Instance: v.run.plan.InstanceID, Build: v.run.build}); err != nil {
			return o, err
		}
		v.run.tally.answer(time.Since(sent))
		if isTrouble[o.Reason] {
			v.trouble(late, string(o.Reason))
		}
		after := min(max(wire.Duration(o.RetryAfterSeconds), minRetry), maxRetry)
		if o.Reason != admission.RateLimited || tries == maxReturns || !pause(stay, after) {
			return o, nil
		}
	}
}

// isTrouble are the reasons that are no rule of the game, but say that the server, or what came before it, is in trouble.
var isTrouble = map[admission.Reason]bool{
	admission.NotAuthenticated: true, admission.RateLimited: true, admission.StorageUnavailable: true,
	admission.ShuttingDown: true, admission.InternalError: true, admission.TimedOut: true,
}

// codeOf names what went wrong with a call or a dial.
func codeOf(err error) string {
	var refused wire.Problem
	var status statusError
	switch {
	case errors.As(err, &refused):
		return refused.Code
	case errors.As(err, &status):
		return fmt.Sprintf("HTTP_%d", status)
	}
	return CodeUnreachable
}

// stay keeps a line to the server until the place is given up or lost.
func (v *visitor) stay(stay, late context.Context) {
	for tries := 0; tries <= maxReturns; tries++ {
		if stay.Err() != nil {
			v.giveUp(late)
			return
		}
		isOver, isHeard := v.attach(stay, late)
		if isOver {
			return
		}
		if isHeard {
			tries = 0
		}
		if v.state == playing {
			v.move(dropped)
		}
		pause(stay, max(v.later, minAway+rand.N(maxAway-minAway)))
	}
	v.fail(CodeUnreachable)
}

// attach opens a line and plays on it; see listen.
func (v *visitor) attach(stay, late context.Context) (isOver, isHeard bool) {
	v.dialled, v.later = time.Now(), 0
	if v.state == dropped && v.returns.IsZero() {
		v.returns = v.dialled
	}
	line, err := v.run.client.Attach(late, v.joined.WSURL, v.key)
	if err != nil {
		v.trouble(late, codeOf(err))
		var refused wire.Problem
		if errors.As(err, &refused) {
			v.later = min(refused.RetryAfter, maxRetry)
		}
		return false, false
	}
	return v.listen(stay, line)
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
	now, t := time.Now(), &v.run.tally
	switch v.state {
	case arriving:
		t.attach(now.Sub(v.dialled))
	case queued:
		t.promote(now.Sub(v.since), v.joined)
	case dropped:
		t.comeBack(now.Sub(v.returns))
		v.returns = time.Time{}
	}
	v.move(playing)
	if !v.ends.IsZero() {
		return
	}
	lasts := exponential(v.run.plan.SessionSeconds)
	v.ends = now.Add(lasts)
	if rand.Float64() < v.run.plan.DropRate {
		v.cut = now.Add(time.Duration(rand.Float64() * float64(lasts)))
	}
}

// ended finds out what the end of a reading means, and reports whether it is the end of the visit.
func (v *visitor) ended(stay context.Context, line *Line, err error) bool {
	now := time.Now()
	isDue := func(at time.Time) bool { return !at.IsZero() && !now.Before(at) }
	code := closeCode(err)
	switch {
	case isSilence(err) && (stay.Err() != nil || isDue(v.ends)):
		return v.leave(line)
	case code == wire.CloseLeft:
		line.Drop()
		v.move(left)
		return true
	}
	line.Drop()
	if isSilence(err) && isDue(v.cut) {
		v.cut = time.Time{}
		return false
	}
	why := lossOf(err, code)
	v.run.tally.trouble(why)
	if code >= wire.CloseReplaced || code >= wire.CloseDeadToken && code <= wire.ClosePlaceGone {
		v.fail(why)
		return true
	}
	return false
}

// lossOf names why a line ended that nobody meant to end.
func lossOf(err error, code wire.CloseCode) string {
	switch {
	case code != 0:
		return fmt.Sprintf("CLOSED_%d", code)
	case isSilence(err):
		return CodeSilent
	default:
		return CodeLineLost
	}
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
	v.missSeat()
	v.move(left)
}

// missSeat counts the seat of somebody who tried to come back to it and is going without.
func (v *visitor) missSeat() {
	if v.state == dropped && !v.returns.IsZero() {
		v.run.tally.lose()
	}
}

func (v *visitor) move(to visitorState) {
	v.run.tally.move(v.state, to)
	v.state = to
}

func (v *visitor) fail(reason string) {
	v.missSeat()
	v.move(failed)
	v.run.tally.fail(reason)
}

// trouble counts what went wrong with a call, unless it is only that the crowd is cut off.
func (v *visitor) trouble(late context.Context, code string) {
	if late.Err() == nil {
		v.run.tally.trouble(code)
	}
}
