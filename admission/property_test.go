package admission_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"gatekeeper/admission"

	"pgregory.net/rapid"
)

// TestEveryStoryKeepsTheInvariants lets a few players do whatever comes to mind on one small instance, while time passes,
// operators interfere and the server restarts, and holds what package admission promises against simple bookkeeping.
func TestEveryStoryKeepsTheInvariants(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := newModel(t, rt)
		for range 8 { // chapters of one story
			rt.Repeat(m.actions())
		}
	})
}

// model is a world with the bookkeeping that the engine is held against.
type model struct {
	*world
	rt      *rapid.T
	members []*member
	seen    sight // how things stood after the last step
	claims  map[admission.CharacterID]bool
	since   map[admission.PlaceKey]time.Time // when the place came into its state, or the last restart
	ranked  map[admission.PlaceKey]int       // the best position that was told
	tries   []admission.AttemptID            // that must have left events
	fates   map[admission.AttemptID]*fate
	queuers map[admission.AttemptID]admission.PlaceKey // attempts that made a queue place
	read    int                                        // events counted so far
}

// sight is how an instance stands at a moment.
type sight struct {
	places   map[admission.PlaceKey]sighted
	line     []admission.PlaceKey // the queue, in order
	seats    int
	capacity int
}

type sighted struct {
	row   admission.PlaceRow // as stored
	state admission.State    // as in memory
}

// fate counts the events of an attempt.
type fate struct {
	begun, ended int
	later        int // what became of the queue place it made
	isQueued     bool
}

// member is a player together with what a careful client and a careful auditor know.
type member struct {
	*player
	place  admission.PlaceKey // 0 = none
	socket admission.Conn     // the open one, 0 = none
	heard  int                // frames read from it
	closed []admission.Conn
	keys   keyring
	offer  offered
}

// offered is a replaceToken as the player was given it.
type offered struct {
	token string
	place admission.PlaceKey
	until time.Time
	used  bool
}

// keyring keeps the tokens of a place by the rules of the contract, in clear.
type keyring struct {
	session          string
	until            time.Time
	reconnect, queue pair
	dead             []key
	lapsed           []key // sessionTokens whose window is over: dead until a restart, which charges no downtime
}

type key struct {
	token string
	kind  admission.TokenKind
}

// pair is the last token acknowledged or used, and its newest successor.
type pair struct{ held, fresh string }

func newModel(t *testing.T, rt *rapid.T) *model {
	capacity, queueMax := rapid.IntRange(1, 3).Draw(rt, "capacity"), rapid.IntRange(3, 6).Draw(rt, "queueMax")
	m := &model{
		world: newWorld(t, func(s *admission.Settings) { s.Capacity, s.QueueMax = 0, queueMax }),
		rt:    rt, claims: map[admission.CharacterID]bool{}, since: map[admission.PlaceKey]time.Time{},
		ranked: map[admission.PlaceKey]int{}, fates: map[admission.AttemptID]*fate{},
		queuers: map[admission.AttemptID]admission.PlaceKey{},
	}
	for i := range 8 {
		m.members = append(m.members, &member{player: m.player(fmt.Sprintf("p%d", i))})
	}
	m.seen = m.look()
	if rapid.IntRange(0, 3).Draw(rt, "worn") == 3 {
		m.wearOut(m.members[0])
	}
	m.setCapacity(capacity)
	return m
}

// wearOut fills the queue's memory with places that are gone, so that it is laid anew during the story.
func (m *model) wearOut(p *member) {
	for range 62 {
		m.connect(p, "", stands)
		m.leaveQueue(p)
	}
}

// Actions.

