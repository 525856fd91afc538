package admission_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"gatekeeper/admission"
)

// world is an instance with players around it, in a time that only passes when a test says so.
type world struct {
	t    *testing.T
	now  time.Time
	in   *admission.Instance
	mint *counter
	rows map[admission.PlaceKey]admission.PlaceRow // what a store would hold
	log  []admission.Event
	told map[admission.Conn][]admission.Effect
}

// counter mints ids that tests can read.
type counter struct{ ids, keys int }

func (c *counter) UUID() string {
	c.ids++
	return fmt.Sprintf("00000000-0000-4000-8000-%012d", c.ids)
}

func (c *counter) PlaceKey() admission.PlaceKey {
	c.keys++
	return admission.PlaceKey(c.keys)
}

func newWorld(t *testing.T, edit func(*admission.Settings)) *world {
	t.Helper()
	settings := admission.DefaultSettings("main")
	settings.Capacity = 1
	if edit != nil {
		edit(&settings)
	}
	w := &world{
		t: t, now: time.Date(2026, 1, 2, 20, 0, 0, 0, time.UTC), mint: &counter{},
		rows: map[admission.PlaceKey]admission.PlaceRow{}, told: map[admission.Conn][]admission.Effect{},
	}
	w.in = admission.NewInstance(settings, w.mint)
	return w
}

// did stores a change and delivers its effects, as the gate would after the commit.
func (w *world) did(c *admission.Change) {
	for _, record := range c.Records {
		switch r := record.(type) {
		case admission.PutPlace:
			w.rows[r.Row.Key] = r.Row
		case admission.DropPlace:
			delete(w.rows, r.Key)
		}
	}
	w.log = append(w.log, c.Events...)
	for _, effect := range c.Effects {
		switch e := effect.(type) {
		case admission.Seated:
			w.told[e.Conn] = append(w.told[e.Conn], e)
		case admission.Queued:
			w.told[e.Conn] = append(w.told[e.Conn], e)
		case admission.Hangup:
			w.told[e.Conn] = append(w.told[e.Conn], e)
		case admission.Notice:
			for _, conn := range e.Conns {
				w.told[conn] = append(w.told[conn], e)
			}
		}
	}
}

