package admission_test

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"gatekeeper/admission"

	"pgregory.net/rapid"
)

// realm is several instances, everybody around them, and the bookkeeping that the engine is held against.
type realm struct {
	rt        *rapid.T
	now       time.Time
	mint      *counter
	lands     []*land
	souls     []*soul
	houses    []*household
	store     shelf
	claims    map[admission.CharacterID]admission.InstanceID // as the changes tell it
	seen      map[admission.CharacterID]stand                // how things stood after the last step
	wants     map[admission.CharacterID]want                 // what the command at hand does, and to whom
	expiring  *land                                          // whose timer fires
	tries     []*try                                         // attempts that are not committed, and moves that are not completed
	listeners map[admission.Conn]*soul
	positions map[admission.Conn]int // told last
	book      *ledger
}

// land is an instance and what an auditor knows of it.
type land struct {
	in       *admission.Instance
	line     []admission.PlaceKey // the queue in order, with those who moved away and are not let go of yet
	departed map[admission.CharacterID]departed
	pushed   [2]time.Time // when positions were pushed last: to those in front, and to those behind
	isLinked bool
	silent   time.Time // when its game server counts as silent
	isDown   bool
}

type departed struct {
	why admission.Departure
	at  time.Time
}

// household is an account.
type household struct {
	account     *admission.Account
	souls       []*soul
	failures    []time.Time // of all times: which of them lock is said by lockedUntil
	throttled   int         // refusals by a lock that were not withdrawn
	swallowable int         // refusals by a lock
}

// soul is a character, and what its client and an auditor know of it.
type soul struct {
	id        admission.CharacterID
	house     *household
	suspended bool
	keys      keyring
	offers    []question
	open      *try // the attempt that is not committed yet
	last      *try // the last one that was answered
	due       time.Time
	missed    int
	polled    time.Time

	socket   admission.Conn // the open one, 0 = none
	at       *land          // where it is attached
	place    admission.PlaceKey
	closed   []closedSocket
	best     int       // the best position that was told of the place
	stale    time.Time // since when the socket knows a wrong position
	wasFront bool
}

type closedSocket struct {
	conn admission.Conn
	at   *land
}

// question is a replaceToken as the player was given it.
type question struct {
	token     string
	place     admission.PlaceKey
	wasQueued bool
	target    admission.InstanceID
	until     time.Time
	used      bool
}

// stand is where a character stands: the row as stored, the state as in memory. The zero value is nowhere.
type stand struct {
	key   admission.PlaceKey
	at    *land
	state admission.State
	row   admission.PlaceRow
}

func (s stand) isQueued() bool { return s.row.Line != 0 }

// want is where a character has to stand after a command.
type want struct {
	key   admission.PlaceKey // 0 = a new one
	at    *land
	state admission.State
	why   admission.Departure // of a place that ends: what is remembered of it
	// isReturn says that the seat was held all the time.
	isReturn bool
}

func (s stand) as(state admission.State) want { return want{key: s.key, at: s.at, state: state} }

func ended(why admission.Departure) want { return want{why: why} }

// try is an attempt from its decision on.
type try struct {
	decision    admission.Decision
	house       *household
	soul        *soul // nil where nobody's place was touched
	at          *land
	deadline    time.Time
	isCommitted bool
	made        bool
	was         stand // the character's place before
	keys        keyring
	due         time.Time
	missed      int
	given       string // the token
	settled     []int  // questions that it settled
	failedAt    time.Time
}

// ghost reports whether the place before still holds its seat or its rank on another instance.
func (a *try) ghost() bool { return a.made && a.was.key != 0 && a.was.at != a.at }

func (m *realm) addLand(id string, policy admission.ReplacementPolicy) {
	s := admission.DefaultSettings(admission.InstanceID(id))
	s.Replacement = policy
	s.Capacity, s.QueueMax = rapid.IntRange(1, 3).Draw(m.rt, "capacity"), rapid.IntRange(2, 8).Draw(m.rt, "queueMax")
	m.lands = append(m.lands, &land{in: admission.NewInstance(s, m.mint), departed: map[admission.CharacterID]departed{}})
	m.store.settings[s.ID] = s
}

