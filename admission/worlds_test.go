package admission_test

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"gatekeeper/admission"

	"pgregory.net/rapid"
)

// engineSteps counts the steps of the engine that the stories checked.
var engineSteps atomic.Int64

// TestEveryStoryOverSeveralInstancesKeepsTheInvariants lets accounts with several characters each do whatever comes to
// mind on three instances of different policies, in any order that the gate could let happen: attempts wait for their
// commit, are taken back before or during it, and let go of what they moved away from later than they were told.
func TestEveryStoryOverSeveralInstancesKeepsTheInvariants(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := newRealm(rt)
		for range 12 { // chapters of one story
			rt.Repeat(m.actions())
			m.finish()
		}
	})
	t.Logf("%d steps of the engine", engineSteps.Load())
}

var policies = []admission.ReplacementPolicy{admission.ReplaceSameInstance, admission.ReplaceAnywhere, admission.ReplaceNever}

func newRealm(rt *rapid.T) *realm {
	m := &realm{
		rt: rt, now: time.Date(2026, 1, 2, 20, 0, 0, 0, time.UTC), mint: &counter{}, store: newShelf(),
		claims: map[admission.CharacterID]admission.InstanceID{}, seen: map[admission.CharacterID]stand{},
		listeners: map[admission.Conn]*soul{}, positions: map[admission.Conn]int{}, book: newLedger(),
	}
	for i, policy := range policies {
		m.addLand(fmt.Sprintf("land-%d", i), policy)
	}
	for i := range 4 {
		m.addHousehold(fmt.Sprintf("house-%d", i), 3)
	}
	if rapid.IntRange(0, 5).Draw(rt, "crowded") == 5 {
		m.crowd(m.lands[1])
	}
	return m
}

// crowd fills a queue beyond the ranks that are told of every change at once.
func (m *realm) crowd(l *land) {
	m.apply(l, func(s *admission.Settings) { s.Capacity, s.QueueMax = 0, 40 })
	for i := range 8 {
		m.addHousehold(fmt.Sprintf("crowd-%d", i), 3)
	}
	for _, s := range m.souls[len(m.souls)-24:] {
		m.arrive(s, l)
	}
}

// Actions.

func (m *realm) actions() map[string]func(*rapid.T) {
	anybody := func(*soul) bool { return true }
	settled := func(s *soul) bool { return s.open == nil }
	attached := func(s *soul) bool { return s.socket != 0 }
	placed := func(s *soul) bool { return m.seen[s.id].key != 0 }
	in := func(states ...admission.State) func(*soul) bool {
		return func(s *soul) bool { return slices.Contains(states, m.seen[s.id].state) }
	}
	both := func(a, b func(*soul) bool) func(*soul) bool { return func(s *soul) bool { return a(s) && b(s) } }
	queued := in(admission.Waiting, admission.Absent, admission.Promoted)
	return m.settling(map[string]func(*rapid.T){
		"connect":            m.by(settled, m.connectSomewhere),
		"arrive":             m.by(both(settled, func(s *soul) bool { return !placed(s) }), func(s *soul) { m.arrive(s, m.anyLand()) }),
		"come again":         m.by(both(settled, placed), m.comeAgain),
		"try and wait":       m.by(settled, m.connectAndWait),
		"ask and confirm":    m.by(both(settled, placed), m.askAndConfirm),
		"answer again":       m.by(both(settled, func(s *soul) bool { return len(s.offers) > 0 }), m.confirmAny),
		"blunder":            m.by(settled, m.blunder),
		"hammer":             m.by(settled, m.hammer),
		"commit":             m.ofTries(func(a *try) bool { return !a.isCommitted }, m.commit),
		"complete":           m.ofTries(func(a *try) bool { return a.isCommitted }, m.complete),
		"withdraw":           m.ofTries(func(a *try) bool { return !a.isCommitted }, m.withdraw),
		"ask the same again": m.by(both(settled, func(s *soul) bool { return s.last != nil }), m.repeat),
		"attach":             m.by(both(settled, func(s *soul) bool { return len(s.keys.live()) > 0 }), m.attachWithAnyLive),
		"attach with a dead": m.by(both(settled, func(s *soul) bool { return len(s.keys.dead)+len(s.keys.lapsed) > 0 }), m.attachWithAnyDead),
		"hear":               m.by(attached, m.hear),
		"claim":              m.by(both(attached, in(admission.Promoted)), m.hear),
		"ack":                m.by(attached, m.ack),
		"drop":               m.by(attached, m.drop),
		"leave":              m.by(attached, m.leave),
		"closed socket":      m.by(func(s *soul) bool { return len(s.closed) > 0 }, m.anyClosedSocketStirs),
		"poll":               m.by(anybody, func(s *soul) { m.poll(s, m.anyLand()) }),
		"poll a place":       m.by(placed, func(s *soul) { m.poll(s, m.seen[s.id].at) }),
		"leave queue":        m.by(queued, func(s *soul) { m.leaveQueue(s, m.seen[s.id].at) }),
		"leave no queue":     m.by(anybody, func(s *soul) { m.leaveQueue(s, m.anyLand()) }),
		"leave session":      m.by(placed, m.leaveSession),
		"be removed":         m.by(placed, m.remove),
		"be moved":           m.by(queued, m.beMoved),
		"suspend":            m.by(anybody, m.suspend),
		"activate":           m.by(anybody, m.activate),
		"seconds pass":       func(rt *rapid.T) { m.pass(time.Duration(rapid.IntRange(1, 12_000).Draw(rt, "ms")) * time.Millisecond) },
		"exact time passes":  func(rt *rapid.T) { m.pass(rapid.SampledFrom(lengths).Draw(rt, "exactly")) },
		"restart":            func(*rapid.T) { m.restart() },
		"capacity":           m.onLand(m.setCapacity),
		"more seats":         m.onLand(func(l *land) { m.apply(l, func(s *admission.Settings) { s.Capacity++ }) }),
		"queue length":       m.onLand(m.setQueueMax),
		"mode":               m.onLand(m.setMode),
		"open":               m.onLand(func(l *land) { m.apply(l, func(s *admission.Settings) { s.Mode = admission.ModeOpen }) }),
		"build":              m.onLand(m.setBuild),
		"heartbeat":          m.onLand(m.beat),
		"beating":            func(*rapid.T) { m.beatAll() },
	})
}