func (m *model) actions() map[string]func(*rapid.T) {
	anybody := func(*member) bool { return true }
	attached := func(p *member) bool { return p.socket != 0 }
	promoted := func(p *member) bool { return m.state(p) == admission.Promoted }
	return map[string]func(*rapid.T){
		"":                   func(*rapid.T) { m.checkEvents() },
		"connect":            m.by(anybody, func(p *member) { m.connect(p, "", stands) }),
		"arrive":             m.by(anybody, m.arrive),
		"withdraw":           m.by(anybody, func(p *member) { m.connect(p, "", m.anyWithdrawal()) }),
		"confirm":            m.by(func(p *member) bool { return p.offer.token != "" }, m.confirm),
		"ask and confirm":    m.by(func(p *member) bool { return m.state(p) == admission.Active }, m.askAndConfirm),
		"attach":             m.by(func(p *member) bool { return len(p.keys.live()) > 0 }, m.attachWithAnyLive),
		"attach with a dead": m.by(func(p *member) bool { return len(p.keys.dead)+len(p.keys.lapsed) > 0 }, m.attachWithAnyDead),
		"hear":               m.by(attached, m.hear),
		"claim":              m.by(func(p *member) bool { return attached(p) && promoted(p) }, m.hear),
		"ack":                m.by(attached, m.ack),
		"drop":               m.by(attached, m.drop),
		"leave":              m.by(attached, m.leave),
		"closed socket":      m.by(func(p *member) bool { return len(p.closed) > 0 }, m.anyClosedSocketStirs),
		"poll":               m.by(anybody, m.poll),
		"poll promoted":      m.by(promoted, m.poll),
		"leave queue":        m.by(anybody, m.leaveQueue),
		"leave session":      m.by(func(p *member) bool { return isSeat(m.state(p)) }, m.leaveSession),
		"be removed":         m.by(func(p *member) bool { return p.place != 0 }, m.remove),
		"seconds pass":       func(rt *rapid.T) { m.pass(time.Duration(rapid.IntRange(1, 12_000).Draw(rt, "ms")) * time.Millisecond) },
		"a minute passes":    func(rt *rapid.T) { m.pass(time.Duration(rapid.IntRange(1, 70).Draw(rt, "s")) * time.Second) },
		"restart":            func(*rapid.T) { m.restart() },
		"capacity":           func(rt *rapid.T) { m.setCapacity(rapid.IntRange(0, 3).Draw(rt, "capacity")) },
		"mode":               func(rt *rapid.T) { m.setMode(rapid.SampledFrom(modes).Draw(rt, "mode")) },
		"open":               func(*rapid.T) { m.setMode(admission.ModeOpen) },
	}
}

var modes = []admission.Mode{admission.ModeOpen, admission.ModeDraining, admission.ModeMaintenance}

// by makes an action of somebody to whom it is possible.
func (m *model) by(can func(*member) bool, do func(*member)) func(*rapid.T) {
	return func(rt *rapid.T) {
		able := slices.DeleteFunc(slices.Clone(m.members), func(p *member) bool { return !can(p) })
		if len(able) == 0 {
			rt.Skip("nobody can")
		}
		do(able[rapid.IntRange(0, len(able)-1).Draw(rt, "who")])
	}
}

// withdrawal is whether an attempt is taken back, and whether its terminal event was written by then.
type withdrawal int

const (
	stands withdrawal = iota
	withdrawnUntold
	withdrawnTold
)

func (m *model) anyWithdrawal() withdrawal {
	return rapid.SampledFrom([]withdrawal{withdrawnUntold, withdrawnTold}).Draw(m.rt, "withdrawal")
}

// connect tries and holds the outcome against what the contract says of the place as it was.
func (m *model) connect(p *member, replaceToken string, end withdrawal) admission.Outcome {
	a := p.attempt()
	a.ReplaceToken = replaceToken
	m.tries = append(m.tries, a.ID)
	before, was, expected := *p, m.seen, m.expect(p, replaceToken)
	d := admission.Connect(a, m.now)
	o := d.Outcome
	m.rt.Logf("%s connects (%q): %s %+v", p.id, replaceToken, o.Kind, o.Refusal)
	m.expected(p, o, expected)
	if end == withdrawnUntold && d.Withdrawable() {
		d.Change.Events = d.Change.Events[:len(d.Change.Events)-1] // as the journal does
	}
	m.step(d.Change)
	m.learn(p, o, was)
	if end != stands && d.Withdrawable() {
		if was.places[before.place].state == admission.Active && rapid.Bool().Draw(m.rt, "the old socket drops") {
			m.step(m.in.Drop(before.socket, m.now))
			before.hungUp()
		}
		m.meanwhile(p)
		m.withdraw(p, d, end == withdrawnTold, before, was)
	}
	return o
}

// expect says how an attempt has to end; of an account that is locked nothing is known.
func (m *model) expect(p *member, replaceToken string) string {
	valid := replaceToken != "" && replaceToken == p.offer.token && p.offer.isGood(p.place, m.now)
	state := m.state(p)
	switch {
	case p.account.Failures.Locked(m.now) > 0:
		return string(admission.RateLimited)
	case p.place == 0 && m.in.Mode == admission.ModeMaintenance:
		return string(admission.Maintenance)
	case replaceToken != "" && !valid && (state != admission.Active || m.in.Mode != admission.ModeMaintenance):
		return string(admission.InvalidReplaceToken)
	case state == admission.Active && !valid && m.in.Mode == admission.ModeMaintenance:
		return string(admission.Maintenance)
	case state == admission.Active && !valid:
		return string(admission.AlreadyInSession)
	case p.place == 0 && m.in.Mode == admission.ModeDraining:
		return string(admission.DrainMode)
	case p.place == 0:
		return m.expectNewcomer()
	case (state == admission.Waiting || state == admission.Absent) && !m.wouldPromote(p):
		return string(admission.OutcomeQueued)
	default:
		return string(admission.OutcomeAdmitted)
	}
}

