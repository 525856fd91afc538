package admission

import "time"

// Departure is the reason that is remembered of a place that ended.
type Departure string

// The departures of the contract, section 5.
const (
	NeverQueued  Departure = "NEVER_QUEUED"
	Left         Departure = "LEFT"
	Abandoned    Departure = "ABANDONED"
	ClaimExpired Departure = "CLAIM_EXPIRED"
	Transferred  Departure = "TRANSFERRED"
	Removed      Departure = "REMOVED"
	Closed       Departure = "CLOSED"
	Ended        Departure = "ENDED"
)

// ending is one way for a place to end: what is remembered, the event of a place that was queued and the reason
// of a session that was not, and what its socket hears.
type ending struct {
	departure Departure
	queue     EventName
	session   string
	hangup    HangupReason
}

var (
	endLeft      = ending{Left, EventQueueLeft, "user", HangupLeft}
	endGrace     = ending{Ended, "", "grace_expired", ""}
	endClaim     = ending{ClaimExpired, EventQueueClaimExpired, "claim_expired", HangupClaimExpired}
	endReplaced  = ending{Ended, "", "replace", HangupReplaced}
	endMoved     = ending{Transferred, EventQueueTransferred, "replace", HangupReplaced}
	endAbandoned = ending{Abandoned, EventQueueAbandoned, "", HangupPlaceGone}
	endRemoved   = ending{Removed, EventQueueRemoved, "removed", HangupRemoved}
	endClosed    = ending{Closed, EventQueueClosed, "closed", HangupClosed}
)

// end takes a place away for good. The caller settles the instance afterwards.
func (in *Instance) end(c *Change, p *Place, why ending, message string, now time.Time) {
	c.event(in.endEvent(p, why, message, now))
	if p.conn != 0 && why.hangup != "" {
		c.tell(Hangup{Conn: p.conn, Why: why.hangup, Message: message})
	}
	in.forget(c, p)
	in.departures.remember(p.Character, why.departure, now)
	in.noteDrained(c, now)
	in.depart(p, now)
}

// depart releases a place whose player is gone, which says something of how long others wait.
func (in *Instance) depart(p *Place, now time.Time) {
	if !p.isQueued() {
		in.leavers.depart(now, in.SeatsTaken())
	}
	in.release(p, now)
}

// release frees the rank or the seat of a place that is forgotten.
func (in *Instance) release(p *Place, now time.Time) {
	in.count.add(p.State, -1)
	delete(in.conns, p.conn)
	if p.isQueued() {
		in.leaveQueue(p, now)
	}
}

func (in *Instance) noteDrained(c *Change, now time.Time) {
	if in.Mode == ModeDraining && len(in.characters) == 0 {
		c.event(Event{Time: now, Name: EventInstanceDrained, Instance: in.ID})
	}
}

func (in *Instance) endEvent(p *Place, why ending, message string, now time.Time) Event {
	if p.isQueued() {
		e := p.event(why.queue, now)
		e.Reason = message
		e.Data = map[string]any{"waitSeconds": seconds(now.Sub(p.QueuedAt))}
		return e
	}
	e := p.event(EventDisconnected, now)
	e.Reason = why.session
	e.Data = map[string]any{"sessionSeconds": seconds(now.Sub(p.SeatedAt))}
	if message != "" {
		e.Data["message"] = message
	}
	return e
}

// forget makes a place unknown. It keeps its rank or seat until it is released.
func (in *Instance) forget(c *Change, p *Place) {
	in.hide(c, p)
	in.killTokens(p)
}

// hide makes a place unknown to all but those who hold its tokens.
func (in *Instance) hide(c *Change, p *Place) {
	c.record(DropPlace{p.Key})
	c.Claims = append(c.Claims, Claim{Character: p.Character})
	in.deadlines.set(p, time.Time{})
	delete(in.characters, p.Character)
}

func seconds(d time.Duration) float64 { return float64(d.Milliseconds()) / 1000 }

// departures remembers for a while why places ended.
type departures struct {
	byCharacter map[CharacterID]departed
	order       []departed
}

type departed struct {
	character CharacterID
	why       Departure
	at        time.Time
}

func (d *departures) remember(character CharacterID, why Departure, now time.Time) {
	d.prune(now)
	gone := departed{character, why, now}
	d.byCharacter[character] = gone
	d.order = append(d.order, gone)
}

func (d *departures) prune(now time.Time) {
	for len(d.order) > 0 && now.Sub(d.order[0].at) >= DepartureMemory {
		oldest := d.order[0]
		d.order = d.order[1:]
		if d.byCharacter[oldest.character] == oldest {
			delete(d.byCharacter, oldest.character)
		}
	}
}

// reason tells why a character has no place.
func (d *departures) reason(character CharacterID, now time.Time) Departure {
	d.prune(now)
	if gone, found := d.byCharacter[character]; found {
		return gone.why
	}
	return NeverQueued
}
