package admission

import (
	"slices"
	"time"
)

// obstacle is the place that keeps the attempt from having another one: on another instance, or attached here.
func (t *trial) obstacle() *Place {
	if t.away != nil || t.place == nil || t.place.State != Active {
		return t.away
	}
	return t.place
}

// mayReplace reports whether the player may be asked to give the obstacle up for a place here.
func (t *trial) mayReplace(obstacle *Place) bool {
	switch {
	case t.away == nil:
		return t.Instance.Replacement != ReplaceNever
	case obstacle.isQueued():
		return true
	default:
		return t.Instance.Replacement == ReplaceAnywhere
	}
}

// stands refuses because of a place that stands already. Where the policy allows, it tells how to give that up after
// asking the player.
func (t *trial) stands(obstacle *Place) *Refusal {
	r := Refuse(AlreadyInSession)
	if obstacle.isQueued() {
		r = Refuse(AlreadyQueued)
	}
	r.Existing = &Existing{Instance: obstacle.Instance, State: obstacle.State, Since: obstacle.since()}
	if !t.mayReplace(obstacle) {
		return r
	}
	r.ReplaceToken, r.ReplaceWithin = t.Instance.mint.UUID(), OfferLife
	t.Account.offer(offer{
		hash: HashToken(r.ReplaceToken), place: obstacle.Key, wasQueued: obstacle.isQueued(), target: t.Target,
		until: t.now.Add(OfferLife),
	})
	return r
}

// replace passes an attached session's seat to a new session without it ever being free. The old session is
// left whole beside the maps, so that taking the replacement back is exact.
func (t *trial) replace() Decision {
	in, old := t.Instance, t.place
	t.c.event(in.endEvent(old, endReplaced, "", t.now))
	t.c.tell(Hangup{Conn: old.conn, Why: HangupReplaced})
	in.setAside(t.c, old)
	in.count[old.State]--
	p := t.newPlace()
	p.Replaced = true
	t.reserve(p)
	return t.admitted(p, Decision{made: true, prior: old, home: in})
}

// vacate ends the character's place on the other instance with this change. In memory it keeps its seat or rank until
// the change is durable and [Decision.Complete] lets go of it, so that taking the move back is exact.
func (t *trial) vacate() Decision {
	if t.away == nil {
		return Decision{made: true}
	}
	home, old := t.Other, t.away
	moved := home.endEvent(old, endMoved, "", t.now)
	moved.Data["to"] = t.Target
	t.c.event(moved)
	if old.conn != 0 {
		t.c.tell(Hangup{Conn: old.conn, Why: HangupReplaced})
	}
	old.paused = old.due
	home.setAside(t.c, old)
	if old.isQueued() {
		home.queue.mark(old, false)
	}
	home.departures.remember(old.Character, Transferred, t.now)
	home.noteDrained(t.c, t.now)
	return Decision{made: true, prior: old, home: home}
}

func (in *Instance) setAside(c *Change, old *Place) {
	old.isReplaced = true
	in.forget(c, old)
}

// Home is where the place stands that the decision moves away from; "" = it moves nothing.
func (d Decision) Home() InstanceID {
	if d.prior == nil || d.home == d.in {
		return ""
	}
	return d.home.ID
}

// Complete lets go of what a move left behind at home, once it is durable: the seat or the rank goes to the next. The
// mutex of home is held. A decision that moves nothing is complete as it is.
func (d Decision) Complete(now time.Time) *Change {
	c := &Change{}
	d.complete(c, now)
	return c
}

func (d Decision) complete(c *Change, now time.Time) {
	if d.Home() == "" {
		return
	}
	d.home.depart(d.prior, now)
	d.home.settle(c, now)
}

// bringBack undoes setAside. If the old place's socket went meanwhile, it is treated as dropped now.
func (in *Instance) bringBack(c *Change, old *Place, now time.Time) {
	old.isReplaced = false
	in.characters[old.Character] = old
	c.Claims = append(c.Claims, Claim{Character: old.Character, Instance: in.ID})
	in.keepTokens(old)
	switch {
	case in.Mode == ModeClosed:
		in.end(c, old, endClosed, in.Message, now)
		return
	case old.State == Active && old.conn == 0:
		in.hold(c, old, now)
		return
	case old.State == Waiting:
		in.queue.mark(old, true)
		in.present(c, old, now)
	case old.State != Active:
		in.deadlines.set(old, old.paused)
	}
	c.put(old)
}

// Withdrawable reports whether the attempt's place, if it got one, still stands as it was decided.
func (d Decision) Withdrawable() bool {
	return d.place != nil && d.in.characters[d.place.Character] == d.place && !(d.made && d.place.conn != 0)
}

// Unsay takes out of a change that is not being written yet what its withdrawal makes untrue: the attempt's terminal
// event and, of a replacement or a move, the end of the place that it brings back.
func (d Decision) Unsay() {
	c := d.Change
	c.Events = c.Events[:len(c.Events)-1]
	if d.prior == nil || !d.Withdrawable() {
		return
	}
	began := slices.IndexFunc(c.Events, func(e Event) bool { return e.Name == EventAttempt })
	c.Events = c.Events[:began+1]
}

// Untell keeps a replaced place's socket open, as long as it has not been told.
func (d Decision) Untell() {
	if d.prior == nil || !d.Withdrawable() {
		return
	}
	d.Change.Effects = slices.DeleteFunc(d.Change.Effects, func(e Effect) bool {
		hangup, isHangup := e.(Hangup)
		return isHangup && hangup.Why == HangupReplaced
	})
}

// Withdraw takes a decision back whose outcome could not be told in time: nothing of the attempt remains.
// Told reports whether the attempt's terminal event is already being written; if not, it becomes a timeout. A place that
// something else has ended meanwhile is not brought back, and neither is the one that it replaced.
// The mutexes of the instance and of [Decision.Home] are held.
func (d Decision) Withdraw(told bool, now time.Time) *Change {
	c := &Change{}
	if !told {
		c.event(d.timeout(now))
	}
	switch {
	case !d.Withdrawable():
		d.complete(c, now)
		return c
	case d.made:
		d.unmake(c, told, now)
	default:
		d.revoke(c)
	}
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

// unmake removes the place that the attempt made.
func (d Decision) unmake(c *Change, told bool, now time.Time) {
	if told {
		c.event(d.in.endEvent(d.place, endClaim, "", now))
	}
	d.in.forget(c, d.place)
	d.in.release(d.place, now)
	if d.prior == nil {
		return
	}
	if d.home == d.in {
		d.in.count[d.prior.State]++
	}
	d.home.bringBack(c, d.prior, now)
	if told { // its end is in the log already
		c.event(d.prior.event(d.prior.returned(), now))
	}
	d.home.settle(c, now)
}

// returned is the event of a place that is there again after all.
func (p *Place) returned() EventName {
	if p.isQueued() {
		return EventPresent
	}
	return EventReconnected
}

// revoke kills the token that the attempt was about to hand out for a place that stands anyway; those that it
// superseded work again.
func (d Decision) revoke(c *Change) {
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
	c.put(p)
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
