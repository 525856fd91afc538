package admission_test

import (
	"cmp"
	"reflect"
	"slices"
	"time"

	"gatekeeper/admission"
)

// check holds how things stand against what always holds.
func (m *realm) check(was map[admission.CharacterID]stand, lines map[*land][]admission.PlaceKey) {
	for _, l := range m.lands {
		m.checkSeats(l, was)
		m.checkLine(l, lines[l])
		if l.in.IsDown() != l.isDown {
			m.rt.Fatalf("the game server of %s is down: %t, want %t", l.in.ID, l.in.IsDown(), l.isDown)
		}
	}
	for _, s := range m.souls {
		m.checkClaim(s)
		m.checkOvertaking(s, was)
		m.lapse(s)
	}
	m.book.watch(m)
}

// checkSeats: I1, I4.
func (m *realm) checkSeats(l *land, was map[admission.CharacterID]stand) {
	seats := m.seats(l)
	if taken := l.in.SeatsTaken(); taken != seats {
		m.rt.Fatalf("I1: %d seats of %s are taken, the places say %d", taken, l.in.ID, seats)
	}
	for _, s := range m.souls {
		if m.gotSeat(s, was, l) && seats > l.in.Capacity {
			m.rt.Fatalf("I1: %s was admitted to %s, with %d seats taken of %d", s.id, l.in.ID, seats, l.in.Capacity)
		}
	}
	if m.moves(l) && seats < l.in.Capacity && m.anybodyWaits(l) {
		m.rt.Fatalf("I4: %d seats of %d on %s are taken and somebody waits", seats, l.in.Capacity, l.in.ID)
	}
}

// gotSeat reports whether a character has a seat there that nobody held for it before.
func (m *realm) gotSeat(s *soul, was map[admission.CharacterID]stand, l *land) bool {
	before, is := was[s.id], m.seen[s.id]
	if is.at != l || !isSeat(is.state) || m.wants[s.id].isReturn {
		return false
	}
	return before.key != is.key || !isSeat(before.state)
}

// checkLine: I3, the queue of an instance in memory, in the store and by the books, which nothing but an operator
// reorders.
func (m *realm) checkLine(l *land, before []admission.PlaceKey) {
	var stored []admission.PlaceRow
	for _, row := range m.store.places {
		if row.Instance == l.in.ID && row.Line != 0 {
			stored = append(stored, row)
		}
	}
	slices.SortFunc(stored, func(a, b admission.PlaceRow) int { return cmp.Compare(a.Line, b.Line) })
	present := slices.DeleteFunc(slices.Clone(l.line), m.isGhost)
	isSame := slices.EqualFunc(present, stored, func(k admission.PlaceKey, row admission.PlaceRow) bool { return k == row.Key })
	if !isSame {
		m.rt.Fatalf("I3: the line of %s was %v, has to be %v, and is stored as %+v", l.in.ID, before, l.line, stored)
	}
	if depth := l.in.QueueDepth(); depth != len(l.line) || depth > max(l.in.QueueMax, len(before)) {
		m.rt.Fatalf("I3: the queue of %s is %d deep, the books say %d, %d are allowed", l.in.ID, depth, len(l.line), l.in.QueueMax)
	}
}

// checkClaim: I2, by what the changes told and by what the instances know.
func (m *realm) checkClaim(s *soul) {
	is, claim := m.seen[s.id], admission.InstanceID("")
	if is.key != 0 {
		claim = is.at.in.ID
	}
	if m.claims[s.id] != claim {
		m.rt.Fatalf("I2: %s is %s, the claim names %q", s.id, describe(is), m.claims[s.id])
	}
	for _, l := range m.lands {
		if p := l.in.Place(s.id); (p != nil) != (is.key != 0 && is.at == l) {
			m.rt.Fatalf("I2: %s is %s, and %s knows %+v", s.id, describe(is), l.in.ID, p)
		}
	}
}

// checkOvertaking: I3, whoever got a seat left nobody behind who waited, present, in front of them.
func (m *realm) checkOvertaking(s *soul, was map[admission.CharacterID]stand) {
	is := m.seen[s.id]
	if is.key == 0 || !m.gotSeat(s, was, is.at) {
		return
	}
	rank := slices.Index(is.at.line, is.key)
	for _, other := range m.souls {
		before, now := was[other.id], m.seen[other.id]
		waits := before.key == now.key && now.at == is.at && before.state == admission.Waiting && now.state == admission.Waiting
		if waits && (rank < 0 || slices.Index(is.at.line, now.key) < rank) {
			m.rt.Fatalf("I3: %s overtook %s", s.id, other.id)
		}
	}
}

