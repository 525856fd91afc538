package admission

import "time"

// enqueue gives a character the last place in the queue.
func (in *Instance) enqueue(c *Change, p *Place, now time.Time) {
	in.lastLine += lineStep
	p.Line = in.lastLine
	p.State = Waiting
	p.QueuedAt = now
	in.insert(c, p)
	in.deadlines.set(p, now.Add(PresenceWindow))
}

// lineStep leaves room between two line numbers for those whom an operator moves there.
const lineStep = 1 << 20

// present notes a sign of life of a queue place that has no socket.
func (in *Instance) present(c *Change, p *Place, now time.Time) {
	if p.State == Absent {
		in.move(p, Waiting)
		c.event(p.event(EventPresent, now))
		c.put(p)
	}
	if p.State != Waiting {
		return
	}
	due := now.Add(PresenceWindow)
	if p.conn != 0 {
		due = time.Time{} // the socket is the sign of life
	}
	in.deadlines.set(p, due)
}

func (in *Instance) markAbsent(c *Change, p *Place, reason string, now time.Time) {
	in.move(p, Absent)
	in.deadlines.set(p, now.Add(AbsenceLimit))
	e := p.event(EventAbsent, now)
	e.Reason = reason
	c.event(e)
	c.put(p)
}

// promote reserves a freed seat for a place; it keeps its rank until the seat is claimed.
func (in *Instance) promote(c *Change, p *Place, now time.Time) {
	in.move(p, Promoted)
	p.Session = SessionID(in.mint.UUID())
	p.SeatedAt = now
	in.deadlines.set(p, now.Add(in.ClaimWindow))
	e := p.event(EventPromoted, now)
	e.Data = map[string]any{"waitSeconds": seconds(now.Sub(p.QueuedAt))}
	c.event(e)
	if p.conn != 0 {
		in.seat(c, p)
	}
	c.put(p)
}

// missClaim takes the seat back. The first time the place returns to its own rank, absent: a blink at the
// worst moment costs nothing. The second time it is dropped.
func (in *Instance) missClaim(c *Change, p *Place, now time.Time) {
	p.Missed++
	if p.Missed >= maxMissed && in.Mode != ModeMaintenance { // there nobody is lost (I8)
		in.end(c, p, endClaim, "", now)
		return
	}
	c.event(p.event(EventClaimMissed, now))
	if p.conn != 0 {
		c.tell(Hangup{Conn: p.conn, Why: HangupClaimExpired})
		delete(in.conns, p.conn)
		p.conn = 0
	}
	in.dropTokens(p)
	p.Session, p.SeatedAt = "", time.Time{}
	p.SessionToken, p.Reconnect = TokenHash{}, TokenPair{}
	in.keepTokens(p)
	in.markAbsent(c, p, "claim missed", now)
}

const maxMissed = 2

// claim turns a promoted place into a session: it leaves the queue, and its queueTokens die.
func (in *Instance) claim(c *Change, p *Place, now time.Time) {
	wait := seconds(p.SeatedAt.Sub(p.QueuedAt))
	in.leaveQueue(p, now)
	in.dropTokens(p)
	p.SessionToken, p.Queue = TokenHash{}, TokenPair{} // a sessionToken is of no use beside an attached socket
	in.keepTokens(p)
	in.move(p, Active)
	in.deadlines.set(p, time.Time{})
	e := p.event(EventAdmitted, now)
	e.Data = map[string]any{"waitSeconds": wait}
	c.event(e)
}

func (in *Instance) leaveQueue(p *Place, now time.Time) {
	in.queue.remove(p)
	p.Line = 0
	in.pushes.want(now)
}

// Status is what a player reads of their place.
type Status struct {
	State        State
	Position     int
	Depth        int
	Estimate     Estimate
	Session      SessionID
	SessionToken string
	ClaimWithin  time.Duration
	None         Departure // why there is no place; "" where there is one
}

// Poll tells a character's place and counts as its sign of life. A promoted or reserved seat is handed out with
// a fresh sessionToken; its deadline does not move.
func (in *Instance) Poll(character CharacterID, now time.Time) (Status, *Change) {
	c := &Change{}
	p := in.characters[character]
	if p == nil {
		return Status{None: in.departures.reason(character, now)}, c
	}
	in.present(c, p, now)
	in.settle(c, now)
	st := Status{State: p.State, Session: p.Session}
	switch p.State {
	case Waiting, Absent:
		st.Position, st.Depth = in.queue.position(p), in.queue.size
		st.Estimate = in.Estimate(st.Position, now)
	case Promoted, Reserved:
		st.SessionToken, st.ClaimWithin = in.issueSessionToken(p, now)
		c.put(p)
	case Active, Grace:
	}
	return st, c
}

// The pace of pushed positions.
const (
	frontRanks    = 20
	frontInterval = time.Second
	restInterval  = 5 * time.Second
)

// pushes says when waiting sockets are told their new positions: those in front at most once a second, those
// behind once in five, however many changes there were.
type pushes struct {
	front, rest         time.Time // due; zero = nothing changed
	frontLast, restLast time.Time
}

func (p *pushes) want(now time.Time) {
	if p.front.IsZero() {
		p.front = latest(now, p.frontLast.Add(frontInterval))
	}
	if p.rest.IsZero() {
		p.rest = latest(now, p.restLast.Add(restInterval))
	}
}

func (p *pushes) next() time.Time {
	if p.front.IsZero() || !p.rest.IsZero() && p.rest.Before(p.front) {
		return p.rest
	}
	return p.front
}

// take reports which ranks are due now, and notes that they were served.
func (p *pushes) take(now time.Time) (front, rest bool) {
	if front = !p.front.IsZero() && !p.front.After(now); front {
		p.front, p.frontLast = time.Time{}, now
	}
	if rest = !p.rest.IsZero() && !p.rest.After(now); rest {
		p.rest, p.restLast = time.Time{}, now
	}
	return front, rest
}

func (in *Instance) pushPositions(c *Change, now time.Time) {
	front, rest := in.pushes.take(now)
	if !front && !rest {
		return
	}
	for position, p := range in.queue.all() {
		isFront := position <= frontRanks
		if !isFront && !rest {
			return
		}
		if isFront && !front || p.State != Waiting || p.conn == 0 || p.pushed == position {
			continue
		}
		p.pushed = position
		c.tell(Queued{Conn: p.conn, Position: position, Depth: in.queue.size, Estimate: in.Estimate(position, now)})
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
