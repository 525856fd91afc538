package admission

import "time"

// RepeatMemory is how long an attempt with an id of its client's own is remembered.
const RepeatMemory = 60 * time.Second

// standing returns the place that the outcome gave out, if it is still there, or nil.
func (d Decision) standing() *Place {
	if d.place == nil || d.in.characters[d.place.Character] != d.place {
		return nil
	}
	return d.place
}

// Repeat answers an attempt again that was asked twice, for a client that did not hear the answer: no check, no count, no
// event. If its place still stands, it hands out a fresh token for it; no deadline moves. Of a session in grace the
// older tokens die, as with any reclaim. The instance's mutex is held.
func (d Decision) Repeat(now time.Time) (Outcome, *Change) {
	p, c := d.standing(), &Change{}
	if p == nil {
		return d.Outcome, c
	}
	o := Outcome{Kind: OutcomeAdmitted, Attempt: d.Outcome.Attempt, Character: p.Character, Session: p.Session}
	switch {
	case p.isQueued():
		o.Kind, o.Session = OutcomeQueued, ""
		o.Position, o.Depth = d.in.queue.position(p), d.in.queue.size
		o.Estimate = d.in.Estimate(o.Position, now)
		o.QueueToken = d.in.issueQueueToken(p)
	default:
		if p.State == Grace {
			d.in.retire(p)
			p.Resumed, p.Replaced = true, false
		}
		o.SessionToken, o.ClaimWithin = d.in.issueSessionToken(p, now)
		o.Resumed, o.Replaced = p.Resumed, p.Replaced
	}
	c.put(p)
	return o, c
}