func (m *model) expectNewcomer() string {
	switch {
	case m.seen.seats < m.in.Capacity && !m.anybodyWaits():
		return string(admission.OutcomeAdmitted)
	case len(m.seen.line) < m.in.QueueMax:
		return string(admission.OutcomeQueued)
	default:
		return string(admission.QueueFull)
	}
}

func (m *model) wouldPromote(p *member) bool {
	return m.in.Mode != admission.ModeMaintenance && m.state(p) == admission.Absent && m.seen.seats < m.in.Capacity
}

func (m *model) expected(p *member, o admission.Outcome, want string) {
	got := string(o.Kind)
	if o.Kind == admission.OutcomeFailed {
		got = string(o.Refusal.Reason)
	}
	if got != want {
		m.rt.Fatalf("I5: the attempt of %s (%s) ends as %s, want %s", p.id, m.state(p), got, want)
	}
}

// learn takes over what an outcome tells its player.
func (m *model) learn(p *member, o admission.Outcome, was sight) {
	switch o.Kind {
	case admission.OutcomeQueued:
		m.toldPosition(p, o.Position)
		p.keys.issueQueue(o.QueueToken)
		if _, stood := was.places[p.place]; !stood {
			m.queuers[o.Attempt] = p.place
		}
	case admission.OutcomeAdmitted:
		if was.places[p.place].state == admission.Grace {
			p.keys.killSeat()
			p.offer.used = true
		}
		p.keys.issueSession(o.SessionToken, m.now.Add(o.ClaimWithin))
		p.offer.used = p.offer.used || o.Replaced
	case admission.OutcomeFailed:
		if o.Refusal.ReplaceToken != "" {
			p.offer = offered{token: o.Refusal.ReplaceToken, place: p.place, until: m.now.Add(o.Refusal.ReplaceWithin)}
		}
	}
}

func (o offered) isGood(place admission.PlaceKey, now time.Time) bool {
	return !o.used && o.place == place && now.Before(o.until)
}

// meanwhile lets others act between a decision and its withdrawal.
func (m *model) meanwhile(but *member) {
	others := slices.DeleteFunc(slices.Clone(m.members), func(p *member) bool { return p == but })
	for range rapid.IntRange(0, 3).Draw(m.rt, "meanwhile") {
		p := others[rapid.IntRange(0, len(others)-1).Draw(m.rt, "other")]
		if p.socket != 0 {
			m.leave(p)
		} else {
			m.connect(p, "", stands)
		}
	}
}

// withdraw takes an attempt back: its place has to be as it was before, and its token dead.
func (m *model) withdraw(p *member, d admission.Decision, told bool, before member, was sight) {
	m.rt.Logf("the attempt of %s is withdrawn, told: %t", p.id, told)
	given := keyOf(d.Outcome)
	m.step(d.Withdraw(told, m.now))
	if p.place != before.place {
		m.rt.Fatalf("I5: withdrawn, %s has place %d, want %d", p.id, p.place, before.place)
	}
	if p.place == 0 {
		return
	}
	from, to := was.places[p.place].state, m.state(p)
	movedOn := to == admission.Promoted || to == admission.Waiting && from == admission.Absent // it was a sign of life all the same
	if from == admission.Active && before.socket == 0 {
		from = admission.Grace // the old socket dropped meanwhile
	}
	if from != to && !movedOn {
		m.rt.Fatalf("I5: withdrawn, %s is %s, want %s", p.id, to, from)
	}
	*p = before
	p.heard = len(m.told[p.socket])
	p.keys.kill(given)
}

func keyOf(o admission.Outcome) key {
	if o.QueueToken != "" {
		return key{o.QueueToken, admission.QueueTokenKind}
	}
	return key{o.SessionToken, admission.SessionTokenKind}
}

func (m *model) arrive(p *member) {
	switch o := m.connect(p, "", stands); o.Kind {
	case admission.OutcomeAdmitted:
		m.attach(p, key{o.SessionToken, admission.SessionTokenKind})
	case admission.OutcomeQueued:
		m.attach(p, key{o.QueueToken, admission.QueueTokenKind})
	}
}

func (m *model) confirm(p *member) {
	end := stands
	if rapid.Bool().Draw(m.rt, "withdrawn") {
		end = m.anyWithdrawal()
	}
	m.connect(p, p.offer.token, end)
}

func (m *model) askAndConfirm(p *member) {
	m.connect(p, "", stands)
	if p.offer.token != "" {
		m.confirm(p)
	}
}

func (m *model) attachWithAnyLive(p *member) {
	live := p.keys.live()
	m.attach(p, live[rapid.IntRange(0, len(live)-1).Draw(m.rt, "token")])
}