// checkStored: I7, a row is what memory holds, but for what a start changes of itself.
func (m *realm) checkStored(row, memory admission.PlaceRow) {
	if restored(row.State) == memory.State {
		memory.State = row.State
	}
	if memory != row {
		m.rt.Fatalf("I7: of %s memory holds %+v, the store %+v", row.Character, memory, row)
	}
}

// checkPosition: I3, a position is told as it is, and is never worse than one told before.
func (m *realm) checkPosition(s *soul, l *land, place admission.PlaceKey, position int) {
	if rank := slices.Index(l.line, place) + 1; rank != position {
		m.rt.Fatalf("I3: %s was told position %d on %s, it is %d", s.id, position, l.in.ID, rank)
	}
	if m.seen[s.id].key != place {
		return
	}
	if s.best != 0 && position > s.best {
		m.rt.Fatalf("I3: the position of %s rose from %d to %d", s.id, s.best, position)
	}
	s.best = position
}

func isFront(position int) bool { return position <= 20 }

func pushInterval(isFront bool) time.Duration {
	if isFront {
		return time.Second
	}
	return 5 * time.Second
}

// checkPace: positions are pushed at most once a second in front, once in five behind.
func (m *realm) checkPace(l *land, position int) {
	group := &l.pushed[1]
	if isFront(position) {
		group = &l.pushed[0]
	}
	if passed := m.now.Sub(*group); passed != 0 && passed < pushInterval(isFront(position)) {
		m.rt.Fatalf("positions of %s, %d among them, are pushed %s after the last time", l.in.ID, position, passed)
	}
	*group = m.now
}

// checkStale: whoever waits on a socket knows the position, or will within the interval.
func (m *realm) checkStale() {
	for _, s := range m.souls {
		is := m.seen[s.id]
		if s.socket == 0 || is.key != s.place || is.state != admission.Waiting {
			s.stale = time.Time{}
			continue
		}
		position := slices.Index(s.at.line, s.place) + 1
		if m.positions[s.socket] == position {
			s.stale = time.Time{}
			continue
		}
		if s.stale.IsZero() || s.wasFront != isFront(position) {
			s.stale, s.wasFront = m.now, isFront(position)
		}
		if m.now.Sub(s.stale) > pushInterval(s.wasFront) {
			m.rt.Fatalf("%s believes since %s to be at %d, and is at %d", s.id, m.now.Sub(s.stale), m.positions[s.socket], position)
		}
	}
}

// checkPoll: what a status tells.
func (m *realm) checkPoll(s *soul, l *land, st admission.Status, isHere bool) {
	is := m.seen[s.id]
	if !isHere {
		why := admission.NeverQueued
		if gone, known := l.departed[s.id]; known && m.now.Sub(gone.at) < 10*time.Minute {
			why = gone.why
		}
		if st.None != why || st.State != "" {
			m.rt.Fatalf("%s has no place on %s and is told %q %q, want %q", s.id, l.in.ID, st.State, st.None, why)
		}
		return
	}
	isHandedOut := is.state == admission.Promoted || is.state == admission.Reserved
	if st.State != is.state || (st.SessionToken != "") != isHandedOut || st.None != "" {
		m.rt.Fatalf("%s is %s and is told %+v", s.id, describe(is), st)
	}
	if isHandedOut && st.ClaimWithin != s.due.Sub(m.now) {
		m.rt.Fatalf("%s is told to claim within %s, it has %s", s.id, st.ClaimWithin, s.due.Sub(m.now))
	}
	if st.Position > 0 {
		m.checkPosition(s, l, is.key, st.Position)
	}
}

// lapse ends a sessionToken whose window is over.
func (m *realm) lapse(s *soul) {
	if s.keys.session != "" && !m.now.Before(s.keys.until) {
		s.keys.lapse()
	}
}

// checkOverdue: whatever ends by time has ended on time.
func (m *realm) checkOverdue() {
	for _, s := range m.souls {
		m.lapse(s)
		if !s.due.IsZero() && !s.due.After(m.now) {
			m.rt.Fatalf("%s still is %s, %s after its end", s.id, describe(m.seen[s.id]), m.now.Sub(s.due))
		}
	}
	m.checkStale()
}

