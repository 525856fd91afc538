package admission

import "time"

// TokenKind is which of its tokens a socket presents.
type TokenKind int

// The tokens that attach a socket.
const (
	SessionTokenKind TokenKind = iota
	ReconnectionTokenKind
	QueueTokenKind
)

// Attach binds a socket to the place that the token belongs to. It reports false for a token that is unknown,
// used, superseded or expired; then nothing has changed. A socket that was attached before is taken over.
func (in *Instance) Attach(token string, kind TokenKind, conn Conn, now time.Time) (attached bool, c *Change) {
	c = &Change{}
	hash := HashToken(token)
	if !in.Accepts(token, kind, now) {
		in.noteReplay(c, hash, now)
		return false, c
	}
	p := in.tokens[hash]
	p.last = nil // whoever has a token of it was answered
	in.bind(c, p, conn)
	if p.State == Waiting || p.State == Absent {
		in.attachWaiting(c, p, hash, now)
	} else {
		in.attachSeat(c, p, hash, kind, now)
	}
	in.brief(c, conn) // after the frame of its place, before that of a promotion
	in.settle(c, now)
	return true, c
}

// Accepts reports whether a token would attach a socket.
func (in *Instance) Accepts(token string, kind TokenKind, now time.Time) bool {
	hash := HashToken(token)
	p := in.tokens[hash]
	return p != nil && !p.isReplaced && p.accepts(hash, kind, now)
}

func (p *Place) accepts(hash TokenHash, kind TokenKind, now time.Time) bool {
	switch kind {
	case SessionTokenKind:
		return hash == p.SessionToken && now.Before(p.tokenUntil)
	case ReconnectionTokenKind:
		return hash == p.Reconnect.Current || hash == p.Reconnect.Next
	default:
		return hash == p.Queue.Current || hash == p.Queue.Next
	}
}

// Knows reports the newest journal entry of the place that a token belongs to: whoever attaches with it
// while that entry is unwritten has to wait.
func (in *Instance) Knows(token string) (entry uint64) {
	if p := in.tokens[HashToken(token)]; p != nil {
		return p.Written
	}
	return 0
}

func (in *Instance) bind(c *Change, p *Place, conn Conn) {
	if p.conn != 0 {
		c.tell(Hangup{Conn: p.conn, Why: HangupTakenOver})
		delete(in.conns, p.conn)
	}
	p.conn = conn
	in.conns[conn] = p
}

func (in *Instance) attachWaiting(c *Change, p *Place, used TokenHash, now time.Time) {
	delete(in.tokens, p.Queue.use(used))
	next := in.issueQueueToken(p)
	in.present(c, p, now)
	p.pushed = in.queue.position(p)
	c.tell(Queued{Conn: p.conn, Position: p.pushed, Depth: in.queue.size, Estimate: in.Estimate(p.pushed, now), QueueToken: next})
	c.put(p)
}

func (in *Instance) attachSeat(c *Change, p *Place, used TokenHash, kind TokenKind, now time.Time) {
	delete(in.tokens, p.SessionToken) // single use, and of no use beside an attached socket
	p.SessionToken = TokenHash{}
	if kind == ReconnectionTokenKind {
		c.event(p.event(EventReconnectAttempt, now))
		in.supersede(p, p.Reconnect.use(used))
		p.Resumed, p.Replaced = true, false
	}
	if p.State == Promoted {
		in.claim(c, p, now)
	}
	in.move(p, Active)
	in.deadlines.set(p, time.Time{})
	in.seat(c, p)
	if kind == ReconnectionTokenKind {
		c.event(p.event(EventReconnected, now))
	}
	c.put(p)
}

// seat tells the attached socket that the seat is its own, with the next reconnectionToken.
func (in *Instance) seat(c *Change, p *Place) {
	token := in.mint.UUID()
	hash := HashToken(token)
	in.supersede(p, p.Reconnect.issue(hash))
	in.tokens[hash] = p
	c.tell(Seated{
		Conn: p.conn, Instance: in.ID, Session: p.Session, Account: p.Account, Character: p.Character,
		CharacterName: p.CharacterName, ReconnectionToken: token, Grace: in.Grace,
		Resumed: p.Resumed, Replaced: p.Replaced, Upstream: in.Upstream, Unclaimed: p.State == Promoted,
	})
}