func (m *realm) addHousehold(name string, characters int) {
	h := &household{account: admission.NewAccount(admission.AccountRow{ID: admission.AccountID(name), Name: name})}
	m.store.accounts[h.account.ID] = h.account.AccountRow
	for i := range characters {
		id := admission.CharacterID(fmt.Sprintf("%s-%d", name, i))
		_, c, err := h.account.AddCharacter(id, string(id), m.now)
		if err != nil {
			m.rt.Fatal(err)
		}
		m.store.write(c)
		s := &soul{id: id, house: h}
		h.souls, m.souls = append(h.souls, s), append(m.souls, s)
	}
	m.houses = append(m.houses, h)
}

func (m *realm) landOf(id admission.InstanceID) *land {
	for _, l := range m.lands {
		if l.in.ID == id {
			return l
		}
	}
	return nil
}

func (m *realm) soulOf(id admission.CharacterID) *soul {
	for _, s := range m.souls {
		if s.id == id {
			return s
		}
	}
	return nil
}

// shelf is what a store would hold.
type shelf struct {
	places     map[admission.PlaceKey]admission.PlaceRow
	settings   map[admission.InstanceID]admission.Settings
	accounts   map[admission.AccountID]admission.AccountRow
	characters map[admission.CharacterID]admission.CharacterRow
	throttles  map[admission.AccountID]admission.ThrottleRow
}

func newShelf() shelf {
	return shelf{
		map[admission.PlaceKey]admission.PlaceRow{},
		map[admission.InstanceID]admission.Settings{},
		map[admission.AccountID]admission.AccountRow{},
		map[admission.CharacterID]admission.CharacterRow{},
		map[admission.AccountID]admission.ThrottleRow{},
	}
}

func (s shelf) write(c *admission.Change) {
	for _, record := range c.Records {
		switch r := record.(type) {
		case admission.PutPlace:
			s.places[r.Row.Key] = r.Row
		case admission.DropPlace:
			delete(s.places, r.Key)
		case admission.PutInstance:
			s.settings[r.Settings.ID] = r.Settings
		case admission.PutAccount:
			s.accounts[r.Row.ID] = r.Row
		case admission.PutCharacter:
			s.characters[r.Row.ID] = r.Row
		case admission.PutThrottle:
			s.throttles[r.Row.Account] = r.Row
		}
	}
}

// open builds an instance anew from what is stored.
func (m *realm) restored(l *land) (*admission.Instance, *admission.Change) {
	var rows []admission.PlaceRow
	for _, row := range m.store.places {
		if row.Instance == l.in.ID {
			rows = append(rows, row)
		}
	}
	in := admission.NewInstance(m.store.settings[l.in.ID], m.mint)
	return in, in.Restore(rows, func(id admission.CharacterID) string { return m.store.characters[id].Name }, m.now)
}

func (m *realm) restoredAccount(h *household) *admission.Account {
	a := admission.NewAccount(m.store.accounts[h.account.ID])
	for _, s := range h.souls {
		a.Characters = append(a.Characters, &admission.Character{CharacterRow: m.store.characters[s.id]})
	}
	a.RestoreFailures(m.store.throttles[a.ID], m.now)
	return a
}

// A step.

// step writes a change, tells whom it may concern, and checks all that always holds.
func (m *realm) step(c *admission.Change) {
	m.keep(c)
	m.tell(c)
}

// keep writes a change that is not told yet.
func (m *realm) keep(c *admission.Change) {
	engineSteps.Add(1)
	m.store.write(c)
	for _, claim := range c.Claims {
		if claim.Instance == "" {
			delete(m.claims, claim.Character)
		} else {
			m.claims[claim.Character] = claim.Instance
		}
	}
	was := m.seen
	m.seen = m.look()
	lines := m.keepLines()
	for _, s := range m.souls {
		m.explain(s, was[s.id], m.seen[s.id])
	}
	m.check(was, lines)
	m.wants = nil
}

