package admission

import (
	"slices"
	"time"
)

// undo is the way back from a decision about a place, for as long as it cannot be told.
//
// Attempts of one character may be undecided side by side, as of two tabs while the store stalls, and each may be taken
// back in any order. What one of them superseded is then handed to the next that stands: so the last to go brings back
// what was before all of them, and if one of them is told, it has the place.
type undo struct {
	attempt AttemptID
	at      time.Time
	made    bool      // the attempt made the place
	prior   *Place    // the place that it replaced
	home    *Instance // where prior is
	change  *Change   // where prior's end stands
	token   TokenHash // what the attempt hands out
	was     tokens    // what it took from a place that stood anyway
	offers  []offer
	before  *undo // of the attempt about the same place before it, if that may be undecided still
	// isPlaceTold and isEndTold say that the log has the beginning of the place, or the end of prior, by an attempt that was
	// taken back before.
	isPlaceTold, isEndTold bool
}

// tokens is what an attempt may supersede on a place that stands.
type tokens struct {
	session           TokenHash
	until             time.Time
	reconnect         TokenPair
	queueNext         TokenHash
	resumed, replaced bool
}

func (p *Place) tokens() tokens {
	return tokens{p.SessionToken, p.tokenUntil, p.Reconnect, p.Queue.Next, p.Resumed, p.Replaced}
}

// remember puts the way back on top of those of the place that may be needed still.
func (p *Place) remember(u *undo, now time.Time) {
	isOver := func(u *undo) bool { return u == nil || now.Sub(u.at) > AttemptLimit }
	if !isOver(p.last) {
		u.before = p.last
	}
	for below := u; below != nil; below = below.before {
		if isOver(below.before) {
			below.before = nil
		}
	}
	p.last = u
}

// above returns the way back of the next attempt about the same place, or nil.
func (p *Place) above(u *undo) *undo {
	for next := p.last; next != nil; next = next.before {
		if next.before == u {
			return next
		}
	}
	return nil
}

// unlink takes a way back out that was gone.
func (p *Place) unlink(u *undo) {
	if above := p.above(u); above != nil {
		above.before = u.before
	}
	if p.last == u {
		p.last = u.before
	}
}

// Withdrawable reports whether the attempt's place, if it got one, still stands as it was decided.
func (d Decision) Withdrawable() bool {
	return d.place != nil && d.in.characters[d.place.Character] == d.place && !(d.made && d.place.conn != 0)
}

// bringsBack reports whether a withdrawal brings back a place that the attempt replaced.
func (d Decision) bringsBack() bool {
	return d.Withdrawable() && d.prior != nil && d.place.above(d.undo) == nil
}

// Unsay takes out of a change that is not being written yet what its withdrawal makes untrue: the attempt's terminal
// event and the end of the place that it brings back.
func (d Decision) Unsay() {
	c := d.Change
	c.Events = c.Events[:len(c.Events)-1]
	if d.bringsBack() {
		began := slices.IndexFunc(c.Events, func(e Event) bool { return e.Name == EventAttempt })
		c.Events = c.Events[:began+1]
	}
}

// Untell keeps the socket of a place that is brought back open, as long as it has not been told.
func (d Decision) Untell() {
	if !d.bringsBack() {
		return
	}
	d.change.Effects = slices.DeleteFunc(d.change.Effects, func(e Effect) bool {
		hangup, isHangup := e.(Hangup)
		return isHangup && hangup.Conn == d.prior.conn
	})
}

// Withdraw takes a decision back whose outcome could not be told in time: nothing of the attempt remains.
// Told reports whether the attempt's terminal event is already being written; if not, it becomes a timeout. A place that
// something else has ended meanwhile is not brought back, and neither is the one that it replaced; a place that a later
// attempt goes on with is that one's from now on. The mutexes of the instance and of [Decision.Home] are held.
func (d Decision) Withdraw(told bool, now time.Time) *Change {
	c := &Change{}
	if !told {
		c.event(d.timeout(now))
	}
	if !d.Withdrawable() {
		d.complete(c, now)
		return c
	}
	above := d.place.above(d.undo)
	switch {
	case above != nil:
		d.pass(c, above, told)
	case d.made:
		d.unmake(c, told, now)
	default:
		d.revoke()
		c.put(d.place)
	}
	d.place.unlink(d.undo)
	d.in.settle(c, now)
	return c
}

// WithdrawRefusal takes a refusal back that could not be told in time: it does not count. Told is as in Withdraw. The
// account's lock is held.
func (d Decision) WithdrawRefusal(told bool, now time.Time) *Change {
	c := &Change{}
	if !told {
		c.event(d.timeout(now))
	}
	if d.account.Failures.forgive(d.failedAt) {
		c.record(PutThrottle{d.account.Failures.row(d.account.ID)})
	}
	return c
}

// timeout is what the terminal event becomes.
func (d Decision) timeout(now time.Time) Event {
	e := d.terminal
	e.Time, e.Name, e.Reason, e.Session, e.Data = now, EventTimeout, string(TimedOut), "", nil
	return e
}

// pass hands what the attempt would bring back to the next one about the same place.
func (d Decision) pass(c *Change, above *undo, told bool) {
	if d.Outcome.Kind == OutcomeQueued {
		above.was.queueNext = d.was.queueNext
	} else {
		queueNext := above.was.queueNext
		above.was = d.was
		above.was.queueNext = queueNext
	}
	above.offers = append(above.offers, d.offers...)
	d.offers = nil
	d.revoke()
	if d.made {
		above.made, above.prior, above.home, above.change = true, d.prior, d.home, d.change
		above.isPlaceTold, above.isEndTold = told || d.isPlaceTold, true
		d.place.Attempt = above.attempt
	}
	c.put(d.place)
}

// unmake removes the place that the attempt made.
func (d Decision) unmake(c *Change, told bool, now time.Time) {
	if told || d.isPlaceTold {
		c.event(d.in.endEvent(d.place, endClaim, "", now))
	}
	d.in.forget(c, d.place)
	d.in.release(d.place, now)
	if d.prior == nil {
		return
	}
	if d.home == d.in {
		d.in.count.add(d.prior.State, 1)
	}
	if told || d.isEndTold {
		c.event(d.prior.event(d.prior.returned(), now))
	}
	d.home.bringBack(c, d.prior, now)
	d.home.settle(c, now)
}

// returned is the event of a place that is there again after its end was told.
func (p *Place) returned() EventName {
	if p.isQueued() {
		return EventPresent
	}
	return EventReconnected
}

// revoke kills the token that the attempt was about to hand out, if nothing has superseded it; those that it superseded
// work again.
func (d Decision) revoke() {
	in, p := d.in, d.place
	if in.tokens[d.token] != p {
		return
	}
	in.dropTokens(p)
	if p.SessionToken == d.token {
		p.SessionToken, p.tokenUntil = d.was.session, d.was.until
		if p.State == Grace {
			p.Reconnect, p.Resumed, p.Replaced = d.was.reconnect, d.was.resumed, d.was.replaced
		}
	}
	if p.Queue.Next == d.token {
		p.Queue.Next = d.was.queueNext
	}
	in.keepTokens(p)
	d.account.offers = append(d.account.offers, d.offers...)
}