// Ack confirms that the socket stored its newest reconnectionToken; what came before it dies.
// From a socket that was taken over it is ignored.
func (in *Instance) Ack(conn Conn, now time.Time) *Change {
	c := in.Hear(conn, now)
	p := in.conns[conn]
	if p == nil || p.conn != conn || p.isReplaced || p.State != Active || p.Reconnect.Next.IsZero() {
		return c
	}
	in.supersede(p, p.Reconnect.confirm())
	c.put(p)
	return c
}

// Hear takes a frame or pong as the claim of a seat that the socket was promoted to.
func (in *Instance) Hear(conn Conn, now time.Time) *Change {
	c := &Change{}
	p := in.conns[conn]
	if p == nil || p.State != Promoted || p.conn != conn || p.isReplaced {
		return c
	}
	in.claim(c, p, now)
	c.put(p)
	return c
}

// Drop tells that a socket is gone without a leave. A session goes into grace, a queue place keeps its rank.
func (in *Instance) Drop(conn Conn, now time.Time) *Change {
	c := &Change{}
	p := in.conns[conn]
	delete(in.conns, conn)
	if p == nil || p.conn != conn {
		return c
	}
	p.conn = 0
	switch {
	case p.isReplaced:
	case p.State == Active:
		in.hold(c, p, now)
	case p.State == Waiting:
		in.present(c, p, now)
	}
	return c
}

// hold keeps the seat of a session whose line dropped.
func (in *Instance) hold(c *Change, p *Place, now time.Time) {
	in.move(p, Grace)
	in.deadlines.set(p, now.Add(in.Grace))
	e := p.event(EventDisconnected, now)
	e.Reason = "network"
	e.Data = map[string]any{"graceSeconds": seconds(in.Grace)}
	c.event(e)
	c.put(p)
}

// Leave ends the place behind a socket because its player says so.
func (in *Instance) Leave(conn Conn, now time.Time) *Change {
	return in.endAttached(conn, endLeft, "", now)
}

// Expel ends the place behind a socket that broke the protocol.
func (in *Instance) Expel(conn Conn, now time.Time) *Change {
	return in.endAttached(conn, endRemoved, "broke the protocol", now)
}

func (in *Instance) endAttached(conn Conn, why ending, message string, now time.Time) *Change {
	p := in.conns[conn]
	if p == nil || p.conn != conn || p.isReplaced { // if the replacement is taken back, the session finds itself dropped
		return in.Drop(conn, now)
	}
	return in.finish(p, why, message, now)
}

// LeaveSession ends a character's session if it is this one; anything else is left alone.
func (in *Instance) LeaveSession(character CharacterID, session SessionID, now time.Time) *Change {
	p := in.characters[character]
	if p == nil || p.Session != session {
		return &Change{}
	}
	return in.finish(p, endLeft, "", now)
}

// LeaveQueue gives up a character's queue place, also a promoted one that is unclaimed.
func (in *Instance) LeaveQueue(character CharacterID, now time.Time) *Change {
	p := in.queued(character)
	if p == nil {
		return &Change{}
	}
	return in.finish(p, endLeft, "", now)
}

// queued returns a character's place in the queue, or nil.
func (in *Instance) queued(character CharacterID) *Place {
	if p := in.characters[character]; p != nil && p.isQueued() {
		return p
	}
	return nil
}

// Remove ends a character's place on an operator's word; reason may be shown to the player.
func (in *Instance) Remove(character CharacterID, reason string, now time.Time) *Change {
	p := in.characters[character]
	if p == nil {
		return &Change{}
	}
	return in.finish(p, endRemoved, reason, now)
}

func (in *Instance) finish(p *Place, why ending, message string, now time.Time) *Change {
	c := &Change{}
	in.end(c, p, why, message, now)
	in.settle(c, now)
	return c
}

// issueSessionToken hands out the token of the first attach; an earlier one dies. No deadline moves.
func (in *Instance) issueSessionToken(p *Place, now time.Time) (token string, within time.Duration) {
	delete(in.tokens, p.SessionToken)
	token = in.mint.UUID()
	p.SessionToken = HashToken(token)
	in.tokens[p.SessionToken] = p
	p.tokenUntil = sooner(now.Add(in.ClaimWindow), p.due)
	return token, p.tokenUntil.Sub(now)
}

func (in *Instance) issueQueueToken(p *Place) string {
	token := in.mint.UUID()
	hash := HashToken(token)
	delete(in.tokens, p.Queue.issue(hash))
	in.tokens[hash] = p
	return token
}
