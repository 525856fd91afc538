package admission_test

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"gatekeeper/admission"

	"pgregory.net/rapid"
)

// request is an attempt as a test thinks of it.
type request struct {
	by         *household
	soul       *soul // whom it is about; nil = nobody whom the model knows
	at         *land // nil = unknown
	target     admission.InstanceID
	character  admission.CharacterID
	activeThen admission.CharacterID
	build      string
	answer     string // a replaceToken
	malformed  string
	isLate     bool
}

func (r request) whom() admission.CharacterID {
	if r.character == "" {
		return r.by.account.Active
	}
	return r.character
}

// connect decides an attempt and holds its outcome against the contract's table. What it returns waits for its commit;
// nil where nothing does.
func (m *realm) connect(r request) *try {
	expected := m.verdict(r)
	a := m.attempt(r)
	was := m.seen[r.whom()]
	d := admission.Connect(a, m.now)
	m.rt.Logf("%s connects as %q to %s (%q): %s", r.by.account.ID, r.character, r.target, r.answer, expected)
	if got := name(d.Outcome); got != expected {
		m.rt.Fatalf("the attempt of %s (%s) to %s ends as %s, want %s", r.whom(), describe(was), r.target, got, expected)
	}
	m.book.began(a.ID, r.by, d.Change.IsEmpty())
	if d.Outcome.Refusal != nil || d.Outcome.Kind == admission.OutcomeTimeout {
		return m.refused(r, d)
	}
	return m.placed(r, d, was)
}

func (m *realm) attempt(r request) admission.Attempt {
	a := admission.Attempt{
		ID: admission.AttemptID(m.mint.UUID()), Account: r.by.account, Target: r.target, Malformed: r.malformed,
		Character: r.character, ActiveAtArrival: r.activeThen, Build: r.build, ReplaceToken: r.answer, IsLate: r.isLate,
	}
	if r.at != nil {
		a.Instance = r.at.in
		if home := m.landOf(m.claims[r.whom()]); home != r.at && home != nil {
			a.Other = home.in
		}
	}
	return a
}

func name(o admission.Outcome) string {
	if o.Refusal != nil {
		return string(o.Refusal.Reason)
	}
	return string(o.Kind)
}

// verdict is the contract's table: the first row that applies.
func (m *realm) verdict(r request) string {
	s, is := r.soul, m.seen[r.whom()]
	isHere := is.key != 0 && is.at == r.at
	isYes := m.isYes(r, is)
	isNew := !isHere || is.state == admission.Active && !isYes
	isInTheWay := is.key != 0 && (!isHere || is.state == admission.Active)
	switch {
	case r.isLate:
		return string(admission.OutcomeTimeout)
	case m.now.Before(r.by.lockedUntil()):
		return string(admission.RateLimited)
	case r.malformed != "":
		return string(admission.InvalidRequest)
	case r.at == nil || r.at.in.Mode == admission.ModeClosed:
		return string(admission.InvalidInstance)
	case r.whom() == "":
		return string(admission.NoActiveCharacter)
	case s == nil || s.house != r.by:
		return string(admission.CharacterNotOwned)
	case s.suspended:
		return string(admission.CharacterSuspended)
	case isNew && !m.accepts(r.at, r.build):
		return string(admission.VersionMismatch)
	case isNew && r.at.in.Mode == admission.ModeMaintenance:
		return string(admission.Maintenance)
	case isInTheWay && (r.answer == "" || !mayGiveUp(is, r.at)) && is.isQueued():
		return string(admission.AlreadyQueued)
	case isInTheWay && (r.answer == "" || !mayGiveUp(is, r.at)):
		return string(admission.AlreadyInSession)
	case r.answer != "" && !isYes:
		return string(admission.InvalidReplaceToken)
	case isNew && r.at.isDown:
		return string(admission.InstanceUnavailable)
	case isNew && r.at.in.Mode == admission.ModeDraining:
		return string(admission.DrainMode)
	case isNew && !m.hasRoom(r.at) && len(r.at.line) >= r.at.in.QueueMax:
		return string(admission.QueueFull)
	case r.character == "" && r.activeThen != r.by.account.Active:
		return string(admission.CharacterChanged)
	default:
		return string(m.kind(r.at, is, isHere))
	}
}

