package admission

import (
	"slices"
	"time"
)

// offerReplacement refuses, but tells how to take the attached session over after asking the player.
func (t *trial) offerReplacement() *Refusal {
	r := Refuse(AlreadyInSession)
	r.Existing = t.Instance.Existing(t.character.ID)
	if t.Instance.Replacement == ReplaceNever {
		return r
	}
	r.ReplaceToken, r.ReplaceWithin = t.Instance.mint.UUID(), OfferLife
	t.Account.offer(offer{
		hash: HashToken(r.ReplaceToken), place: t.place.Key, target: t.Target, until: t.now.Add(OfferLife),
	})
	return r
}

// replace passes an attached session's seat to a new session without it ever being free. The old session is
// left whole beside the maps, so that taking the replacement back is exact.
func (t *trial) replace() Decision {
	in, old := t.Instance, t.place
	e := old.event(EventDisconnected, t.now)
	e.Reason = "replace"
	e.Data = map[string]any{"sessionSeconds": seconds(t.now.Sub(old.SeatedAt))}
	t.c.event(e)
	t.c.tell(Hangup{Conn: old.conn, Why: HangupReplaced})
	in.setAside(t.c, old)
	p := t.newPlace()
	p.Replaced = true
	t.reserve(p)
	return t.admitted(p, Decision{made: true, prior: old})
}

func (in *Instance) setAside(c *Change, old *Place) {
	c.record(DropPlace{old.Key})
	old.isReplaced = true
	in.dropTokens(old)
	delete(in.characters, old.Character)
	in.count[old.State]--
}

// bringBack undoes setAside. If the old session's socket went meanwhile, it starts its grace now.
func (in *Instance) bringBack(c *Change, old *Place, now time.Time) {
	old.isReplaced = false
	in.insert(c, old)
	in.keepTokens(old)
	if old.conn == 0 {
		in.hold(c, old, now)
		return
	}
	c.put(old)
}

// Withdrawable reports whether the attempt's place, if it got one, still stands as it was decided.
func (d Decision) Withdrawable() bool {
	return d.place != nil && d.in.characters[d.place.Character] == d.place && !(d.made && d.place.conn != 0)
}

// Unsay takes out of a change that is not being written yet what its withdrawal makes untrue: the attempt's terminal
// event and, of a replacement, the end of the session that it brings back.
func (d Decision) Unsay() {
	c := d.Change
	c.Events = c.Events[:len(c.Events)-1]
	if d.prior == nil {
		return
	}
	c.Events = slices.DeleteFunc(c.Events, func(e Event) bool {
		return e.Name == EventDisconnected && e.Session == d.prior.Session
	})
}

// Untell keeps a replaced session's socket open, as long as it has not been told.
func (d Decision) Untell() {
	if d.prior == nil {
		return
	}
	d.Change.Effects = slices.DeleteFunc(d.Change.Effects, func(e Effect) bool {
		hangup, isHangup := e.(Hangup)
		return isHangup && hangup.Why == HangupReplaced
	})
}

// Withdraw takes a decision back whose outcome could not be told in time: nothing of the attempt remains.
// Told reports whether the attempt's terminal event is already being written; if not, it becomes a timeout.
// The instance's mutex is held.
func (d Decision) Withdraw(told bool, now time.Time) *Change {
	c := &Change{}
	if !d.Withdrawable() {
		return c
	}
	if !told {
		c.event(d.timeout(now))
	}
	if d.made {
		d.unmake(c, told, now)
	} else {
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
	if d.place.isQueued() {
		d.in.leaveQueue(d.place, now)
	}
	if d.prior == nil {
		return
	}
	d.in.bringBack(c, d.prior, now)
	if told {
		c.event(d.prior.event(EventReconnected, now)) // its end is in the log already
	}
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