// lengths are the times at whose very ends something happens.
var lengths = []time.Duration{
	time.Second, 5 * time.Second, 10 * time.Second, 30*time.Second - time.Millisecond, 30 * time.Second, 60*time.Second - time.Millisecond, time.Minute, 10 * time.Minute,
}

// settling lets everything that is due at once happen after each action, as the instances' timers do.
func (m *realm) settling(actions map[string]func(*rapid.T)) map[string]func(*rapid.T) {
	for name, do := range actions {
		actions[name] = func(rt *rapid.T) {
			do(rt)
			m.pass(0)
		}
	}
	actions[""] = func(*rapid.T) { m.book.check(m) }
	return actions
}

// by makes an action of somebody to whom it is possible.
func (m *realm) by(can func(*soul) bool, do func(*soul)) func(*rapid.T) {
	return func(rt *rapid.T) {
		able := slices.DeleteFunc(slices.Clone(m.souls), func(s *soul) bool { return !can(s) })
		if len(able) == 0 {
			rt.Skip("nobody can")
		}
		do(able[rapid.IntRange(0, len(able)-1).Draw(rt, "who")])
	}
}

func (m *realm) ofTries(can func(*try) bool, do func(*try)) func(*rapid.T) {
	return func(rt *rapid.T) {
		able := slices.DeleteFunc(slices.Clone(m.tries), func(a *try) bool { return !can(a) })
		if len(able) == 0 {
			rt.Skip("there is none")
		}
		do(able[rapid.IntRange(0, len(able)-1).Draw(rt, "which")])
	}
}

func (m *realm) onLand(do func(*land)) func(*rapid.T) {
	return func(*rapid.T) { do(m.anyLand()) }
}

func (m *realm) anyLand() *land {
	return m.lands[rapid.IntRange(0, len(m.lands)-1).Draw(m.rt, "land")]
}

func (m *realm) chance(percent int, what string) bool {
	return rapid.IntRange(1, 100).Draw(m.rt, what) > 100-percent
}

// arrive is an attempt without a question, and the socket that follows it.
func (m *realm) arrive(s *soul, l *land) {
	a := m.connect(m.request(s, l))
	if a == nil {
		return
	}
	m.commit(a)
	m.complete(a)
	if live := s.keys.live(); len(live) > 0 {
		m.attach(s, live[len(live)-1])
	}
}

// finish lets every open attempt end, so that its events can be counted.
func (m *realm) finish() {
	for len(m.tries) > 0 {
		a := m.tries[0]
		if !a.isCommitted {
			m.commit(a)
		}
		m.complete(a)
	}
	m.book.check(m)
}

func (m *realm) connectSomewhere(s *soul) { m.connectNow(m.anyRequest(s)) }

func (m *realm) comeAgain(s *soul) { m.connectNow(m.request(s, m.seen[s.id].at)) }

func (m *realm) connectNow(r request) {
	if a := m.connect(r); a != nil {
		m.commit(a)
		m.complete(a)
	}
}

func (m *realm) connectAndWait(s *soul) { m.connect(m.anyRequest(s)) }