// kind is whether an attempt that succeeds is admitted or queued.
func (m *realm) kind(l *land, is stand, isHere bool) admission.OutcomeKind {
	switch {
	case isHere && isSeat(is.state), isHere && m.moves(l) && m.seats(l) < l.in.Capacity, !isHere && m.hasRoom(l):
		return admission.OutcomeAdmitted
	default:
		return admission.OutcomeQueued
	}
}

func (m *realm) hasRoom(l *land) bool { return m.seats(l) < l.in.Capacity && !m.anybodyWaits(l) }

func (m *realm) accepts(l *land, build string) bool {
	matches := func(b admission.AcceptedBuild) bool {
		return b.Build == build && (b.Until.IsZero() || m.now.Before(b.Until))
	}
	return l.in.RequiredBuild == "" || l.in.RequiredBuild == build || slices.ContainsFunc(l.in.AcceptedBuilds, matches)
}

// mayGiveUp is the policy of the instance where a place is wanted.
func mayGiveUp(is stand, l *land) bool {
	if is.at == l {
		return l.in.Replacement != admission.ReplaceNever
	}
	return is.isQueued() || l.in.Replacement == admission.ReplaceAnywhere
}

// isYes reports whether the request's answer is good for the place that stands.
func (m *realm) isYes(r request, is stand) bool {
	if r.answer == "" || is.key == 0 {
		return false
	}
	for _, s := range r.by.souls {
		for _, q := range s.offers {
			if q.token == r.answer {
				return !q.used && q.place == is.key && q.wasQueued == is.isQueued() && q.target == r.target && m.now.Before(q.until)
			}
		}
	}
	return false
}

// refused takes over what a refusal tells and counts.
func (m *realm) refused(r request, d admission.Decision) *try {
	a := &try{decision: d, house: r.by, at: r.at, deadline: m.now.Add(admission.AttemptLimit)}
	if o := d.Outcome.Refusal; o != nil {
		m.takeRefusal(r, a, o)
	}
	m.keep(d.Change)
	if d.Change.IsEmpty() {
		return nil
	}
	m.tries = append(m.tries, a)
	return a
}

func (m *realm) takeRefusal(r request, a *try, o *admission.Refusal) {
	switch {
	case o.Reason == admission.RateLimited:
		r.by.throttled++
		r.by.swallowable++
		if left := r.by.lockedUntil().Sub(m.now); o.RetryAfter != left {
			m.rt.Fatalf("I9: the lock of %s is told to last %s, it lasts %s", r.by.account.ID, o.RetryAfter, left)
		}
	case o.ReplaceToken != "":
		is := m.seen[r.soul.id]
		r.soul.offers = append(r.soul.offers, question{
			o.ReplaceToken, is.key, is.isQueued(), r.target, m.now.Add(30 * time.Second), false,
		})
	case counted[o.Reason]:
		a.failedAt = m.now
		r.by.failures = append(r.by.failures, m.now)
	}
	m.checkQuestion(r, o)
}

// checkQuestion holds what a refusal tells of the place in the way against the policies.
func (m *realm) checkQuestion(r request, o *admission.Refusal) {
	if o.Reason != admission.AlreadyInSession && o.Reason != admission.AlreadyQueued {
		return
	}
	is := m.seen[r.soul.id]
	if e := o.Existing; e == nil || e.Instance != is.at.in.ID || e.State != is.state || (o.ReplaceToken != "") != mayGiveUp(is, r.at) {
		m.rt.Fatalf("%s (%s) is told %+v %+v by %s", r.soul.id, describe(is), o, o.Existing, r.at.in.Replacement)
	}
}

// counted are the refusals that are failed attempts.
var counted = map[admission.Reason]bool{
	admission.InvalidRequest: true, admission.InvalidInstance: true, admission.NoActiveCharacter: true,
	admission.CharacterNotOwned: true, admission.CharacterSuspended: true, admission.VersionMismatch: true,
	admission.AlreadyInSession: true, admission.AlreadyQueued: true, admission.InvalidReplaceToken: true,
}