// checkSettings: I7, an instance comes back as it was set.
func (m *realm) checkSettings(l *land, in *admission.Instance) {
	if !reflect.DeepEqual(l.in.Settings, in.Settings) {
		m.rt.Fatalf("I7: %s was %+v and is stored as %+v", l.in.ID, l.in.Settings, in.Settings)
	}
}

// checkTokensAfterRestart: I6, on instances that start from the stored rows beside the realm every live token works, and
// no dead one does.
func (m *realm) checkTokensAfterRestart() {
	for slot := range 5 {
		beside := m.beside()
		for _, s := range m.souls {
			if k := s.keys.slots()[slot]; k.token != "" && !m.attachesTo(beside[m.landIndex(s)], k) {
				m.rt.Fatalf("I6: after a restart %s (%s) cannot attach with the live token %v", s.id, describe(m.seen[s.id]), k)
			}
		}
	}
	beside := m.beside()
	for _, s := range m.souls {
		for _, k := range s.keys.dead {
			if slices.ContainsFunc(beside, func(in *admission.Instance) bool { return m.attachesTo(in, k) }) {
				m.rt.Fatalf("I6: after a restart %s (%s) attaches with the dead token %v", s.id, describe(m.seen[s.id]), k)
			}
		}
	}
}

func (m *realm) beside() []*admission.Instance {
	list := make([]*admission.Instance, len(m.lands))
	for i, l := range m.lands {
		list[i], _ = m.restored(l)
	}
	return list
}

func (m *realm) landIndex(s *soul) int { return slices.Index(m.lands, m.seen[s.id].at) }

func (m *realm) attachesTo(in *admission.Instance, k key) bool {
	lastConn++
	isGood, _ := in.Attach(k.token, k.kind, lastConn, m.now)
	return isGood
}

func (k *keyring) slots() [5]key {
	return [5]key{
		{k.session, admission.SessionTokenKind},
		{k.reconnect.held, admission.ReconnectionTokenKind},
		{k.reconnect.fresh, admission.ReconnectionTokenKind},
		{k.queue.held, admission.QueueTokenKind},
		{k.queue.fresh, admission.QueueTokenKind},
	}
}

// ledger counts events (I10). What is finished and right is forgotten: an event that comes after all stands alone.
type ledger struct {
	attempts map[admission.AttemptID]*entry
	sessions map[admission.SessionID]*entry
	throttle map[admission.AccountID]int // refusals by a lock that were told of
	replayed map[admission.SessionID]time.Time
}

// entry is an attempt, or a session from its admission on.
type entry struct {
	begun, ended int
	isSilent     bool               // a lock swallowed it
	place        admission.PlaceKey // the queue place that it made
	isQueued     bool
	later        int // ends of that place, or of the session
	returned     int // ends that a withdrawal undid after they were written
	isUnsaid     bool
}

func newLedger() *ledger {
	return &ledger{
		map[admission.AttemptID]*entry{},
		map[admission.SessionID]*entry{},
		map[admission.AccountID]int{},
		map[admission.SessionID]time.Time{},
	}
}

func (b *ledger) attempt(id admission.AttemptID) *entry {
	if b.attempts[id] == nil {
		b.attempts[id] = &entry{}
	}
	return b.attempts[id]
}

func (b *ledger) session(id admission.SessionID) *entry {
	if b.sessions[id] == nil {
		b.sessions[id] = &entry{}
	}
	return b.sessions[id]
}

func (b *ledger) began(id admission.AttemptID, h *household, isSilent bool) {
	b.attempt(id).isSilent = isSilent
	if isSilent && h.swallowable < 10 {
		b.attempt(id).isSilent = false // too early
	}
}

func (b *ledger) placedAttempt(o admission.Outcome, place admission.PlaceKey, made bool) {
	if made && o.Kind == admission.OutcomeQueued {
		b.attempt(o.Attempt).place = place
	}
}

// withdrawn notes what the log says of an attempt that is taken back: nothing, or, where it was being written, an end
// of what it made and of what comes back.
func (b *ledger) withdrawn(a *try, is stand, isTold bool) {
	if !isTold {
		b.attempt(a.decision.Outcome.Attempt).place = 0
		if is.row.Session != "" {
			b.session(is.row.Session).isUnsaid = true
		}
		return
	}
	switch {
	case a.was.key == 0:
	case a.was.isQueued():
		b.attempt(a.was.row.Attempt).returned++
	default:
		b.session(a.was.row.Session).returned++
	}
}