func (m *model) attach(p *member, k key) {
	state := m.state(p)
	lastConn++
	ok, c := m.in.Attach(k.token, k.kind, lastConn, m.now)
	m.rt.Logf("%s (%s) attaches with %v", p.id, state, k)
	if !ok {
		m.rt.Fatalf("I6: %s (%s) cannot attach with the live token %v", p.id, state, k)
	}
	if p.socket != 0 {
		p.closed = append(p.closed, p.socket)
	}
	p.socket, p.heard = lastConn, 0
	p.keys.use(k, state)
	m.step(c)
	if now := m.state(p); isSeat(state) && now != admission.Active {
		m.rt.Fatalf("I6: %s attached to a seat and is %s", p.id, now)
	}
}

func (m *model) attachWithAnyDead(p *member) {
	bad := slices.Concat(p.keys.lapsed, p.keys.dead)
	k := bad[rapid.IntRange(0, len(bad)-1).Draw(m.rt, "token")]
	lastConn++
	ok, c := m.in.Attach(k.token, k.kind, lastConn, m.now)
	isReplay := func(e admission.Event) bool { return e.Name == admission.EventTokenReplayed }
	c.Events = slices.DeleteFunc(c.Events, isReplay)
	if ok || !c.IsEmpty() {
		m.rt.Fatalf("I6: %s (%s) attached with the dead token %v", p.id, m.state(p), k)
	}
}

func (m *model) hear(p *member) {
	m.rt.Logf("%s is heard", p.id)
	was := m.state(p)
	m.step(m.in.Hear(p.socket, m.now))
	if was == admission.Promoted && m.state(p) != admission.Active {
		m.rt.Fatalf("I3: %s claimed and is %s", p.id, m.state(p))
	}
}

func (m *model) ack(p *member) {
	m.rt.Logf("%s acks", p.id)
	m.step(m.in.Ack(p.socket, m.now))
	if m.state(p) == admission.Active {
		p.keys.confirm(&p.keys.reconnect, admission.ReconnectionTokenKind)
	}
}

func (m *model) drop(p *member) {
	m.rt.Logf("%s drops", p.id)
	want := m.state(p)
	if want == admission.Active {
		want = admission.Grace
	}
	c := m.in.Drop(p.socket, m.now)
	p.hungUp()
	m.step(c)
	if got := m.state(p); got != want {
		m.rt.Fatalf("I3: %s dropped and is %s, want %s", p.id, got, want)
	}
}

func (m *model) leave(p *member) {
	m.rt.Logf("%s leaves", p.id)
	m.step(m.in.Leave(p.socket, m.now))
	if p.place != 0 {
		m.rt.Fatalf("I4: %s left and still is %s", p.id, m.state(p))
	}
}

// anyClosedSocketStirs lets a socket that was closed or taken over speak up: nothing may come of it.
func (m *model) anyClosedSocketStirs(p *member) {
	conn := p.closed[rapid.IntRange(0, len(p.closed)-1).Draw(m.rt, "conn")]
	for name, stir := range map[string]func(admission.Conn, time.Time) *admission.Change{
		"ack": m.in.Ack, "hear": m.in.Hear, "leave": m.in.Leave, "drop": m.in.Drop,
	} {
		if c := stir(conn, m.now); !c.IsEmpty() {
			m.rt.Fatalf("I6: %s of a closed socket of %s does %+v", name, p.id, c)
		}
	}
}

func (m *model) poll(p *member) {
	st, c := m.in.Poll(p.id, m.now)
	m.rt.Logf("%s polls: %s %s", p.id, st.State, st.None)
	m.step(c)
	if st.State != m.state(p) {
		m.rt.Fatalf("I7: the poll tells %s that it is %q, it is %q", p.id, st.State, m.state(p))
	}
	if st.Position > 0 {
		m.toldPosition(p, st.Position)
	}
	if st.SessionToken != "" {
		p.keys.issueSession(st.SessionToken, m.now.Add(st.ClaimWithin))
	}
}

func (m *model) leaveQueue(p *member) {
	m.rt.Logf("%s leaves the queue", p.id)
	was := p.place
	isQueued := slices.Contains(m.seen.line, was)
	m.step(m.in.LeaveQueue(p.id, m.now))
	if isQueued != (was != p.place) {
		m.rt.Fatalf("I4: %s left the queue and is %q", p.id, m.state(p))
	}
}

func (m *model) leaveSession(p *member) {
	m.rt.Logf("%s leaves the session", p.id)
	m.step(m.in.LeaveSession(p.id, m.seen.places[p.place].row.Session, m.now))
	if p.place != 0 {
		m.rt.Fatalf("I4: %s left and still is %s", p.id, m.state(p))
	}
}