// placed takes over what an attempt that succeeded did to its character, before it is told.
func (m *realm) placed(r request, d admission.Decision, was stand) *try {
	s, o := r.soul, d.Outcome
	a := &try{
		decision: d, house: r.by, soul: s, at: r.at, deadline: m.now.Add(admission.AttemptLimit), was: was,
		keys: s.keys.clone(), due: s.due, missed: s.missed, given: o.SessionToken + o.QueueToken,
		made: was.key == 0 || was.at != r.at || was.state == admission.Active,
	}
	m.checkOutcome(r, o, was, a.made)
	m.does(s, m.wanted(r, o, was, a.made))
	m.tries = append(m.tries, a)
	if a.made {
		s.keys = keyring{}
	}
	m.keep(d.Change)
	s.open = a
	if a.ghost() {
		was.at.departed[s.id] = departed{admission.Transferred, m.now}
	}
	m.stirs(s)
	m.giveTokens(s, a, o)
	if o.Position > 0 {
		m.checkPosition(s, r.at, m.seen[s.id].key, o.Position)
	}
	m.book.placedAttempt(o, m.seen[s.id].key, a.made)
	return a
}

func (m *realm) wanted(r request, o admission.Outcome, was stand, isNew bool) want {
	switch {
	case isNew && o.Kind == admission.OutcomeAdmitted:
		return want{at: r.at, state: admission.Reserved, isReturn: was.at == r.at}
	case isNew:
		return want{at: r.at, state: admission.Waiting}
	case isSeat(was.state):
		return was.as(was.state)
	default:
		return was.as(admission.Waiting)
	}
}

// checkOutcome: what an admission says of itself.
func (m *realm) checkOutcome(r request, o admission.Outcome, was stand, isNew bool) {
	if o.Kind != admission.OutcomeAdmitted {
		return
	}
	if isReplaced := isNew && was.key != 0 && !was.isQueued(); isNew && o.Replaced != isReplaced || was.state == admission.Grace && was.at == r.at && !o.Resumed {
		m.rt.Fatalf("%s (%s) is admitted with resumed %t, replaced %t", r.soul.id, describe(was), o.Resumed, o.Replaced)
	}
	if within := o.ClaimWithin; within > 10*time.Second || within <= 0 {
		m.rt.Fatalf("%s may claim within %s", r.soul.id, within)
	}
}

func (m *realm) giveTokens(s *soul, a *try, o admission.Outcome) {
	if o.Kind == admission.OutcomeQueued {
		s.keys.issueQueue(o.QueueToken)
		return
	}
	if !a.made && a.was.state == admission.Grace {
		s.keys.killSeat()
		a.settled = s.settleQuestions(a.was.key)
	}
	s.keys.issueSession(o.SessionToken, m.now.Add(o.ClaimWithin))
}

func (s *soul) settleQuestions(place admission.PlaceKey) (settled []int) {
	for i := range s.offers {
		if q := &s.offers[i]; q.place == place && !q.used {
			q.used = true
			settled = append(settled, i)
		}
	}
	return settled
}

// commit makes an attempt durable: what waited for it is told.
func (m *realm) commit(a *try) {
	m.rt.Logf("%s is committed", a.decision.Outcome.Attempt)
	a.isCommitted = true
	m.tell(a.decision.Change)
	if a.soul == nil {
		m.forgetTry(a)
		return
	}
	a.soul.open, a.soul.last = nil, a
	if a.made {
		a.soul.keys.kill(slices.Concat(a.keys.live(), a.keys.dead, a.keys.lapsed)...)
	}
}

// complete lets go of what a move left behind.
func (m *realm) complete(a *try) {
	if !slices.Contains(m.tries, a) {
		return // refused, or ended by a restart
	}
	m.forgetTry(a)
	m.step(a.decision.Complete(m.now))
}

func (m *realm) forgetTry(a *try) {
	m.tries = slices.DeleteFunc(m.tries, func(other *try) bool { return other == a })
}

// withdraw takes an attempt back as the gate does: what is not being written yet is unsaid, and what something else has
// ended meanwhile is not brought back.
func (m *realm) withdraw(a *try) {
	isTold := rapid.Bool().Draw(m.rt, "told")
	m.rt.Logf("%s is withdrawn, told: %t", a.decision.Outcome.Attempt, isTold)
	d := a.decision
	if a.soul != nil && !d.Withdrawable() {
		m.commit(a)
		m.complete(a)
		return
	}
	d.Untell()
	if !isTold {
		d.Unsay()
	}
	m.tell(d.Change)
	m.forgetTry(a)
	if a.soul == nil {
		a.house.forgive(a.failedAt)
		if !isTold && d.Outcome.Refusal != nil && d.Outcome.Refusal.Reason == admission.RateLimited {
			a.house.throttled--
		}
		m.step(d.WithdrawRefusal(isTold, m.now))
		return
	}
	m.takeBack(a, isTold)
}