// anyRequest is a sensible one, as often as not with an answer to a question asked before.
func (m *realm) anyRequest(s *soul) request {
	r := m.request(s, m.anyLand())
	if m.chance(25, "former build") {
		r.build = "1"
	}
	if len(s.offers) > 0 && m.chance(40, "answers") {
		r.answer = s.offers[len(s.offers)-1].token
	}
	return r
}

// request is one for this character, by its name or, where it is the active one, without.
func (m *realm) request(s *soul, l *land) request {
	r := request{by: s.house, soul: s, at: l, target: l.in.ID, character: s.id, build: "2", activeThen: s.house.account.Active}
	if s.house.account.Active == s.id && m.chance(50, "unnamed") {
		r.character = ""
	}
	return r
}

func (m *realm) askAndConfirm(s *soul) {
	l := m.anyLand()
	m.connectNow(m.request(s, l))
	if len(s.offers) == 0 || s.open != nil {
		return
	}
	r := m.request(s, l)
	r.answer = s.offers[len(s.offers)-1].token
	m.endSomehow(m.connect(r))
}

// confirmAny answers any question that the character was ever asked, anywhere.
func (m *realm) confirmAny(s *soul) {
	o := s.offers[rapid.IntRange(0, len(s.offers)-1).Draw(m.rt, "question")]
	r := m.request(s, m.landOf(o.target))
	if m.chance(10, "elsewhere") {
		r = m.request(s, m.anyLand())
	}
	r.answer = o.token
	m.endSomehow(m.connect(r))
}

// endSomehow lets an attempt stand or fall now, or leaves that to a later action.
func (m *realm) endSomehow(a *try) {
	if a == nil {
		return
	}
	switch rapid.IntRange(0, 3).Draw(m.rt, "end") {
	case 0:
		m.withdraw(a)
	case 1:
		m.commit(a)
	case 2:
		m.commit(a)
		m.complete(a)
	}
}

// blunder is an attempt with something wrong, or several things: the first in the contract's order is the answer.
func (m *realm) blunder(s *soul) {
	r := m.request(s, m.anyLand())
	for i, spoil := range []func(){
		func() { r.malformed = "clientBuild is too long" },
		func() { r.at, r.target = nil, "nowhere" },
		func() { r.character = "nobody" },
		func() { r.character = m.souls[(slices.Index(m.souls, s)+4)%len(m.souls)].id },
		func() { r.character = "" },
		func() { r.character, r.activeThen = "", "another" },
		func() { r.build = "0" },
		func() { r.answer = "00000000-0000-4000-8000-ffffffffffff" },
		func() { r.isLate = true },
	} {
		if m.chance(20, fmt.Sprintf("wrong %d", i)) {
			spoil()
		}
	}
	if r.character != s.id { // it may be about somebody who waits for an answer
		if r.soul = m.soulOf(r.whom()); r.soul != nil && r.soul.open != nil {
			m.rt.Skip("one at a time")
		}
	}
	m.endSomehow(m.connect(r))
}

// hammer tries so often that a lock swallows attempts.
func (m *realm) hammer(s *soul) {
	r := m.request(s, m.anyLand())
	r.at, r.target = nil, "nowhere"
	for range rapid.IntRange(4, 20).Draw(m.rt, "times") {
		m.endSomehow(m.connect(r))
	}
}

func (m *realm) setCapacity(l *land) {
	capacity := rapid.IntRange(0, 3).Draw(m.rt, "capacity")
	m.apply(l, func(s *admission.Settings) { s.Capacity = capacity })
}

func (m *realm) setQueueMax(l *land) {
	queueMax := rapid.IntRange(0, 8).Draw(m.rt, "queueMax")
	m.apply(l, func(s *admission.Settings) { s.QueueMax = queueMax })
}

func (m *realm) setMode(l *land) {
	mode := rapid.SampledFrom(append(modes, admission.ModeClosed)).Draw(m.rt, "mode")
	m.apply(l, func(s *admission.Settings) { s.Mode = mode })
}

// setBuild requires no build, the present one, or the next, and may accept the former for a while.
func (m *realm) setBuild(l *land) {
	required := rapid.SampledFrom([]string{"", "2", "2", "3"}).Draw(m.rt, "required")
	accepted := []admission.AcceptedBuild(nil)
	if required != "" && m.chance(50, "roll-out") {
		accepted = append(accepted, admission.AcceptedBuild{Build: "1", Until: m.now.Add(30 * time.Second)})
	}
	if required == "3" && m.chance(50, "for good") {
		accepted = append(accepted, admission.AcceptedBuild{Build: "2"})
	}
	m.apply(l, func(s *admission.Settings) { s.RequiredBuild, s.AcceptedBuilds = required, accepted })
}

func (m *realm) beatAll() {
	for _, l := range m.lands {
		if l.isLinked {
			m.beat(l)
		}
	}
}
