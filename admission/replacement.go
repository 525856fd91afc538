package admission

import "time"

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
	t.Account.settleOffers(old.Key)
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
	return d.place != nil && d.in.characters[d.place.Character] == d.place
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
		c.event(Event{
			Time: now, Name: EventTimeout, Instance: d.in.ID, Attempt: d.Outcome.Attempt, Account: d.place.Account,
			Character: d.place.Character, Reason: string(TimedOut),
		})
	}
	switch {
	case !d.made:
		d.in.revoke(c, d.place, d.token)
	case d.place.conn == 0:
		d.unmake(c, told, now)
	}
	d.in.settle(c, now)
	return c
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
	if d.prior != nil {
		d.in.bringBack(c, d.prior, now)
	}
}

// revoke kills the token that the attempt was about to hand out for a place that stands anyway.
func (in *Instance) revoke(c *Change, p *Place, token TokenHash) {
	if in.tokens[token] != p {
		return
	}
	delete(in.tokens, token)
	if p.SessionToken == token {
		p.SessionToken = TokenHash{}
	}
	if p.Queue.Next == token {
		p.Queue.Next = TokenHash{}
	}
	c.put(p)
}