func (m *realm) takeBack(a *try, isTold bool) {
	s := a.soul
	s.open = nil
	given := s.keys
	if a.made {
		m.does(s, m.broughtBack(a))
		m.book.withdrawn(a, m.seen[s.id], isTold)
	}
	c := a.decision.Withdraw(isTold, m.now)
	m.keep(c)
	if !a.made {
		m.revoke(a)
	} else {
		s.keys = a.keys
		s.keys.kill(given.live()...)
		s.keys.kill(given.dead...)
		if m.seen[s.id].key == 0 {
			s.keys.killAll()
		}
		m.restoreDue(a)
		m.checkReturn(a, c, isTold)
	}
	m.tell(c)
}

// checkReturn: a place whose end is in the log already is told to be there again.
func (m *realm) checkReturn(a *try, c *admission.Change, isTold bool) {
	name := admission.EventReconnected
	if a.was.isQueued() {
		name = admission.EventPresent
	}
	isReturn := func(e admission.Event) bool { return e.Name == name && e.Attempt == a.was.row.Attempt }
	if m.seen[a.soul.id].key == 0 {
		return // there was none, or its instance was closed meanwhile
	}
	if isTold != slices.ContainsFunc(c.Events, isReturn) {
		m.rt.Fatalf("I10: %s is brought back, told: %t, by %+v", a.soul.id, isTold, c.Events)
	}
}

// broughtBack is where a character stands again whose attempt made a place.
func (m *realm) broughtBack(a *try) want {
	switch w := a.was.as(a.was.state); {
	case a.was.key == 0:
		return want{}
	case a.was.at.in.Mode == admission.ModeClosed:
		a.was.at.departed[a.soul.id] = departed{admission.Closed, m.now}
		return want{}
	case a.was.state == admission.Active && a.soul.socket == 0:
		w.state, w.isReturn = admission.Grace, true
		return w
	default:
		w.isReturn = isSeat(a.was.state)
		return w
	}
}

// restoreDue: a place that comes back has the deadline that it had, but who waits has just stirred.
func (m *realm) restoreDue(a *try) {
	s, is := a.soul, m.seen[a.soul.id]
	s.missed = a.missed
	switch is.state {
	case admission.Absent, admission.Reserved:
		s.due = a.due
	case admission.Promoted:
		if a.was.state == admission.Promoted {
			s.due = a.due
		}
	case admission.Grace:
		if a.was.state == admission.Grace {
			s.due = a.due
		}
	case admission.Waiting:
		m.stirs(s)
	}
}

// revoke: the token handed out is dead, and those that it superseded work again, unless something else superseded it.
func (m *realm) revoke(a *try) {
	s := a.soul
	switch k := &s.keys; a.given {
	case k.session:
		k.kill(key{k.session, admission.SessionTokenKind})
		k.session, k.until = a.keys.session, a.keys.until
		if a.was.state == admission.Grace {
			k.reconnect = a.keys.reconnect
		}
	case k.queue.fresh:
		k.kill(key{k.queue.fresh, admission.QueueTokenKind})
		k.queue.fresh = a.keys.queue.fresh
	default:
		return
	}
	for _, i := range a.settled {
		s.offers[i].used = false
	}
	s.keys.revive()
}

// revive takes those that live out of the dead.
func (k *keyring) revive() {
	live := k.live()
	k.dead = slices.DeleteFunc(k.dead, func(d key) bool { return slices.Contains(live, d) })
}

// repeat asks the last attempt again that was answered.
func (m *realm) repeat(s *soul) {
	a, is := s.last, m.seen[s.id]
	o, c := a.decision.Repeat(m.now)
	m.rt.Logf("%s asks %s again", s.id, o.Attempt)
	stands := is.key != 0 && a.decision.Stands() != nil
	m.step(c)
	if len(c.Events) > 0 || !stands && !c.IsEmpty() {
		m.rt.Fatalf("asking again does %+v", c)
	}
	switch {
	case !stands:
	case is.isQueued():
		s.keys.issueQueue(o.QueueToken)
		m.checkPosition(s, is.at, is.key, o.Position)
	default:
		if is.state == admission.Grace {
			s.keys.killSeat()
		}
		s.keys.issueSession(o.SessionToken, m.now.Add(o.ClaimWithin))
	}
}

// Sockets.

func (m *realm) attachWithAnyLive(s *soul) {
	live := s.keys.live()
	m.attach(s, live[rapid.IntRange(0, len(live)-1).Draw(m.rt, "token")])
}

