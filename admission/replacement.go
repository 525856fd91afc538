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
	r.Existing = obstacle.existing()
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

// replace passes an attached session's seat to a new session without it ever being free.
func (t *trial) replace() Decision {
	u := t.setAside(t.Instance, t.place, endReplaced)
	t.Instance.count.add(t.place.State, -1)
	p := t.newPlace()
	p.Replaced = true
	t.reserve(p)
	return t.admitted(p, u)
}

// vacate ends the character's place on the other instance, if there is one, with this change.
func (t *trial) vacate() *undo {
	if t.away == nil {
		return &undo{made: true}
	}
	u := t.setAside(t.Other, t.away, endMoved)
	t.c.Events[len(t.c.Events)-1].Data["to"] = t.Target
	t.Other.departures.remember(t.away.Character, Transferred, t.now)
	t.Other.noteDrained(t.c, t.now)
	return u
}

// setAside ends a place with this change. In memory it stays whole, with its tokens and its seat or rank, until the change
// is durable and [Decision.Complete] lets go of it, so that taking it back is exact.
func (t *trial) setAside(home *Instance, old *Place, why ending) *undo {
	t.c.event(home.endEvent(old, why, "", t.now))
	if old.conn != 0 {
		t.c.tell(Hangup{Conn: old.conn, Why: why.hangup})
	}
	old.isReplaced, old.paused = true, old.due
	home.hide(t.c, old)
	if old.isQueued() {
		home.queue.mark(old, false)
	}
	home.aside = append(home.aside, old)
	t.c.places = append(t.c.places, old) // who comes back to it waits for what becomes of this
	return &undo{made: true, prior: old, home: home, change: t.c}
}

// Home is where the place stands that the decision replaces; "" = it replaces none. It needs no instance's mutex, which the
// caller takes after it.
func (d Decision) Home() InstanceID {
	if d.undo == nil || d.prior == nil {
		return ""
	}
	return d.home.id
}

// Complete lets go of what the decision replaced, once it is durable: of a place on another instance, the seat or the rank
// goes to the next. The mutex of home is held. A decision that replaces nothing is complete as it is.
func (d Decision) Complete(now time.Time) *Change {
	c := &Change{}
	d.complete(c, now)
	return c
}

func (d Decision) complete(c *Change, now time.Time) {
	if d.Home() == "" {
		return
	}
	d.change = nil // it is told, and the way back is kept for a while
	d.home.takeUp(d.prior)
	d.home.killTokens(d.prior)
	if d.home == d.in { // the seat has passed over
		delete(d.in.conns, d.prior.conn)
		return
	}
	d.home.depart(d.prior, now)
	d.home.settle(c, now)
}

// takeUp ends a place's being set aside.
func (in *Instance) takeUp(p *Place) {
	in.aside = slices.DeleteFunc(in.aside, func(other *Place) bool { return other == p })
}

// bringBack undoes setAside. If the old place's socket went meanwhile, it is treated as dropped now; if the instance was
// closed meanwhile, it ends.
func (in *Instance) bringBack(c *Change, old *Place, now time.Time) {
	in.takeUp(old)
	old.isReplaced = false
	in.characters[old.Character] = old
	c.Claims = append(c.Claims, Claim{Character: old.Character, Instance: in.ID})
	switch {
	case old.isClosed:
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