func (m *model) remove(p *member) {
	m.rt.Logf("%s is removed", p.id)
	m.step(m.in.Remove(p.id, "", m.now))
	if p.place != 0 {
		m.rt.Fatalf("I4: %s was removed and still is %s", p.id, m.state(p))
	}
}

// pass lets time go by, and checks after everything that falls due on the way.
func (m *model) pass(d time.Duration) {
	m.rt.Logf("%s pass", d)
	end := m.now.Add(d)
	for next := m.in.NextDeadline(); !next.IsZero() && !next.After(end); next = m.in.NextDeadline() {
		m.now = latest(m.now, next)
		was := m.seen
		m.step(m.in.Expire(m.now))
		m.checkTimer(was)
		if again := m.in.NextDeadline(); !again.IsZero() && !again.After(m.now) {
			m.rt.Fatal("I4: what was due at this moment is still due")
		}
	}
	m.now = end
	m.step(&admission.Change{})
}

func (m *model) restart() {
	m.rt.Logf("the server restarts")
	was := m.seen
	m.probe()
	m.restarts()
	for _, p := range m.members {
		p.hungUp()
		p.keys.lapsed = nil
		if p.keys.session != "" {
			p.keys.until = m.now.Add(m.in.ClaimWindow)
		}
	}
	for k := range m.since {
		m.since[k] = m.now
	}
	m.step(&admission.Change{})
	m.checkRestart(was)
}

// probe starts from the stored rows beside the world, once for each token, and tries it there.
func (m *model) probe() {
	for _, p := range m.members {
		for _, k := range p.keys.live() {
			if !m.attachesAfterRestart(k) {
				m.rt.Fatalf("I6: after a restart %s (%s) cannot attach with the live token %v", p.id, m.state(p), k)
			}
		}
		for _, k := range p.keys.dead {
			if m.attachesAfterRestart(k) {
				m.rt.Fatalf("I6: after a restart %s (%s) attaches with the dead token %v", p.id, m.state(p), k)
			}
		}
	}
}

func (m *model) attachesAfterRestart(k key) bool {
	if !m.isStored(k.token) {
		return false
	}
	beside := *m.world
	beside.rows, beside.told, beside.log = map[admission.PlaceKey]admission.PlaceRow{}, map[admission.Conn][]admission.Effect{}, nil
	for _, row := range m.rows {
		beside.rows[row.Key] = row
	}
	beside.restarts()
	lastConn++
	ok, _ := beside.in.Attach(k.token, k.kind, lastConn, m.now)
	return ok
}

func (m *model) isStored(token string) bool {
	h := admission.HashToken(token)
	for _, r := range m.rows {
		if h == r.SessionToken || h == r.Reconnect.Current || h == r.Reconnect.Next || h == r.Queue.Current || h == r.Queue.Next {
			return true
		}
	}
	return false
}

func (m *model) setCapacity(capacity int) {
	m.rt.Logf("the capacity is %d", capacity)
	m.applies(func(s *admission.Settings) { s.Capacity = capacity })
	m.step(&admission.Change{})
}

func (m *model) setMode(mode admission.Mode) {
	m.rt.Logf("the mode is %s", mode)
	m.applies(func(s *admission.Settings) { s.Mode = mode })
	m.step(&admission.Change{})
}

// Bookkeeping.

// step carries a change out and checks all that always holds.
func (m *model) step(c *admission.Change) {
	m.did(c)
	for _, claim := range c.Claims {
		if claim.Instance != "" {
			m.claims[claim.Character] = true
		} else {
			delete(m.claims, claim.Character)
		}
	}
	was := m.seen
	m.seen = m.look()
	m.note(was)
	m.checkSeats(was)
	m.checkPlaces(was)
	m.checkOrder(was)
	m.checkModes(was)
	for _, p := range m.members {
		m.follow(p, was)
	}
}

// look reads the rows, and from memory nothing but the states.
func (m *model) look() sight {
	s := sight{places: make(map[admission.PlaceKey]sighted, len(m.rows)), capacity: m.in.Capacity}
	for k, row := range m.rows {
		seen := sighted{row: row, state: gone}
		if p := m.in.Place(row.Character); p != nil && p.Key == k {
			seen.state = p.State
		}
		s.places[k] = seen
		if row.Line != 0 {
			s.line = append(s.line, k)
		}
		if isSeat(row.State) {
			s.seats++
		}
	}
	slices.SortFunc(s.line, func(a, b admission.PlaceKey) int { return cmp.Compare(m.rows[a].Line, m.rows[b].Line) })
	return s
}

func isSeat(s admission.State) bool {
	return s == admission.Promoted || s == admission.Reserved || s == admission.Active || s == admission.Grace
}