// tell delivers what became durable.
func (m *realm) tell(c *admission.Change) {
	m.book.read(m, c)
	for _, effect := range c.Effects {
		switch e := effect.(type) {
		case admission.Seated:
			m.listeners[e.Conn].keys.issueReconnect(e.ReconnectionToken)
		case admission.Queued:
			m.hearPosition(m.listeners[e.Conn], e)
		case admission.Hangup:
			m.hangUp(m.listeners[e.Conn], e.Conn)
		}
	}
	m.checkStale()
}

// does says what the command at hand has to do to a character. Of everybody else it follows that only time or a free
// seat may move them.
func (m *realm) does(s *soul, w want) {
	if m.wants == nil {
		m.wants = map[admission.CharacterID]want{}
	}
	m.wants[s.id] = w
}

// look reads the stored rows, and from memory nothing but the states.
func (m *realm) look() map[admission.CharacterID]stand {
	seen := make(map[admission.CharacterID]stand, len(m.store.places))
	for key, row := range m.store.places {
		l := m.landOf(row.Instance)
		p := l.in.Place(row.Character)
		if p == nil || p.Key != key {
			m.rt.Fatalf("I7: place %d of %s is stored and gone", key, row.Character)
		}
		if other := seen[row.Character]; other.key != 0 {
			m.rt.Fatalf("I2: %s has the places %d and %d", row.Character, other.key, key)
		}
		seen[row.Character] = stand{key: key, at: l, state: p.State, row: row}
		m.checkStored(row, p.PlaceRow)
	}
	return seen
}

// keepLines takes out of the lines who left them and appends who came; it returns how they were.
func (m *realm) keepLines() map[*land][]admission.PlaceKey {
	before := make(map[*land][]admission.PlaceKey, len(m.lands))
	for _, l := range m.lands {
		before[l] = l.line
		l.line = slices.DeleteFunc(slices.Clone(l.line), func(k admission.PlaceKey) bool {
			return m.store.places[k].Line == 0 && !m.isGhost(k)
		})
	}
	for _, s := range m.souls {
		if p := m.seen[s.id]; p.isQueued() && !slices.Contains(p.at.line, p.key) {
			p.at.line = append(p.at.line, p.key)
		}
	}
	return before
}

func (m *realm) isGhost(k admission.PlaceKey) bool {
	return slices.ContainsFunc(m.tries, func(a *try) bool { return a.ghost() && a.was.key == k })
}

// explain holds what became of a character against what the command, the time or a free seat can do, and takes it over.
func (m *realm) explain(s *soul, was, is stand) {
	w, isAsked := m.wants[s.id]
	if !isAsked {
		w = m.unasked(s, was)
	}
	mayMoveOn := w.state == admission.Waiting && (isAsked || was.state == admission.Waiting) && is.state == admission.Promoted && m.moves(is.at)
	isKey := is.key == w.key || w.key == 0 && w.state != "" && is.key != was.key
	if is.state != w.state && !mayMoveOn || is.at != w.at || !isKey {
		m.rt.Fatalf("nothing explains that %s was %s and is %s (place %d), want %+v", s.id, describe(was), describe(is), is.key, w)
	}
	if w.state == "" && was.key != 0 && w.why != "" {
		was.at.departed[s.id] = departed{w.why, m.now}
	}
	m.follow(s, was, is)
}

func describe(s stand) string {
	if s.key == 0 {
		return "nowhere"
	}
	return fmt.Sprintf("%s on %s", s.state, s.at.in.ID)
}

// unasked is what becomes of a character whom the command does not concern.
func (m *realm) unasked(s *soul, was stand) want {
	if was.key == 0 || m.expiring != was.at || s.due.IsZero() || s.due.After(m.now) {
		return was.as(was.state)
	}
	inMaintenance := was.at.in.Mode == admission.ModeMaintenance
	switch {
	case was.state == admission.Waiting:
		return was.as(admission.Absent)
	case was.state == admission.Absent && inMaintenance:
		s.due = m.now.Add(admission.AbsenceLimit)
		return was.as(admission.Absent)
	case was.state == admission.Absent:
		return ended(admission.Abandoned)
	case was.state == admission.Promoted && (s.missed == 0 || inMaintenance):
		return was.as(admission.Absent)
	case was.state == admission.Grace:
		return ended(admission.Ended)
	default:
		return ended(admission.ClaimExpired)
	}
}

