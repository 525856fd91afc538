package plan

import (
	"container/heap"
	"context"
	"strconv"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// reaction is how long after a promotion the player's client claims the seat.
const reaction = time.Second

// begins is when every evening begins: its date does not matter.
var begins = time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)

// evening is one run: the engine, and what its players do next.
type evening struct {
	in      *admission.Instance
	grace   time.Duration
	lasts   time.Duration
	players []player
	arrived int // of the players
	due     steps
	now     time.Duration
	ids     ids
	waiting int
	tally   tally
	steps   int // how many things happened
	decided int // how many steps were put off
}

// player is somebody on the evening; their socket's number is their index and one.
type player struct {
	fate
	account        *admission.Account
	estimate       admission.Estimate
	queuedAt       time.Duration
	seatedAt       time.Duration
	reconnectToken string
	isWaiting      bool
}

// ids mints short ids: nobody has to guess them.
type ids struct{ last uint64 }

// UUID implements [admission.Minter].
func (m *ids) UUID() string {
	m.last++
	return strconv.FormatUint(m.last, 36)
}

// PlaceKey implements [admission.Minter].
func (m *ids) PlaceKey() admission.PlaceKey {
	m.last++
	return admission.PlaceKey(m.last)
}

func newEvening(p wire.Plan, capacity int, fates []fate, lasts time.Duration) *evening {
	settings := admission.DefaultSettings("plan")
	settings.Capacity, settings.QueueMax = capacity, p.QueueMax
	settings.Grace, settings.ClaimWindow = wire.Duration(p.GraceSeconds), wire.Duration(p.ClaimSeconds)
	e := &evening{grace: settings.Grace, lasts: lasts, players: make([]player, len(fates)), tally: newTally(capacity, lasts)}
	e.in = admission.NewInstance(settings, &e.ids)
	for i, f := range fates {
		e.players[i].fate = f
	}
	return e
}

// contextPause is how many steps pass between two looks at the context.
const contextPause = 1024

// run plays until everybody came and nobody waits. Error: that of ctx.
func (e *evening) run(ctx context.Context) error {
	for e.arrived < len(e.players) || e.waiting > 0 || len(e.due) > 0 && e.now < e.lasts {
		if e.steps%contextPause == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		e.steps++
		e.next()
	}
	e.passTo(e.lasts)
	return nil
}

// next lets the next thing happen. Who leaves goes before who comes at the same moment.
func (e *evening) next() {
	if e.arrived < len(e.players) && (len(e.due) == 0 || e.players[e.arrived].comes < e.due[0].at) {
		e.passTo(e.players[e.arrived].comes)
		e.arrived++
		e.arrive(e.arrived - 1)
		return
	}
	s := heap.Pop(&e.due).(step)
	e.passTo(s.at)
	s.do(e, s.who)
}

func (e *evening) passTo(at time.Duration) {
	if at > e.now {
		e.tally.pass(e.now, at, e.in.SeatsTaken(), e.waiting)
		e.now = at
	}
}

func (e *evening) clock() time.Time { return begins.Add(e.now) }

func conn(who int) admission.Conn { return admission.Conn(who + 1) }

func (e *evening) arrive(who int) {
	p := &e.players[who]
	p.account = e.newcomer(who)
	e.tally.Arrived++
	d := admission.Connect(admission.Attempt{
		ID: admission.AttemptID(e.ids.UUID()), Account: p.account, Target: e.in.ID, Instance: e.in, ActiveAtArrival: p.account.Active,
	}, e.clock())
	e.hear(d.Change)
	switch o := d.Outcome; o.Kind {
	case admission.OutcomeAdmitted:
		e.attach(who, o.SessionToken, admission.SessionTokenKind)
		e.tally.getsIn()
		p.seatedAt = e.now
		e.play(who)
	case admission.OutcomeQueued:
		e.queue(who, o)
	default:
		e.tally.Refused++
	}
}

func (e *evening) newcomer(who int) *admission.Account {
	name := strconv.Itoa(who)
	return &admission.Account{
		AccountRow: admission.AccountRow{ID: admission.AccountID(name), Name: name, Active: admission.CharacterID(name)},
		Characters: []*admission.Character{{CharacterRow: admission.CharacterRow{ID: admission.CharacterID(name), Account: admission.AccountID(name), Name: name}}},
	}
}

func (e *evening) queue(who int, o admission.Outcome) {
	p := &e.players[who]
	p.isWaiting, p.queuedAt, p.estimate = true, e.now, o.Estimate
	e.waiting++
	e.tally.queues(e.waiting)
	if p.patience > 0 {
		e.after(p.patience, who, (*evening).giveUp)
	}
	e.attach(who, o.QueueToken, admission.QueueTokenKind)
}

// attach opens the player's socket.
func (e *evening) attach(who int, token string, kind admission.TokenKind) {
	_, c := e.in.Attach(token, kind, conn(who), e.clock())
	e.hear(c)
}

// hear takes in what the players are told.
func (e *evening) hear(c *admission.Change) {
	for _, effect := range c.Effects {
		if told, isSeated := effect.(admission.Seated); isSeated {
			e.sit(int(told.Conn)-1, told)
		}
	}
}

func (e *evening) sit(who int, told admission.Seated) {
	p := &e.players[who]
	p.reconnectToken = told.ReconnectionToken
	if !told.Unclaimed {
		return
	}
	p.isWaiting, p.seatedAt = false, e.now
	e.waiting--
	e.tally.promotes(e.now-p.queuedAt, p.estimate)
	e.after(min(reaction, e.in.ClaimWindow/2), who, (*evening).claim)
}

func (e *evening) claim(who int) {
	e.hear(e.in.Hear(conn(who), e.clock()))
	e.play(who)
}

// play decides what ends or interrupts a session that has begun.
func (e *evening) play(who int) {
	p := &e.players[who]
	if p.dropsAfter >= 0 {
		e.at(p.seatedAt+p.dropsAfter, who, (*evening).drop)
		return
	}
	e.at(p.seatedAt+p.stays, who, (*evening).leave)
}

func (e *evening) drop(who int) {
	p := &e.players[who]
	e.tally.Dropped++
	e.hear(e.in.Drop(conn(who), e.clock()))
	if p.returns {
		e.after(p.isAway, who, (*evening).comeBack)
		return
	}
	e.after(e.grace, who, (*evening).lapse)
}

func (e *evening) comeBack(who int) {
	p := &e.players[who]
	e.tally.Reconnected++
	e.attach(who, p.reconnectToken, admission.ReconnectionTokenKind)
	e.at(p.seatedAt+p.stays, who, (*evening).leave)
}

// lapse lets the engine end what is due: the grace of somebody who does not come back.
func (e *evening) lapse(int) { e.hear(e.in.Lapse(e.clock())) }

func (e *evening) leave(who int) { e.hear(e.in.Leave(conn(who), e.clock())) }

func (e *evening) giveUp(who int) {
	if p := &e.players[who]; p.isWaiting {
		p.isWaiting = false
		e.waiting--
		e.tally.GaveUp++
		e.leave(who)
	}
}

func (e *evening) after(d time.Duration, who int, do func(*evening, int)) { e.at(e.now+d, who, do) }

func (e *evening) at(at time.Duration, who int, do func(*evening, int)) {
	e.decided++
	heap.Push(&e.due, step{at: max(at, e.now), order: e.decided, who: who, do: do})
}