// note remembers since when places are in their state.
func (m *model) note(was sight) {
	for k, now := range m.seen.places {
		if was.places[k].state != now.state {
			m.since[k] = m.now
		}
	}
}

func (m *model) state(p *member) admission.State { return m.seen.places[p.place].state }

func (m *model) anybodyWaits() bool {
	return slices.ContainsFunc(m.seen.line, func(k admission.PlaceKey) bool { return m.seen.places[k].state == admission.Waiting })
}

// follow brings a member's knowledge up to date: first what became of the place, then what the socket was told.
func (m *model) follow(p *member, was sight) {
	place := admission.PlaceKey(0)
	for k, now := range m.seen.places {
		if now.row.Character == p.id {
			place = k
		}
	}
	if place != p.place {
		p.keys.killAll()
		p.place = place
	}
	p.keys.moved(was.places[place].state, m.seen.places[place].state)
	if !m.now.Before(p.keys.until) {
		p.keys.lapse()
	}
	m.listen(p)
}

func (m *model) listen(p *member) {
	for _, effect := range m.told[p.socket][min(p.heard, len(m.told[p.socket])):] {
		p.heard++
		switch e := effect.(type) {
		case admission.Seated:
			p.keys.issueReconnect(e.ReconnectionToken)
		case admission.Queued:
			m.toldPosition(p, e.Position)
			p.keys.issueQueue(e.QueueToken)
		case admission.Hangup:
			p.hungUp()
			return
		}
	}
}

func (p *member) hungUp() {
	if p.socket != 0 {
		p.closed = append(p.closed, p.socket)
	}
	p.socket, p.heard = 0, 0
}

// toldPosition holds a position that was told against the rows, and against what was told before.
func (m *model) toldPosition(p *member, position int) {
	if best, told := m.ranked[p.place]; told && position > best {
		m.rt.Fatalf("I3: the position of %s rose from %d to %d", p.id, best, position)
	}
	m.ranked[p.place] = position
	if rank := slices.Index(m.seen.line, p.place) + 1; rank != position && rank != 0 {
		m.rt.Fatalf("I3: %s was told position %d, it is %d", p.id, position, rank)
	}
}

func (k *keyring) kill(dead ...key) {
	for _, d := range dead {
		if d.token != "" {
			k.dead = append(k.dead, d)
		}
	}
}

func (k *keyring) live() (list []key) {
	for _, candidate := range []key{
		{k.session, admission.SessionTokenKind},
		{k.reconnect.held, admission.ReconnectionTokenKind},
		{k.reconnect.fresh, admission.ReconnectionTokenKind},
		{k.queue.held, admission.QueueTokenKind},
		{k.queue.fresh, admission.QueueTokenKind},
	} {
		if candidate.token != "" {
			list = append(list, candidate)
		}
	}
	return list
}

func (k *keyring) issueSession(token string, until time.Time) {
	k.killSession()
	k.session, k.until = token, until
}

func (k *keyring) issueReconnect(token string) {
	k.kill(key{k.reconnect.fresh, admission.ReconnectionTokenKind})
	k.reconnect.fresh = token
}

// issueQueue does nothing for the frames that bring no token.
func (k *keyring) issueQueue(token string) {
	if token == "" {
		return
	}
	k.kill(key{k.queue.fresh, admission.QueueTokenKind})
	k.queue.fresh = token
}

// confirm kills the token held so far in favour of its successor.
func (k *keyring) confirm(p *pair, kind admission.TokenKind) {
	if p.fresh == "" {
		return
	}
	k.kill(key{p.held, kind})
	p.held, p.fresh = p.fresh, ""
}

// use notes that a token attached to a place in this state.
func (k *keyring) use(used key, state admission.State) {
	if used.token == k.reconnect.fresh {
		k.confirm(&k.reconnect, admission.ReconnectionTokenKind)
	}
	if used.token == k.queue.fresh {
		k.confirm(&k.queue, admission.QueueTokenKind)
	}
	if isSeat(state) {
		k.killSession()
	}
}

// moved kills what a change of state kills.
func (k *keyring) moved(from, to admission.State) {
	switch {
	case from == admission.Promoted && to == admission.Active: // claimed
		k.killSession()
		k.killQueue()
	case from == admission.Promoted && to == admission.Absent: // missed
		k.killSeat()
	}
}

func (k *keyring) lapse() {
	if k.session != "" {
		k.lapsed = append(k.lapsed, key{k.session, admission.SessionTokenKind})
	}
	k.session = ""
}

func (k *keyring) killSession() {
	k.kill(key{k.session, admission.SessionTokenKind})
	k.session = ""
}

func (k *keyring) killSeat() {
	k.killSession()
	k.kill(key{k.reconnect.held, admission.ReconnectionTokenKind}, key{k.reconnect.fresh, admission.ReconnectionTokenKind})
	k.reconnect = pair{}
}

