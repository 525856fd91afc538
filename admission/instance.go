package admission

import (
	"cmp"
	"slices"
	"time"
)

// Instance is one game instance: its seats, its queue and everybody in them. It is a state machine without
// lock, clock or I/O: the gate holds its mutex around every method, and carries out the [Change] that each returns.
type Instance struct {
	Settings

	id         InstanceID // Settings.ID, which is written with them: this one is read without the mutex
	mint       Minter
	characters map[CharacterID]*Place
	tokens     map[TokenHash]*Place
	conns      map[Conn]*Place
	count      counts
	queue      queue
	lastLine   uint64
	deadlines  deadlines
	departures departures
	pushes     pushes
	leavers    leavers
	superseded map[uint64]*Place // reconnectionTokens that are dead while their session lives
	aside      []*Place          // replaced, not yet for certain
	heartbeat  heartbeat
	isFrozen   bool // nothing can be written, so nobody is promoted
}

// NewInstance returns an empty instance.
func NewInstance(s Settings, mint Minter) *Instance {
	return &Instance{
		Settings:   s,
		id:         s.ID,
		mint:       mint,
		characters: make(map[CharacterID]*Place),
		tokens:     make(map[TokenHash]*Place),
		conns:      make(map[Conn]*Place),
		departures: departures{byCharacter: make(map[CharacterID]departed)},
		superseded: make(map[uint64]*Place),
	}
}

// Restore puts stored places back at a start: order kept, every deadline fresh, because downtime is never
// charged to players. names gives a character's name.
func (in *Instance) Restore(rows []PlaceRow, names func(CharacterID) string, now time.Time) *Change {
	slices.SortFunc(rows, func(a, b PlaceRow) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Key, b.Key)) })
	c, was := &Change{Claims: make([]Claim, 0, len(rows))}, counts{}
	in.characters, in.tokens = make(map[CharacterID]*Place, len(rows)), make(map[TokenHash]*Place, len(rows))
	for i := range rows {
		was.add(rows[i].State, 1)
		p := &Place{PlaceRow: rows[i], CharacterName: names(rows[i].Character), dueIndex: -1}
		in.insert(c, p)
		in.keepTokens(p)
		in.revive(p, now)
	}
	if len(rows) > 0 {
		c.event(Event{Time: now, Name: EventInstanceRecovered, Instance: in.ID, Data: map[string]any{
			"active": was.of(Active), "grace": was.of(Grace), "reserved": was.of(Reserved) + was.of(Promoted),
			"queued": was.of(Waiting) + was.of(Absent),
		}})
	}
	in.heartbeat.restart(in.IsLinked, now)
	in.leavers.watch(now, 0)
	in.settle(c, now)
	return c
}

// revive gives a restored place the state and the fresh deadline that a start owes it.
func (in *Instance) revive(p *Place, now time.Time) {
	switch p.State {
	case Active, Grace:
		in.move(p, Grace)
		in.deadlines.set(p, now.Add(in.Grace))
		p.tokenUntil = now.Add(in.ClaimWindow)
	case Reserved, Promoted:
		in.deadlines.set(p, now.Add(in.ClaimWindow))
		p.tokenUntil = p.due
	case Waiting, Absent:
		in.move(p, Waiting)
		in.deadlines.set(p, now.Add(PresenceWindow))
	}
}

// SeatsTaken counts reserved, active and grace seats (I1).
func (in *Instance) SeatsTaken() int {
	return in.count.of(Promoted) + in.count.of(Reserved) + in.count.of(Active) + in.count.of(Grace)
}

// Seats counts the seats taken by state; a promoted place counts as reserved.
func (in *Instance) Seats() (reserved, active, grace int) {
	return in.count.of(Promoted) + in.count.of(Reserved), in.count.of(Active), in.count.of(Grace)
}

// QueueDepth counts everybody in the queue, absent and promoted ones too.
func (in *Instance) QueueDepth() int { return in.queue.size }

// Place returns a character's place, or nil.
func (in *Instance) Place(character CharacterID) *Place { return in.characters[character] }

// NextDeadline returns when Expire has something to do; zero = not until something else happens. Of a frozen instance
// that is as soon as it may.
func (in *Instance) NextDeadline() time.Time {
	if in.isFrozen {
		return time.Unix(0, 0)
	}
	next := in.pushes.next()
	if p := in.deadlines.earliest(); p != nil {
		next = sooner(next, p.due)
	}
	return sooner(next, in.heartbeat.due)
}