func (m *realm) attach(s *soul, k key) {
	is := m.seen[s.id]
	lastConn++
	m.rt.Logf("%s (%s) attaches with %v", s.id, describe(is), k)
	if s.socket != 0 {
		m.hangUp(s, s.socket)
	}
	s.socket, s.at, s.place = lastConn, is.at, is.key
	m.listeners[lastConn] = s
	isGood, c := is.at.in.Attach(k.token, k.kind, lastConn, m.now)
	if !isGood {
		m.rt.Fatalf("I6: %s (%s) cannot attach with the live token %v", s.id, describe(is), k)
	}
	s.keys.use(k, is.state)
	if isSeat(is.state) {
		m.does(s, is.as(admission.Active))
	} else {
		m.does(s, is.as(admission.Waiting))
	}
	m.checkBriefing(is.at.in, lastConn, c)
	m.step(c)
	m.stirs(s)
}

// checkBriefing wants a socket that attaches to hear once, behind the frame of its place, what it missed.
func (m *realm) checkBriefing(in *admission.Instance, conn admission.Conn, c *admission.Change) {
	var want []string
	if in.IsDown() {
		want = append(want, string(admission.NoticeGameServerSilent))
	}
	if in.Mode == admission.ModeDraining || in.Mode == admission.ModeMaintenance {
		want = append(want, string(in.Mode))
	}
	var got []string
	hasPlace := false
	for _, effect := range c.Effects {
		switch e := effect.(type) {
		case admission.Seated:
			hasPlace = hasPlace || e.Conn == conn
		case admission.Queued:
			hasPlace = hasPlace || e.Conn == conn
		case admission.Notice:
			if !hasPlace || !slices.Equal(e.Conns, []admission.Conn{conn}) {
				m.rt.Fatalf("the socket %d attaches, and %v hear %+v before its place", conn, e.Conns, e)
			}
			got = append(got, cmp.Or(string(e.Code), e.Kind))
		}
	}
	if !slices.Equal(got, want) {
		m.rt.Fatalf("the socket %d attaches and hears %v, not %v", conn, got, want)
	}
}

// attachWithAnyDead tries a dead token everywhere.
func (m *realm) attachWithAnyDead(s *soul) {
	bad := slices.Concat(s.keys.lapsed, s.keys.dead)
	k := bad[rapid.IntRange(0, len(bad)-1).Draw(m.rt, "token")]
	for _, l := range m.lands {
		lastConn++
		isGood, c := l.in.Attach(k.token, k.kind, lastConn, m.now)
		if m.book.replays(m, c); isGood || len(c.Records)+len(c.Effects) > 0 {
			m.rt.Fatalf("I6: %s (%s) attached with the dead token %v", s.id, describe(m.seen[s.id]), k)
		}
		m.step(c)
	}
}

func (m *realm) hear(s *soul) {
	m.rt.Logf("%s is heard", s.id)
	m.mayClaim(s)
	m.step(s.at.in.Hear(s.socket, m.now))
}

// mayClaim says that a sign of life on the socket of a promoted place claims it.
func (m *realm) mayClaim(s *soul) {
	if is := m.seen[s.id]; is.key == s.place && is.state == admission.Promoted {
		m.does(s, is.as(admission.Active))
	}
}

func (m *realm) ack(s *soul) {
	m.rt.Logf("%s acks", s.id)
	m.mayClaim(s)
	m.step(s.at.in.Ack(s.socket, m.now))
	if is := m.seen[s.id]; is.key == s.place && is.state == admission.Active {
		s.keys.confirm(&s.keys.reconnect, admission.ReconnectionTokenKind)
	}
}

func (m *realm) drop(s *soul) {
	m.rt.Logf("%s drops", s.id)
	l, conn, is := s.at, s.socket, m.seen[s.id]
	isOwn := is.key == s.place
	m.hangUp(s, conn)
	if isOwn && is.state == admission.Active {
		m.does(s, is.as(admission.Grace))
	}
	m.step(l.in.Drop(conn, m.now))
	if isOwn {
		m.stirs(s)
	}
}

// leave ends the place, but of a place that is being replaced the socket alone.
func (m *realm) leave(s *soul) {
	m.rt.Logf("%s leaves", s.id)
	l, conn := s.at, s.socket
	if m.seen[s.id].key == s.place {
		m.does(s, ended(admission.Left))
	}
	m.step(l.in.Leave(conn, m.now))
	m.hangUp(s, conn)
}