// passes lets time go by; whatever falls due on the way happens at its own time.
func (w *world) passes(d time.Duration) {
	end := w.now.Add(d)
	for {
		next := w.in.NextDeadline()
		if next.IsZero() || next.After(end) {
			break
		}
		w.now = latest(w.now, next)
		w.did(w.in.Expire(w.now))
	}
	w.now = end
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// restarts builds the instance anew from what the store holds.
func (w *world) restarts() {
	rows := make([]admission.PlaceRow, 0, len(w.rows))
	for row := range maps.Values(w.rows) {
		rows = append(rows, row)
	}
	w.in = admission.NewInstance(w.in.Settings, w.mint)
	w.did(w.in.Restore(rows, func(id admission.CharacterID) string { return string(id) }, w.now))
}

func (w *world) applies(edit func(*admission.Settings)) {
	w.t.Helper()
	settings := w.in.Settings
	edit(&settings)
	c, err := w.in.Apply(settings, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	w.did(c)
}

// events counts the events of a name.
func (w *world) events(name admission.EventName) (n int) {
	for _, e := range w.log {
		if e.Name == name {
			n++
		}
	}
	return n
}

func (w *world) seats(want int) {
	w.t.Helper()
	if got := w.in.SeatsTaken(); got != want {
		w.t.Errorf("%d seats are taken, want %d", got, want)
	}
}

// player is an account with one active character, and what its client knows.
type player struct {
	w        *world
	account  *admission.Account
	id       admission.CharacterID
	build    string
	conn     admission.Conn
	decision admission.Decision
	// tokens as they were given last
	session, queue, reconnection string
	sessionID                    admission.SessionID
}

var lastConn admission.Conn

func (w *world) player(name string) *player {
	a := admission.NewAccount(admission.AccountRow{ID: admission.AccountID("account-" + name), Name: name})
	if _, _, err := a.AddCharacter(admission.CharacterID(name), name, w.now); err != nil {
		w.t.Fatal(err)
	}
	if _, err := a.Activate(admission.CharacterID(name)); err != nil {
		w.t.Fatal(err)
	}
	return &player{w: w, account: a, id: admission.CharacterID(name)}
}

func (w *world) players(names ...string) []*player {
	list := make([]*player, len(names))
	for i, name := range names {
		list[i] = w.player(name)
	}
	return list
}

func (p *player) attempt() admission.Attempt {
	return admission.Attempt{
		ID: admission.AttemptID(p.w.mint.UUID()), Account: p.account, Target: p.w.in.ID, Instance: p.w.in,
		ActiveAtArrival: p.account.Active, Build: p.build,
	}
}

func (p *player) tries(edit func(*admission.Attempt)) admission.Outcome {
	a := p.attempt()
	if edit != nil {
		edit(&a)
	}
	p.decision = admission.Connect(a, p.w.now)
	p.w.did(p.decision.Change)
	o := p.decision.Outcome
	if o.SessionToken != "" {
		p.session, p.sessionID = o.SessionToken, o.Session
	}
	if o.QueueToken != "" {
		p.queue = o.QueueToken
	}
	return o
}

func (p *player) connects() admission.Outcome { return p.tries(nil) }

func (p *player) isAdmitted() *player {
	p.w.t.Helper()
	if o := p.connects(); o.Kind != admission.OutcomeAdmitted {
		p.w.t.Fatalf("%s is %s %+v, want admitted", p.id, o.Kind, o.Refusal)
	}
	return p
}

func (p *player) isQueuedAt(position int) *player {
	p.w.t.Helper()
	if o := p.connects(); o.Kind != admission.OutcomeQueued || o.Position != position {
		p.w.t.Fatalf("%s is %s at %d %+v, want queued at %d", p.id, o.Kind, o.Position, o.Refusal, position)
	}
	return p
}

func (p *player) isRefused(want admission.Reason) *admission.Refusal {
	p.w.t.Helper()
	o := p.connects()
	if o.Kind != admission.OutcomeFailed || o.Refusal.Reason != want {
		p.w.t.Fatalf("%s is %s %+v, want %s", p.id, o.Kind, o.Refusal, want)
	}
	return o.Refusal
}

// attachesWith presents a token on a new socket and reports whether it was good.
func (p *player) attachesWith(token string, kind admission.TokenKind) bool {
	lastConn++
	attached, c := p.w.in.Attach(token, kind, lastConn, p.w.now)
	if attached {
		p.conn = lastConn
	}
	p.w.did(c)
	p.listens()
	return attached
}

func (p *player) attaches() *player {
	p.w.t.Helper()
	if !p.attachesWith(p.session, admission.SessionTokenKind) {
		p.w.t.Fatalf("%s cannot attach", p.id)
	}
	return p
}

func (p *player) waits() *player {
	p.w.t.Helper()
	if !p.attachesWith(p.queue, admission.QueueTokenKind) {
		p.w.t.Fatalf("%s cannot attach to the queue", p.id)
	}
	return p
}

func (p *player) plays() *player { return p.isAdmitted().attaches() }

// listens takes over the tokens that the socket was told.
func (p *player) listens() {
	for _, effect := range p.w.told[p.conn] {
		switch e := effect.(type) {
		case admission.Seated:
			p.reconnection, p.sessionID = e.ReconnectionToken, e.Session
		case admission.Queued:
			if e.QueueToken != "" {
				p.queue = e.QueueToken
			}
		}
	}
}

func (p *player) hears() { p.w.did(p.w.in.Hear(p.conn, p.w.now)); p.listens() }
func (p *player) acks()  { p.w.did(p.w.in.Ack(p.conn, p.w.now)) }
func (p *player) drops() { p.w.did(p.w.in.Drop(p.conn, p.w.now)) }

func (p *player) leaves() { p.w.did(p.w.in.Leave(p.conn, p.w.now)) }

func (p *player) polls() admission.Status {
	st, c := p.w.in.Poll(p.id, p.w.now)
	p.w.did(c)
	if st.SessionToken != "" {
		p.session, p.sessionID = st.SessionToken, st.Session
	}
	return st
}

func (p *player) is(want admission.State) {
	p.w.t.Helper()
	got := admission.State("gone")
	if e := p.w.in.Existing(p.id); e != nil {
		got = e.State
	}
	if got != want {
		p.w.t.Errorf("%s is %s, want %s", p.id, got, want)
	}
}

// hangup returns why the player's socket was closed; "" = it was not.
func (p *player) hangup() admission.HangupReason {
	for _, effect := range p.w.told[p.conn] {
		if e, isHangup := effect.(admission.Hangup); isHangup {
			return e.Why
		}
	}
	return ""
}

const gone admission.State = "gone"