// watch notes which sessions there are.
func (b *ledger) watch(m *realm) {
	for _, is := range m.seen {
		if is.key != 0 && !is.isQueued() {
			b.session(is.row.Session)
		}
	}
}

func (b *ledger) read(m *realm, c *admission.Change) {
	for _, e := range c.Events {
		b.count(e)
		if e.Time.After(m.now) || e.Time.IsZero() {
			m.rt.Fatalf("I10: the time of %+v", e)
		}
	}
}

func (b *ledger) count(e admission.Event) {
	switch e.Name {
	case admission.EventAttempt:
		b.attempt(e.Attempt).begun++
	case admission.EventQueued:
		b.attempt(e.Attempt).isQueued = true
		b.attempt(e.Attempt).ended++
	case admission.EventFailed, admission.EventTimeout:
		b.attempt(e.Attempt).ended++
	case admission.EventThrottled:
		b.countThrottled(e)
	case admission.EventAdmitted:
		if f := b.attempt(e.Attempt); f.isQueued {
			f.later++
		} else {
			f.ended++
		}
	case admission.EventQueueLeft, admission.EventQueueAbandoned, admission.EventQueueClaimExpired,
		admission.EventQueueTransferred, admission.EventQueueRemoved, admission.EventQueueClosed:
		b.attempt(e.Attempt).later++
	case admission.EventDisconnected:
		if e.Reason != "network" {
			b.session(e.Session).later++
		}
	}
}

// countThrottled: a refusal is an event of its own, or one among those that are told of as a number.
func (b *ledger) countThrottled(e admission.Event) {
	if count, isMany := e.Data["count"].(int); isMany {
		b.throttle[e.Account] += count
		return
	}
	b.throttle[e.Account]++
	b.attempt(e.Attempt).ended++
}

// replays: a dead token is told of only while its session lives, at most once a minute.
func (b *ledger) replays(m *realm, c *admission.Change) {
	for _, e := range c.Events {
		last := b.replayed[e.Session]
		isAlive := m.seen[e.Character].row.Session == e.Session
		if e.Name != admission.EventTokenReplayed || !isAlive || !last.IsZero() && m.now.Sub(last) < time.Minute {
			m.rt.Fatalf("a dead token is told of as %+v, the last time was %s", e, last)
		}
		b.replayed[e.Session] = m.now
	}
}

// check: I10, when no attempt is on its way.
func (b *ledger) check(m *realm) {
	if slices.ContainsFunc(m.tries, func(a *try) bool { return !a.isCommitted }) {
		return
	}
	for _, id := range sortedKeys(b.attempts) {
		b.checkAttempt(m, id, b.attempts[id])
	}
	for _, id := range sortedKeys(b.sessions) {
		b.checkSession(m, id, b.sessions[id])
	}
	for _, h := range m.houses {
		if told := b.throttle[h.account.ID] + h.account.Failures.Untold(); told != h.throttled {
			m.rt.Fatalf("I10: a lock refused %d attempts of %s, %d are told of", h.throttled, h.account.ID, told)
		}
	}
}

func (b *ledger) checkAttempt(m *realm, id admission.AttemptID, f *entry) {
	want := 1
	if f.isSilent {
		want = 0
	}
	if f.begun != want || f.ended != want {
		m.rt.Fatalf("I10: attempt %s has %d beginnings and %d ends, want %d", id, f.begun, f.ended, want)
	}
	isOver := f.place != 0 && m.store.places[f.place].Line == 0
	ends := f.returned
	if isOver {
		ends++
	}
	if f.later != ends {
		m.rt.Fatalf("I10: of the queue place %d of attempt %s %d events tell the end, want %d", f.place, id, f.later, ends)
	}
	if isOver || f.place == 0 {
		delete(b.attempts, id)
	}
}

func (b *ledger) checkSession(m *realm, id admission.SessionID, f *entry) {
	isAlive := false
	for _, is := range m.seen {
		isAlive = isAlive || is.row.Session == id
	}
	ends := f.returned
	if !isAlive && !f.isUnsaid {
		ends++
	}
	if f.later != ends {
		m.rt.Fatalf("I10: of session %s %d events tell the end, want %d", id, f.later, ends)
	}
	if !isAlive {
		delete(b.sessions, id)
	}
}