// sooner returns the earlier of two deadlines, of which the zero time is none.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// Expire carries out what is due: lapsed claims, graces and presences, promotions, pushes of positions.
func (in *Instance) Expire(now time.Time) *Change {
	c := in.Lapse(now)
	in.pushPositions(c, now)
	return c
}

// Lapse is Expire for whoever tells no positions, such as a simulation: a push costs as much as the queue is long.
func (in *Instance) Lapse(now time.Time) *Change {
	c := &Change{}
	in.isFrozen = false
	for p := in.deadlines.earliest(); p != nil && !p.due.After(now); p = in.deadlines.earliest() {
		in.expire(c, p, now)
	}
	in.missHeartbeat(c, now)
	in.settle(c, now)
	return c
}

// Freeze lets nobody be promoted until Expire is called again: what cannot be written must not move anybody.
func (in *Instance) Freeze() { in.isFrozen = true }

// Thaw moves every deadline by the time that nothing could be written: nobody pays for a full disk.
func (in *Instance) Thaw(outage time.Duration) {
	for _, p := range in.deadlines { // all by the same, so the heap stays in order
		p.due = p.due.Add(outage)
	}
	for _, p := range in.characters {
		p.tokenUntil = p.tokenUntil.Add(outage)
	}
	for _, p := range in.aside {
		p.paused, p.tokenUntil = p.paused.Add(outage), p.tokenUntil.Add(outage)
	}
	in.heartbeat.thaw(outage)
}

func (in *Instance) expire(c *Change, p *Place, now time.Time) {
	switch p.State {
	case Waiting:
		in.markAbsent(c, p, "no sign of life", now)
	case Absent:
		if in.Mode == ModeMaintenance { // nobody is lost while nobody can move (I8)
			in.deadlines.set(p, now.Add(AbsenceLimit))
			return
		}
		in.end(c, p, endAbandoned, "", now)
	case Promoted:
		in.missClaim(c, p, now)
	case Reserved:
		in.end(c, p, endClaim, "", now)
	case Grace:
		in.end(c, p, endGrace, "", now)
	case Active:
		in.deadlines.set(p, time.Time{}) // an attached session ends by its socket, never by time
	}
}

// moves reports whether the queue may move at all.
func (in *Instance) moves() bool {
	return in.Mode != ModeMaintenance && !in.heartbeat.isDown && !in.isFrozen
}

// settle promotes while a seat is free and somebody present waits (I4), in order (I3).
func (in *Instance) settle(c *Change, now time.Time) {
	for in.moves() && in.SeatsTaken() < in.Capacity {
		p := in.queue.next()
		if p == nil {
			return
		}
		in.promote(c, p, now)
	}
}

// insert makes a place known. Its row is written by the caller once it is complete.
func (in *Instance) insert(c *Change, p *Place) {
	in.characters[p.Character] = p
	in.count.add(p.State, 1)
	c.Claims = append(c.Claims, Claim{Character: p.Character, Instance: in.ID})
	if p.isQueued() {
		in.lastLine = max(in.lastLine, p.Line)
		in.queue.push(p)
		in.queue.mark(p, p.State == Waiting)
	}
}

// move changes a place's state and everything that is counted by it.
func (in *Instance) move(p *Place, to State) {
	in.count.add(p.State, -1)
	in.count.add(to, 1)
	p.State = to
	if p.isQueued() {
		in.queue.mark(p, to == Waiting)
	}
}

// keepTokens makes every token of a place findable, dropTokens none.
func (in *Instance) keepTokens(p *Place) {
	for _, h := range p.liveTokens() {
		if !h.IsZero() {
			in.tokens[h] = p
		}
	}
}

func (in *Instance) dropTokens(p *Place) {
	for _, h := range p.liveTokens() {
		delete(in.tokens, h)
	}
}

// retire makes the tokens of a session dead that is about to get a new one.
func (in *Instance) retire(p *Place) {
	in.dropTokens(p)
	in.supersede(p, p.Reconnect.Current)
	in.supersede(p, p.Reconnect.Next)
	p.SessionToken, p.Reconnect = TokenHash{}, TokenPair{}
}

func (p *Place) liveTokens() [5]TokenHash {
	return [5]TokenHash{p.SessionToken, p.Reconnect.Current, p.Reconnect.Next, p.Queue.Current, p.Queue.Next}
}