func (k *keyring) killQueue() {
	k.kill(key{k.queue.held, admission.QueueTokenKind}, key{k.queue.fresh, admission.QueueTokenKind})
	k.queue = pair{}
}

func (k *keyring) killAll() {
	k.killSeat()
	k.killQueue()
}

// Invariants.

// checkSeats: I1, I4.
func (m *model) checkSeats(was sight) {
	now := m.seen
	if taken := m.in.SeatsTaken(); taken != now.seats {
		m.rt.Fatalf("I1: %d seats are taken, the rows say %d", taken, now.seats)
	}
	if now.seats > max(now.capacity, was.seats) {
		m.rt.Fatalf("I1: %d seats are taken of %d, %d before", now.seats, now.capacity, was.seats)
	}
	if len(m.gotSeats(was)) > 0 && now.seats > now.capacity {
		m.rt.Fatalf("I1: somebody was admitted, with %d seats taken of %d", now.seats, now.capacity)
	}
	if m.in.Mode != admission.ModeMaintenance && now.seats < now.capacity && m.anybodyWaits() {
		m.rt.Fatalf("I4: %d seats of %d are taken and somebody waits", now.seats, now.capacity)
	}
}

// gotSeats lists who has a seat that nobody of the same character had before.
func (m *model) gotSeats(was sight) (list []admission.PlaceKey) {
	had := map[admission.CharacterID]bool{}
	for _, p := range was.places {
		had[p.row.Character] = had[p.row.Character] || isSeat(p.state)
	}
	for k, p := range m.seen.places {
		if isSeat(p.state) && !had[p.row.Character] {
			list = append(list, k)
		}
	}
	return list
}

// checkPlaces: I2, I7.
func (m *model) checkPlaces(was sight) {
	holds := map[admission.CharacterID]bool{}
	for k, p := range m.seen.places {
		if holds[p.row.Character] {
			m.rt.Fatalf("I2: %s has two places", p.row.Character)
		}
		holds[p.row.Character] = true
		if !m.claims[p.row.Character] {
			m.rt.Fatalf("I2: %s has a place that no claim tells of", p.row.Character)
		}
		m.checkStored(k, p)
	}
	if len(m.claims) != len(holds) {
		m.rt.Fatalf("I2: %d claims, %d places", len(m.claims), len(holds))
	}
	for _, p := range m.members {
		if !holds[p.id] && m.in.Place(p.id) != nil {
			m.rt.Fatalf("I7: the place of %s is not stored", p.id)
		}
	}
	if depth := m.in.QueueDepth(); depth != len(m.seen.line) || depth > max(m.in.QueueMax, len(was.line)) {
		m.rt.Fatalf("I7: the queue is %d deep, the rows say %d, %d are allowed", depth, len(m.seen.line), m.in.QueueMax)
	}
}

// checkStored: I7, a row is what memory holds, but for what a start changes of itself.
func (m *model) checkStored(k admission.PlaceKey, p sighted) {
	if p.state == gone {
		m.rt.Fatalf("I7: place %d of %s is stored and gone", k, p.row.Character)
	}
	memory := m.in.Place(p.row.Character).PlaceRow
	if restored(p.row.State) == memory.State {
		memory.State = p.row.State
	}
	if memory != p.row {
		m.rt.Fatalf("I7: of %s memory holds %+v, the store %+v", p.row.Character, memory, p.row)
	}
}

// restored is the state that a start gives to a stored one.
func restored(s admission.State) admission.State {
	switch s {
	case admission.Active:
		return admission.Grace
	case admission.Absent:
		return admission.Waiting
	default:
		return s
	}
}

// checkOrder: I3.
func (m *model) checkOrder(was sight) {
	stayed := func(line []admission.PlaceKey, other sight) []admission.PlaceKey {
		return slices.DeleteFunc(slices.Clone(line), func(k admission.PlaceKey) bool { return !slices.Contains(other.line, k) })
	}
	before, after := stayed(was.line, m.seen), stayed(m.seen.line, was)
	if !slices.Equal(before, after) || !slices.Equal(m.seen.line[:len(after)], after) {
		m.rt.Fatalf("I3: the line was %v and is %v", was.line, m.seen.line)
	}
	for _, k := range m.gotSeats(was) {
		for _, first := range m.seen.line {
			isAhead := m.seen.places[k].row.Line == 0 || m.seen.places[first].row.Line < m.seen.places[k].row.Line
			if isAhead && was.places[first].state == admission.Waiting && m.seen.places[first].state == admission.Waiting {
				m.rt.Fatalf("I3: %s overtook %s", m.seen.places[k].row.Character, m.seen.places[first].row.Character)
			}
		}
	}
}