// follow takes over what became of a character: its deadline, and which of its tokens died of it.
func (m *realm) follow(s *soul, was, is stand) {
	if was.key != is.key {
		s.best, s.missed = 0, 0
		if is.key == 0 {
			s.keys.killAll()
		}
	}
	if was.key == is.key && was.state == is.state {
		return
	}
	if was.key == is.key {
		s.keys.moved(was.state, is.state)
	}
	if was.state == admission.Promoted && is.state == admission.Absent {
		s.missed++
	}
	s.due = m.window(s, is)
}

// window is when a state that begins now ends by itself.
func (m *realm) window(s *soul, is stand) time.Time {
	switch is.state {
	case admission.Waiting:
		return m.presence(s, is)
	case admission.Absent:
		return m.now.Add(60 * time.Second)
	case admission.Reserved, admission.Promoted:
		return m.now.Add(10 * time.Second)
	case admission.Grace:
		return m.now.Add(60 * time.Second)
	default:
		return time.Time{}
	}
}

// presence is when somebody who waits without a socket will be absent.
func (m *realm) presence(s *soul, is stand) time.Time {
	if s.socket != 0 && s.place == is.key {
		return time.Time{}
	}
	return m.now.Add(30 * time.Second)
}

// stirs notes a sign of life.
func (m *realm) stirs(s *soul) {
	if is := m.seen[s.id]; is.state == admission.Waiting {
		s.due = m.presence(s, is)
	}
}

// moves reports whether a queue may move.
func (m *realm) moves(l *land) bool { return l.in.Mode != admission.ModeMaintenance && !l.isDown }

// seats counts the seats taken on an instance, those that a move has not let go of too.
func (m *realm) seats(l *land) (n int) {
	for _, s := range m.seen {
		if s.at == l && isSeat(s.state) {
			n++
		}
	}
	for _, a := range m.tries {
		if a.ghost() && a.was.at == l && isSeat(a.was.state) {
			n++
		}
	}
	return n
}

func (m *realm) anybodyWaits(l *land) bool {
	for _, s := range m.seen {
		if s.at == l && s.state == admission.Waiting {
			return true
		}
	}
	return false
}

// hangUp closes a socket, if it is the character's open one.
func (m *realm) hangUp(s *soul, conn admission.Conn) {
	if conn == 0 || s.socket != conn {
		return
	}
	s.closed = append(s.closed, closedSocket{conn, s.at})
	s.socket, s.at, s.place, s.stale = 0, nil, 0, time.Time{}
}

func (m *realm) hearPosition(s *soul, e admission.Queued) {
	if e.Conn != s.socket {
		return // it was closed, or its place moves away
	}
	if e.QueueToken == "" {
		m.checkPace(s.at, e.Position)
	}
	s.keys.issueQueue(e.QueueToken)
	m.positions[e.Conn] = e.Position
	m.checkPosition(s, s.at, s.place, e.Position)
}

// lockedUntil is the end of the lock that a list of failures amounts to: the fifth within less than a minute locks, for
// a minute.
func (h *household) lockedUntil() (until time.Time) {
	for i := 4; i < len(h.failures); i++ {
		if h.failures[i].Sub(h.failures[i-4]) < time.Minute {
			until = h.failures[i].Add(time.Minute)
		}
	}
	return until
}

// forgive takes one failure of that moment out.
func (h *household) forgive(at time.Time) {
	if i := slices.IndexFunc(h.failures, at.Equal); i >= 0 {
		h.failures = slices.Delete(h.failures, i, i+1)
	}
}

func (k keyring) clone() keyring {
	k.dead, k.lapsed = slices.Clone(k.dead), slices.Clone(k.lapsed)
	return k
}

func sortedKeys[K ~string, V any](of map[K]V) []K { return slices.Sorted(maps.Keys(of)) }