// anyClosedSocketStirs lets a socket that was closed or taken over speak up: nothing may come of it.
func (m *realm) anyClosedSocketStirs(s *soul) {
	old := s.closed[rapid.IntRange(0, len(s.closed)-1).Draw(m.rt, "conn")]
	for _, stir := range []func(admission.Conn, time.Time) *admission.Change{
		old.at.in.Ack, old.at.in.Hear, old.at.in.Leave, old.at.in.Drop,
	} {
		if c := stir(old.conn, m.now); !c.IsEmpty() {
			m.rt.Fatalf("I6: a closed socket of %s does %+v", s.id, c)
		}
	}
}

// What needs no socket.

func (m *realm) poll(s *soul, l *land) {
	isDue := s.polled.IsZero() || m.now.Sub(s.polled) >= time.Second
	wait, may := s.house.account.MayPoll(s.id, m.now)
	if may != isDue || !may && wait != time.Second-m.now.Sub(s.polled) {
		m.rt.Fatalf("%s may poll: %t, in %s", s.id, may, wait)
	}
	if !may {
		return
	}
	s.polled = m.now
	is := m.seen[s.id]
	isHere := is.at == l && is.key != 0
	if isHere && !isSeat(is.state) {
		m.does(s, is.as(admission.Waiting))
	}
	st, c := l.in.Poll(s.id, m.now)
	m.rt.Logf("%s polls %s: %s %s", s.id, l.in.ID, st.State, st.None)
	m.keep(c)
	m.checkPoll(s, l, st, isHere)
	if isHere {
		m.stirs(s)
	}
	if st.SessionToken != "" {
		s.keys.issueSession(st.SessionToken, m.now.Add(st.ClaimWithin))
	}
	m.tell(c)
}

func (m *realm) leaveQueue(s *soul, l *land) {
	m.rt.Logf("%s leaves the queue of %s", s.id, l.in.ID)
	if is := m.seen[s.id]; is.at == l && is.isQueued() {
		m.does(s, ended(admission.Left))
	}
	m.step(l.in.LeaveQueue(s.id, m.now))
}

// leaveSession gives the session up, or one that never was.
func (m *realm) leaveSession(s *soul) {
	is := m.seen[s.id]
	session := is.row.Session
	if session == "" || m.chance(20, "another") {
		session = "another"
	} else {
		m.does(s, ended(admission.Left))
	}
	m.rt.Logf("%s leaves the session %s", s.id, session)
	m.step(is.at.in.LeaveSession(s.id, session, m.now))
}

func (m *realm) remove(s *soul) {
	m.rt.Logf("%s is removed", s.id)
	m.does(s, ended(admission.Removed))
	m.step(m.seen[s.id].at.in.Remove(s.id, "", m.now))
}

// beMoved is an operator's word: the only one that changes the order.
func (m *realm) beMoved(s *soul) {
	is := m.seen[s.id]
	to := rapid.IntRange(-1, len(is.at.line)+2).Draw(m.rt, "position")
	m.rt.Logf("%s is moved to %d", s.id, to)
	c, err := is.at.in.Move(s.id, to, m.now)
	if err != nil {
		m.rt.Fatal(err)
	}
	line := slices.DeleteFunc(slices.Clone(is.at.line), func(k admission.PlaceKey) bool { return k == is.key })
	is.at.line = slices.Insert(line, min(max(to, 1), len(line)+1)-1, is.key)
	for _, other := range m.souls {
		other.best = 0
	}
	m.step(c)
	if _, err := is.at.in.Move("nobody", 1, m.now); !errors.Is(err, admission.ErrNotQueued) {
		m.rt.Fatal("nobody was moved")
	}
}

// suspend bars a character and ends its place, or lets it come again.
func (m *realm) suspend(s *soul) {
	if !s.suspended && m.chance(50, "spared") {
		return
	}
	s.suspended = !s.suspended
	m.rt.Logf("%s is suspended: %t", s.id, s.suspended)
	a := s.house.account
	m.step(a.Suspend(a.Character(s.id), s.suspended))
	if s.suspended && m.seen[s.id].key != 0 {
		m.remove(s)
	}
}

// activate makes the character the active one, or none.
func (m *realm) activate(s *soul) {
	id := s.id
	if m.chance(20, "none") {
		id = ""
	}
	c, err := s.house.account.Activate(id)
	if err != nil {
		m.rt.Fatal(err)
	}
	m.step(c)
}