// checkModes: I8.
func (m *model) checkModes(was sight) {
	if m.in.Mode == admission.ModeOpen {
		return
	}
	had := map[admission.CharacterID]bool{}
	for _, p := range was.places {
		had[p.row.Character] = true
	}
	for _, p := range m.seen.places {
		if !had[p.row.Character] {
			m.rt.Fatalf("I8: %s got a place in %s", p.row.Character, m.in.Mode)
		}
	}
	if promoted := m.gotSeats(was); m.in.Mode == admission.ModeMaintenance && len(promoted) > 0 {
		m.rt.Fatalf("I8: places %v were promoted in maintenance", promoted)
	}
}

// checkTimer: what ends by time ends on time, and nobody loses a queue place in maintenance (I8).
func (m *model) checkTimer(was sight) {
	for k, before := range was.places {
		now, remains := m.seen.places[k]
		if m.in.Mode == admission.ModeMaintenance && before.row.Line != 0 && !remains {
			m.rt.Fatalf("I8: %s (%s) lost a queue place by time in maintenance", before.row.Character, before.state)
		}
		window := m.window(before.state)
		if window == 0 {
			continue
		}
		if remains && now.state == before.state && m.now.Sub(m.since[k]) >= window {
			m.rt.Fatalf("I4: %s still is %s after %s", before.row.Character, now.state, m.now.Sub(m.since[k]))
		}
		if !remains && m.now.Sub(m.since[k]) != window {
			m.rt.Fatalf("I3: %s was %s for %s only", before.row.Character, before.state, m.now.Sub(m.since[k]))
		}
	}
}

// window is how long a state lasts by itself, 0 = it depends.
func (m *model) window(s admission.State) time.Duration {
	switch s {
	case admission.Reserved, admission.Promoted:
		return m.in.ClaimWindow
	case admission.Grace:
		return m.in.Grace
	default:
		return 0
	}
}

// checkRestart: the places are the same, in the states that a start gives them; a free seat may promote at once.
func (m *model) checkRestart(was sight) {
	if len(was.places) != len(m.seen.places) {
		m.rt.Fatalf("I7: %d places before the restart, %d after", len(was.places), len(m.seen.places))
	}
	for k, before := range was.places {
		now := m.seen.places[k]
		want := restored(before.state)
		if want == admission.Waiting && now.state == admission.Promoted && m.in.Mode != admission.ModeMaintenance {
			continue
		}
		if now.state != want || now.row != before.row {
			m.rt.Fatalf("I7: %s was %+v (%s) and is after the restart %+v (%s)", before.row.Character, before.row, before.state, now.row, now.state)
		}
	}
}

// checkEvents: I10.
func (m *model) checkEvents() {
	for _, e := range m.log[m.read:] {
		m.count(e)
	}
	m.read = len(m.log)
	for _, id := range m.tries {
		if f := m.fate(id); (f.begun != 1 || f.ended != 1) && !m.isSilent(f) {
			m.rt.Fatalf("I10: attempt %s has %d beginnings and %d ends", id, f.begun, f.ended)
		}
	}
	m.tries = m.tries[:0]
	for id, f := range m.fates {
		if f.ended > 1 || f.begun > 1 {
			m.rt.Fatalf("I10: attempt %s has %d beginnings and %d ends", id, f.begun, f.ended)
		}
		place, isQueuer := m.queuers[id]
		want := 0
		if isQueuer && f.isQueued && !slices.Contains(m.seen.line, place) {
			want = 1
		}
		if f.later != want {
			m.rt.Fatalf("I10: of the queue place of attempt %s %d events tell the end, want %d", id, f.later, want)
		}
	}
}

// isSilent reports an attempt that a lock swallowed: of each lock only the first ten are events.
func (m *model) isSilent(f *fate) bool {
	return f.begun == 0 && f.ended == 0 && m.events(admission.EventThrottled) >= 10
}

func (m *model) fate(id admission.AttemptID) *fate {
	if m.fates[id] == nil {
		m.fates[id] = &fate{}
	}
	return m.fates[id]
}

func (m *model) count(e admission.Event) {
	if e.Attempt == "" {
		return
	}
	f := m.fate(e.Attempt)
	switch e.Name {
	case admission.EventAttempt:
		f.begun++
	case admission.EventQueued:
		f.isQueued = true
		f.ended++
	case admission.EventFailed, admission.EventTimeout, admission.EventThrottled:
		f.ended++
	case admission.EventAdmitted:
		if f.isQueued {
			f.later++
		} else {
			f.ended++
		}
	case admission.EventQueueLeft, admission.EventQueueAbandoned, admission.EventQueueClaimExpired,
		admission.EventQueueRemoved, admission.EventQueueClosed:
		f.later++
	}
}