// Operators and game servers.

func (m *realm) apply(l *land, edit func(*admission.Settings)) {
	settings := l.in.Settings
	edit(&settings)
	m.rt.Logf("%s: %s, %d seats, %d to queue, build %q", l.in.ID, settings.Mode, settings.Capacity, settings.QueueMax, settings.RequiredBuild)
	if settings.Mode == admission.ModeClosed {
		l.isLinked, l.isDown = false, false
		for _, s := range m.souls {
			if m.seen[s.id].at == l {
				m.does(s, ended(admission.Closed))
			}
		}
	}
	c, err := l.in.Apply(settings, m.now)
	if err != nil {
		m.rt.Fatal(err)
	}
	m.step(c)
}

func (m *realm) beat(l *land) {
	m.rt.Logf("a heartbeat of %s", l.in.ID)
	if l.in.Mode != admission.ModeClosed {
		l.isLinked, l.isDown, l.silent = true, false, m.now.Add(30*time.Second)
	}
	m.step(l.in.Heartbeat(m.now))
}

// Time.

// pass lets time go by. What falls due on the way happens at its own time; an attempt that reaches its deadline is taken
// back.
func (m *realm) pass(d time.Duration) {
	end := m.now.Add(d)
	for m.next(end) {
	}
	m.now = end
	m.checkOverdue()
}

// next carries out what is due first, if anything is until then.
func (m *realm) next(end time.Time) bool {
	at, timer := end, (*land)(nil)
	for _, l := range m.lands {
		if due := l.in.NextDeadline(); !due.IsZero() && !due.After(at) {
			at, timer = due, l
		}
	}
	for _, a := range m.tries {
		if !a.isCommitted && a.deadline.Before(at) {
			m.now = latest(m.now, a.deadline)
			m.withdraw(a)
			return true
		}
	}
	if timer == nil {
		return false
	}
	m.now = latest(m.now, at)
	m.expire(timer)
	return true
}

func (m *realm) expire(l *land) {
	if l.isLinked && !m.now.Before(l.silent) {
		l.isDown = true
	}
	m.expiring = l
	c := l.in.Expire(m.now)
	m.keep(c)
	m.expiring = nil
	m.tell(c)
	if due := l.in.NextDeadline(); !due.IsZero() && !due.After(m.now) {
		m.rt.Fatalf("what is due at this moment on %s still is", l.in.ID)
	}
}

// restart ends everything in memory and reads back what is stored. Attempts that were open are durable; nobody lets go
// of what they moved away from, because it is gone.
func (m *realm) restart() {
	m.rt.Logf("the server restarts")
	for _, a := range slices.Clone(m.tries) {
		if !a.isCommitted {
			m.commit(a)
		}
	}
	m.checkTokensAfterRestart()
	for _, h := range m.houses {
		m.step(h.account.TellUntold(m.now))
		h.account = m.restoredAccount(h)
	}
	for _, s := range m.souls {
		m.forgetAtRestart(s)
	}
	m.tries, m.claims = nil, map[admission.CharacterID]admission.InstanceID{}
	start := &admission.Change{}
	for _, l := range m.lands {
		in, c := m.restored(l)
		m.checkSettings(l, in)
		start.Records = append(start.Records, c.Records...)
		start.Events, start.Claims = append(start.Events, c.Events...), append(start.Claims, c.Claims...)
		l.in, l.departed, l.pushed, l.isDown = in, map[admission.CharacterID]departed{}, [2]time.Time{}, false
		l.silent = m.now.Add(30 * time.Second)
	}
	m.book.replayed = map[admission.SessionID]time.Time{}
	m.step(start)
	for _, s := range m.souls {
		s.due = m.window(s, m.seen[s.id])
	}
}

// forgetAtRestart says how a character comes back, and takes from its client what a process takes along.
func (m *realm) forgetAtRestart(s *soul) {
	if s.socket != 0 {
		m.hangUp(s, s.socket)
	}
	if is := m.seen[s.id]; is.key != 0 {
		m.does(s, is.as(restored(is.state)))
	}
	s.closed, s.last, s.offers, s.polled = nil, nil, nil, time.Time{}
	s.keys.lapsed = nil
	if s.keys.session != "" {
		s.keys.until = m.now.Add(10 * time.Second)
	}
}
