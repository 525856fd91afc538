package httpapi_test

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// The whole server, asked by hundreds at once over TCP, must answer as if one after another had asked a simple list of
// seats and a simple queue (M. Herlihy, J. Wing, "Linearizability", 1990). What the clients asked and heard is recorded
// with its times; porcupine searches for that order.

// arena is an instance of the test.
type arena struct {
	id                 string
	capacity, queueMax int
}

var arenas = []arena{{"east", 3, 16}, {"north", 5, 12}, {"south", 8, 8}, {"west", 4, 20}}

const (
	soloAccounts   = 140
	sharedAccounts = 20
	sharedBy       = 3 // characters
	// searchLimit bounds the search for an order. What is not found by then fails.
	searchLimit = 20 * time.Second
	// quickEnough is how long all may take before a place without a sign of life could be marked absent.
	quickEnough = 25 * time.Second
)

func TestTheServerAnswersAsIfOneAfterAnotherHadAsked(t *testing.T) {
	for turns := 13; turns > 0; turns /= 2 { // fewer for a slow machine
		if judge(t, turns) {
			return
		}
	}
	t.Fatal("the machine was too slow even for one turn each: attempts ended for want of time, which the model does not know")
}

// judge plays once, with so many turns for each, and reports whether the machine was quick enough for a verdict.
func judge(t *testing.T, turns int) bool {
	settings := make([]string, len(arenas))
	for i, a := range arenas {
		settings[i] = fmt.Sprintf(`{"instanceId":%q,"capacity":%d,"queueMax":%d,"replacement":"anywhere","graceSeconds":600,"claimSeconds":60}`,
			a.id, a.capacity, a.queueMax)
	}
	l, b := newLive(t, settings...), &book{began: time.Now()}
	play(b, rivals(l, b), turns)
	if b.isSpoiled || time.Since(b.began) > quickEnough {
		return false
	}
	t.Logf("%d steps in %s", len(b.deeds), time.Since(b.began).Round(time.Millisecond))
	events := l.log()
	l.attempts(events)
	if left := chronicle(t, events); len(left) > 0 {
		t.Errorf("everybody left, and %d places stand in the log", len(left))
	}
	order := b.order(events)
	for i, a := range arenas {
		if view := l.order("GET", "/admin/api/instances/"+a.id, ""); view.SeatsTaken+view.QueueDepth != 0 {
			t.Errorf("everybody left, and %s has %d seats taken and %d in the queue", a.id, view.SeatsTaken, view.QueueDepth)
		}
		search(t, a.id, lobbyModel(a), rank(b.of(i), order))
	}
	search(t, "the characters' one place", placeModel, b.deeds)
	return true
}

func search(t *testing.T, name string, model porcupine.Model, history []porcupine.Operation) {
	t.Helper()
	began := time.Now()
	result := porcupine.CheckOperationsTimeout(model, history, searchLimit)
	t.Logf("%s: %d operations, %s in %s", name, len(history), result, time.Since(began).Round(time.Millisecond))
	if result != porcupine.Ok {
		t.Errorf("%s: no order of the %d answers is one that the rules allow: %s", name, len(history), result)
	}
}

// deed is what a client did: the input of the models.
type deed struct {
	does    doing
	who     int
	at      int    // the instance
	home    int    // where the place was that the deed gives up for one here; noPlace = nowhere
	session string // the one that it leaves or replaces
	rank    int    // among the instance's deeds in the log, from 1; 0 = the log does not tell of it
}

const noPlace = -1

type doing string

const (
	connects      doing = "connects"
	confirms      doing = "confirms"     // gives its attached session here up for a new one
	arrives       doing = "arrives"      // gives its place at home up for one here
	fades         doing = "fades"        // that place keeps its seat or rank, but cannot be promoted any more
	frees         doing = "frees"        // and then nothing of it is left
	isElsewhere   doing = "is elsewhere" // was refused here for a place on another instance
	isSeen        doing = "is seen"      // and that is this one
	polls         doing = "polls"
	attaches      doing = "attaches"
	claims        doing = "claims" // shows life on the socket on which it was promoted
	drops         doing = "drops"  // cuts its line; the server learns of it later
	leavesQueue   doing = "leaves queue"
	leavesSession doing = "leaves"
	hangsUp       doing = "says it leaves" // on its socket
)

// book records who asked what, when, and what was answered.
type book struct {
	began time.Time
	names []string // of the characters, by who

	mu        sync.Mutex // guards what is below
	deeds     []porcupine.Operation
	isSpoiled bool // something ended for want of time
}

func (b *book) note(d deed, act func() told) told {
	call := time.Since(b.began)
	out := act()
	back := time.Since(b.began)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.isSpoiled = b.isSpoiled || out.Status >= 500 || out.Outcome == "timeout"
	b.deeds = append(b.deeds, porcupine.Operation{ClientId: d.who, Input: d, Call: int64(call), Output: out, Return: int64(back)})
	return out
}

// of returns what an instance saw. A move is three things between its call and its return: the place here, the one at
// home set aside, and, once the move is durable, let go.
func (b *book) of(instance int) (history []porcupine.Operation) {
	for _, op := range b.deeds {
		for _, d := range seenBy(instance, op.Input.(deed), op.Output.(told)) {
			op.Input = d
			history = append(history, op)
		}
	}
	return history
}

func seenBy(instance int, d deed, out told) []deed {
	isRefused := strings.HasPrefix(out.Reason, "ALREADY") && out.Existing.Instance != arenas[d.at].id
	isHere := d.at == instance
	as := func(does doing) deed { return deed{does, d.who, instance, noPlace, d.session, 0} }
	switch {
	case isRefused && isHere:
		return []deed{as(isElsewhere)}
	case isRefused && out.Existing.Instance == arenas[instance].id:
		return []deed{as(isSeen)}
	case !isRefused && isHere:
		return []deed{d}
	case d.does == arrives && d.home == instance && out.Reason == "":
		return []deed{as(fades), as(frees)}
	}
	return nil
}

// order finds the event of each deed that has one: of an attempt its end, of a leave or a claim its own.
func (b *book) order(events []happening) map[deedKey]uint64 {
	ends, claimed, left := map[string]uint64{}, map[string]uint64{}, map[string][]uint64{}
	for _, e := range events {
		_, isClaim := e.Data["waitSeconds"]
		switch {
		case e.Event == "connection.admitted" && isClaim:
			claimed[e.Session] = e.Seq
		case isEnd[e.Event]:
			ends[e.Attempt] = e.Seq
		case e.Event == "queue.left", e.Event == "connection.disconnected" && e.Reason == "user":
			left[e.Character] = append(left[e.Character], e.Seq)
		}
	}
	slices.SortFunc(b.deeds, func(one, other porcupine.Operation) int { return cmp.Compare(one.Call, other.Call) })
	order := map[deedKey]uint64{}
	for _, op := range b.deeds {
		d, out := op.Input.(deed), op.Output.(told)
		session := cmp.Or(out.Session, d.session)
		switch d.does {
		case connects, confirms, arrives:
			order[keyOf(op)] = ends[out.Attempt]
		case claims, attaches:
			order[keyOf(op)] = claimed[session]
			delete(claimed, session) // a later socket of the session claims nothing
		case leavesQueue, leavesSession, hangsUp:
			if mine := left[b.names[d.who]]; len(mine) > 0 {
				order[keyOf(op)], left[b.names[d.who]] = mine[0], mine[1:]
			}
		}
	}
	return order
}

// deedKey tells the deeds of a client apart; no two of its calls begin at once and are answered at once.
type deedKey struct {
	who        int
	call, back int64
}

func keyOf(op porcupine.Operation) deedKey { return deedKey{op.ClientId, op.Call, op.Return} }

// rank makes the search short: what the log tells of may only have happened in the log's order. An order that fits that,
// too, fits what the clients saw; where there is none, the answers are wrong or the log is.
func rank(history []porcupine.Operation, order map[deedKey]uint64) []porcupine.Operation {
	slices.SortStableFunc(history, func(one, other porcupine.Operation) int {
		return cmp.Compare(order[keyOf(one)], order[keyOf(other)])
	})
	ranked := 0
	for i, op := range history {
		d := op.Input.(deed)
		if order[keyOf(op)] == 0 || d.does == frees { // the letting go is no event
			continue
		}
		ranked++
		d.rank = ranked
		history[i].Input = d
	}
	return history
}

// spot is a place in the model.
type spot struct {
	who       int
	state     string
	session   string // "" = nobody was told yet
	isLeaving bool   // for another instance
}

const (
	waiting  = "waiting"
	promoted = "promoted"
	reserved = "reserved"
	attached = "attached"
	dropped  = "dropped" // in grace, or about to be: the server may not have noticed
)

// lobby is the sequential specification of an instance.
type lobby struct {
	arena
	seats []spot // by who
	queue []spot // in order; those promoted have a seat, too
	done  int    // the rank of the last deed
}

var lobbySeed = maphash.MakeSeed()

func lobbyModel(a arena) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return lobby{arena: a} },
		Step: func(state, input, output any) (bool, any) {
			was, d := state.(lobby), input.(deed)
			if d.rank > 0 && d.rank != was.done+1 {
				return false, was
			}
			l := lobby{a, slices.Clone(was.seats), slices.Clone(was.queue), max(was.done, d.rank)}
			isRight := steps[d.does](&l, d, output.(told))
			l.settle()
			return isRight, l
		},
		Equal: func(one, other any) bool {
			a, b := one.(lobby), other.(lobby)
			return a.done == b.done && slices.Equal(a.seats, b.seats) && slices.Equal(a.queue, b.queue)
		},
		Hash: func(state any) (sum uint64) {
			for _, s := range slices.Concat(state.(lobby).seats, state.(lobby).queue) {
				sum = sum*31 + maphash.Comparable(lobbySeed, s)
			}
			return sum
		},
	}
}

// steps do a deed and report whether the answer is the one that the rules demand.
var steps = map[doing]func(*lobby, deed, told) bool{
	connects: (*lobby).connect,
	confirms: (*lobby).confirm,
	arrives:  func(l *lobby, d deed, out told) bool { return l.find(d.who) == nil && l.enter(d.who, out) },
	fades:    (*lobby).fade,
	frees: func(l *lobby, d deed, _ told) bool {
		return l.find(d.who) != nil && l.find(d.who).isLeaving && l.remove(d.who)
	},
	isElsewhere:   func(l *lobby, d deed, _ told) bool { p := l.find(d.who); return p == nil || p.isLeaving },
	isSeen:        (*lobby).see,
	polls:         (*lobby).poll,
	attaches:      (*lobby).attach,
	claims:        (*lobby).claim,
	drops:         (*lobby).drop,
	leavesQueue:   (*lobby).leaveQueue,
	leavesSession: (*lobby).leaveSession,
	hangsUp:       func(l *lobby, d deed, _ told) bool { return l.find(d.who) != nil && l.remove(d.who) },
}

func (l *lobby) find(who int) *spot {
	for _, list := range [][]spot{l.seats, l.queue} {
		for i := range list {
			if list[i].who == who {
				return &list[i]
			}
		}
	}
	return nil
}

func (l *lobby) stateOf(who int) string {
	if p := l.find(who); p != nil {
		return p.state
	}
	return ""
}

func (l *lobby) remove(who int) bool {
	isWho := func(s spot) bool { return s.who == who }
	l.seats, l.queue = slices.DeleteFunc(l.seats, isWho), slices.DeleteFunc(l.queue, isWho)
	return true
}

func (l *lobby) taken() int {
	n := len(l.seats)
	for _, s := range l.queue {
		if s.state == promoted {
			n++
		}
	}
	return n
}

// next returns the first who waits for a seat.
func (l *lobby) next() *spot {
	for i := range l.queue {
		if l.queue[i].state == waiting && !l.queue[i].isLeaving {
			return &l.queue[i]
		}
	}
	return nil
}

// settle is rule I4: no seat stays free while somebody waits.
func (l *lobby) settle() {
	for p := l.next(); p != nil && l.taken() < l.capacity; p = l.next() {
		p.state = promoted
	}
}

// seat keeps the seats in one order, so that equal lobbies look equal.
func (l *lobby) seat(s spot) {
	at, _ := slices.BinarySearchFunc(l.seats, s.who, func(s spot, who int) int { return s.who - who })
	l.seats = slices.Insert(l.seats, at, s)
}

// sit makes a place a seat in this state.
func (l *lobby) sit(who int, state string) bool {
	s := *l.find(who)
	l.remove(who)
	s.state = state
	l.seat(s)
	return true
}

// ranks reports whether the answer names the rank that the character has.
func (l *lobby) ranks(who int, out told) bool {
	at := slices.IndexFunc(l.queue, func(s spot) bool { return s.who == who })
	return out.Position == at+1 && out.Depth == len(l.queue)
}

// is reports whether the session is the place's; the first to be told is the one.
func (s *spot) is(session string) bool {
	if s.session == "" {
		s.session = session
	}
	return session != "" && s.session == session
}

// enter is a newcomer: admitted if and only if a seat is free and nobody present waits.
func (l *lobby) enter(who int, out told) bool {
	switch {
	case l.taken() < l.capacity && l.next() == nil:
		l.seat(spot{who: who, state: reserved, session: out.Session})
		return out.Outcome == "admitted" && out.Session != "" && !out.Resumed
	case len(l.queue) < l.queueMax:
		l.queue = append(l.queue, spot{who: who, state: waiting})
		return out.Outcome == "queued" && l.ranks(who, out)
	default:
		return out.Reason == "QUEUE_FULL"
	}
}

func (l *lobby) connect(d deed, out told) bool {
	p := l.find(d.who)
	switch {
	case p == nil:
		return l.enter(d.who, out)
	case p.isLeaving:
		return false
	case p.state == waiting:
		return out.Outcome == "queued" && l.ranks(d.who, out)
	case p.state == attached, p.state == dropped && out.Outcome == "failed":
		return out.Reason == "ALREADY_IN_SESSION" && out.ReplaceToken != ""
	default:
		return out.Outcome == "admitted" && p.is(out.Session) && out.Resumed == (p.state == dropped)
	}
}

func (l *lobby) confirm(d deed, out told) bool {
	p := l.find(d.who)
	if p == nil || p.state != attached || p.session != d.session {
		return out.Reason == "INVALID_REPLACE_TOKEN"
	}
	p.state, p.session = reserved, out.Session
	return out.Outcome == "admitted" && out.Replaced && out.Session != d.session
}

func (l *lobby) fade(d deed, out told) bool {
	p := l.find(d.who)
	if p == nil || p.isLeaving {
		return false
	}
	p.isLeaving = true
	isQueued := p.state == waiting || p.state == promoted
	return out.Outcome != "admitted" || out.Replaced != isQueued
}

func (l *lobby) see(d deed, out told) bool {
	p := l.find(d.who)
	if p == nil || p.isLeaving || out.ReplaceToken == "" {
		return false
	}
	switch p.state {
	case waiting:
		return out.Reason == "ALREADY_QUEUED" && out.Existing.State == "queued"
	case promoted:
		return out.Reason == "ALREADY_QUEUED" && out.Existing.State == "reserved"
	case dropped:
		return out.Reason == "ALREADY_IN_SESSION" && (out.Existing.State == "active" || out.Existing.State == "grace")
	default:
		return out.Reason == "ALREADY_IN_SESSION" && out.Existing.State == map[string]string{reserved: "reserved", attached: "active"}[p.state]
	}
}

func (l *lobby) poll(d deed, out told) bool {
	p := l.find(d.who)
	if p == nil || p.isLeaving {
		return out.State == "none"
	}
	switch p.state {
	case waiting:
		return out.State == "queued" && l.ranks(d.who, out)
	case attached:
		return out.State == "active" && p.is(out.Session)
	case dropped:
		return (out.State == "active" || out.State == "grace") && p.is(out.Session)
	default:
		return out.State == "admitted" && p.is(out.Session)
	}
}

func (l *lobby) attach(d deed, out told) bool {
	p := l.find(d.who)
	switch {
	case p == nil || p.isLeaving:
		return false
	case p.state == waiting:
		return out.Type == "queued" && l.ranks(d.who, out)
	default:
		return out.Type == "admitted" && p.is(out.Session) && l.sit(d.who, attached)
	}
}

func (l *lobby) claim(d deed, out told) bool {
	p := l.find(d.who)
	return out.Type == "error" && p != nil && p.state == promoted && p.is(d.session) && l.sit(d.who, attached)
}

func (l *lobby) drop(d deed, _ told) bool {
	if p := l.find(d.who); p != nil && p.state == attached {
		p.state = dropped
	}
	return true
}

func (l *lobby) leaveQueue(d deed, out told) bool {
	if state := l.stateOf(d.who); state == waiting || state == promoted {
		l.remove(d.who)
	}
	return out.Status == 204
}

func (l *lobby) leaveSession(d deed, out told) bool {
	if p := l.find(d.who); p != nil && p.session == d.session {
		l.remove(d.who)
	}
	return out.Status == 204
}

// placeModel is rule I2, a history for each character: it has one place, over all instances.
var placeModel = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		byWho := map[int][]porcupine.Operation{}
		for _, op := range history {
			byWho[op.Input.(deed).who] = append(byWho[op.Input.(deed).who], op)
		}
		parts := [][]porcupine.Operation{}
		for _, part := range byWho {
			parts = append(parts, part)
		}
		return parts
	},
	Init: func() any { return noPlace },
	Step: func(state, input, output any) (bool, any) { return stay(state.(int), input.(deed), output.(told)) },
}

// stay tells where the character is after a deed, and whether the answer fits.
func stay(at int, d deed, out told) (bool, int) {
	switch d.does {
	case connects:
		return connectAt(at, d.at, out)
	case arrives:
		if out.Outcome == "failed" {
			return at == d.home, at
		}
		return at == d.home, d.at
	case leavesQueue, leavesSession, hangsUp:
		return at == d.at, noPlace
	case polls:
		return (out.State == "none") == (at != d.at), at
	default:
		return at == d.at, at
	}
}

func connectAt(at, target int, out told) (bool, int) {
	switch {
	case out.Outcome == "admitted" || out.Outcome == "queued":
		return at == noPlace || at == target, target
	case out.Reason == "QUEUE_FULL":
		return at == noPlace, at
	default:
		return at != noPlace && out.Existing.Instance == arenas[at].id, at
	}
}

// chronicle follows the log, event by event, and returns the places that stand at its end. Nothing in it may be over a
// capacity, out of order, or a second place.
func chronicle(t *testing.T, events []happening) map[string]*standing {
	t.Helper()
	c := &chronicler{places: map[string]*standing{}, queues: map[string][]*standing{}, seats: map[string]int{}, sessions: map[string]string{}}
	for _, e := range events {
		if wrong := c.tell(e); wrong != "" {
			t.Errorf("event %d, %s of %s on %s: %s", e.Seq, e.Event, e.Character, e.Instance, wrong)
		}
		for _, a := range arenas {
			if c.seats[a.id] > a.capacity {
				t.Errorf("event %d: %s has %d of %d seats taken", e.Seq, a.id, c.seats[a.id], a.capacity)
				return nil // what follows is of no account
			}
		}
	}
	return c.places
}

type chronicler struct {
	places   map[string]*standing
	queues   map[string][]*standing
	seats    map[string]int
	sessions map[string]string // whose each is
}

// standing is a place as the log tells of it.
type standing struct {
	at, session string
	isQueued    bool
	hasSeat     bool
}

func (c *chronicler) tell(e happening) (wrong string) {
	p := c.places[e.Character]
	if p != nil && p.at != e.Instance && changesPlace[e.Event] {
		return "the character's place is on " + p.at
	}
	switch e.Event {
	case "connection.queued":
		if p == nil {
			p = &standing{at: e.Instance, isQueued: true}
			c.places[e.Character], c.queues[p.at] = p, append(c.queues[p.at], p)
		}
	case "connection.admitted":
		return c.admit(p, e)
	case "queue.promoted":
		return c.promote(p, e)
	case "connection.disconnected":
		if e.Reason != "network" {
			return c.end(p, e)
		}
	case "queue.left", "queue.transferred":
		return c.end(p, e)
	case "queue.abandoned", "queue.absent", "queue.claim_expired", "queue.claim_missed", "connection.timeout", "connection.throttled":
		return "nothing should have expired"
	}
	return ""
}

var changesPlace = map[string]bool{
	"connection.queued": true, "connection.admitted": true, "queue.promoted": true, "connection.disconnected": true,
	"queue.left": true, "queue.transferred": true,
}

func (c *chronicler) admit(p *standing, e happening) string {
	if owner := c.sessions[e.Session]; owner != "" && owner != e.Character {
		return "the session is another's"
	}
	c.sessions[e.Session] = e.Character
	_, isClaim := e.Data["waitSeconds"]
	switch {
	case p == nil && isClaim:
		return "it claims nothing"
	case p == nil:
		c.places[e.Character] = &standing{at: e.Instance, session: e.Session, hasSeat: true}
		c.seats[e.Instance]++
	case !p.hasSeat:
		return "it waits without a promotion"
	case p.session != e.Session:
		return "it has another session"
	case isClaim:
		c.leaveQueue(p)
	}
	return ""
}

func (c *chronicler) promote(p *standing, e happening) string {
	if p == nil || !p.isQueued || p.hasSeat {
		return "it does not wait"
	}
	p.hasSeat, p.session = true, e.Session
	c.seats[p.at]++
	for _, other := range c.queues[p.at] {
		if other == p {
			return ""
		}
		if !other.hasSeat {
			return "it overtook somebody"
		}
	}
	return "it is not in the queue"
}

func (c *chronicler) end(p *standing, e happening) string {
	if p == nil {
		return "it has no place"
	}
	if p.hasSeat {
		c.seats[p.at]--
	}
	c.leaveQueue(p)
	delete(c.places, e.Character)
	return ""
}

func (c *chronicler) leaveQueue(p *standing) {
	p.isQueued = false
	c.queues[p.at] = slices.DeleteFunc(c.queues[p.at], func(other *standing) bool { return other == p })
}

// rival is a client that wants in, at random but for one thing: it knows what it was told.
type rival struct {
	*guest
	book   *book
	who    int
	random *rand.Rand

	failures *atomic.Int32 // the account's refusals that count; five lock it
	polled   time.Time

	at       int    // where its place is; noPlace = nowhere
	isQueued bool   // as far as it knows
	rank     int    // the best it heard of
	session  string // "" = it heard of none
	kind     string // of the token that attaches it next
	token    string
	line     *line // nil = it has no socket
}

func rivals(l *live, b *book) (all []*rival) {
	for _, g := range [][]*guest{l.guests("solo", soloAccounts, 1), l.guests("shared", sharedAccounts, sharedBy)} {
		failures := map[string]*atomic.Int32{}
		for _, guest := range g {
			if failures[guest.token] == nil {
				failures[guest.token] = new(atomic.Int32)
			}
			who := len(all)
			all = append(all, &rival{
				guest: guest, book: b, who: who, random: rand.New(rand.NewPCG(uint64(who), 1)), failures: failures[guest.token], at: noPlace,
			})
		}
	}
	return all
}

func play(b *book, all []*rival, turns int) {
	b.began = time.Now()
	for _, r := range all {
		b.names = append(b.names, r.character)
	}
	var playing sync.WaitGroup
	for _, r := range all {
		playing.Go(func() {
			for range turns {
				r.rest()
				r.turn()
			}
			r.goHome()
		})
	}
	playing.Wait()
}

// rest keeps the attempts that overlap to what the search can order.
func (r *rival) rest() { time.Sleep(time.Duration(r.random.IntN(600)) * time.Millisecond) }

// turn does one thing that the rival's place allows.
func (r *rival) turn() {
	var choices []func()
	switch {
	case r.at == noPlace:
		choices = []func(){r.enter, r.enter, r.enter, r.enterTwice}
	case r.line == nil && r.isQueued:
		choices = []func(){r.attach, r.attach, r.attach, r.again, r.leaveQueue, r.poll, r.move}
	case r.line == nil:
		choices = []func(){r.attach, r.attach, r.attach, r.attach, r.again, r.leaveSession, r.poll, r.move}
	case r.isQueued:
		choices = []func(){r.listen, r.listen, r.listen, r.drop, r.leaveQueue, r.poll, r.move}
	default:
		choices = []func(){r.drop, r.drop, r.hangUp, r.hangUp, r.leaveSession, r.leaveSession, r.replace, r.poll, r.move}
	}
	choices[r.random.IntN(len(choices))]()
}

func (r *rival) do(does doing, at int, act func() told) told {
	return r.book.note(deed{does, r.who, at, noPlace, r.session, 0}, act)
}

func (r *rival) anywhere() int { return r.random.IntN(len(arenas)) }

func (r *rival) knock(at int) told {
	return r.do(connects, at, func() told { return r.connect(arenas[at].id, "") })
}

// take notes the place that an answer gives.
func (r *rival) take(at int, out told) {
	switch out.Outcome {
	case "admitted":
		r.at, r.isQueued, r.session, r.kind, r.token = at, false, out.Session, "sessionToken", out.SessionToken
	case "queued":
		if r.at != at || !r.isQueued {
			r.rank = out.Position
		}
		r.at, r.isQueued, r.session, r.kind, r.token = at, true, "", "queueToken", out.QueueToken
	}
}

func (r *rival) enter() {
	at := r.anywhere()
	r.take(at, r.knock(at))
}

// enterTwice is two tabs at once, perhaps on two instances. Which of two tokens is the younger, nobody can tell: it
// asks again.
func (r *rival) enterTwice() {
	targets := [2]int{r.anywhere(), r.anywhere()}
	var answers [2]told
	var tabs sync.WaitGroup
	for i, at := range targets {
		tabs.Go(func() { answers[i] = r.knock(at) })
	}
	tabs.Wait()
	for i, out := range answers {
		if out.Outcome == "admitted" || out.Outcome == "queued" {
			r.take(targets[i], out)
			r.again()
			return
		}
	}
}

// again asks for what it has. A server that has not noticed yet that the line is cut is asked until it has.
func (r *rival) again() {
	for deadline := time.Now().Add(livePatience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if out := r.knock(r.at); out.Outcome != "failed" {
			r.take(r.at, out)
			return
		}
	}
	r.l.t.Errorf("rival %d was not let in again", r.who)
}

func (r *rival) attach() {
	out := r.do(attaches, r.at, func() told {
		if r.line = r.dial(arenas[r.at].id, r.kind, r.token); r.line == nil {
			return told{}
		}
		return r.line.news()
	})
	r.hear(out)
}

// hear notes what a frame tells.
func (r *rival) hear(frame told) {
	switch frame.Type {
	case "queued":
		if r.rank < frame.Position {
			r.l.t.Errorf("rival %d fell from rank %d to %d", r.who, r.rank, frame.Position)
		}
		if r.rank = frame.Position; frame.QueueToken != "" {
			r.token = frame.QueueToken
		}
	case "admitted":
		r.isQueued, r.session, r.kind, r.token = false, frame.Session, "reconnectionToken", frame.ReconnectionToken
	case "heartbeat":
	default:
		r.l.t.Errorf("rival %d heard %+v", r.who, frame)
	}
}

// listen waits a little for news, and claims what it was promoted to. The frame that nobody understands is answered in
// turn, and so tells that the one before it was.
func (r *rival) listen() {
	frame := r.line.next(50 * time.Millisecond)
	if frame == (told{}) {
		return
	}
	r.hear(frame)
	if frame.Type != "admitted" {
		return
	}
	r.do(claims, r.at, func() told {
		if r.line.says(`{"type":"ack"}`) != nil || r.line.says(`{"type":"dance"}`) != nil {
			return told{}
		}
		return r.line.hears("error")
	})
}

func (r *rival) drop() {
	r.do(drops, r.at, func() told {
		_ = r.line.ws.Close()
		return told{}
	})
	r.line = nil
}

func (r *rival) leaveQueue() {
	r.do(leavesQueue, r.at, func() told { return r.guest.leaveQueue(arenas[r.at].id) })
	r.gone(1000)
}

func (r *rival) leaveSession() {
	r.do(leavesSession, r.at, func() told { return r.guest.leaveSession(r.session) })
	r.gone(1000)
}

func (r *rival) hangUp() {
	r.do(hangsUp, r.at, func() told {
		_ = r.line.says(`{"type":"leave"}`)
		return told{Closed: r.line.ends()}
	})
	r.at, r.line, r.session = noPlace, nil, ""
}

// gone is a place that ended: its socket, if there is one, must say why.
func (r *rival) gone(code int) {
	r.closed(code)
	r.at, r.session = noPlace, ""
}

func (r *rival) closed(code int) {
	if r.line == nil {
		return
	}
	if got := r.line.ends(); got != code {
		r.l.t.Errorf("rival %d: the socket closed with %d, not %d", r.who, got, code)
	}
	r.line = nil
}

// poll asks where it stands; more often than once a second nobody may.
func (r *rival) poll() {
	if time.Since(r.polled) < 1100*time.Millisecond {
		return
	}
	out := r.do(polls, r.at, func() told { return r.guest.poll(arenas[r.at].id) })
	r.polled = time.Now()
	if out.State == "admitted" && r.line == nil {
		r.isQueued, r.session, r.kind, r.token = false, out.Session, "sessionToken", out.SessionToken
	}
}

// move gives its place up for one on another instance.
func (r *rival) move() {
	to := (r.at + 1 + r.random.IntN(len(arenas)-1)) % len(arenas)
	asked := r.knock(to)
	moving := deed{arrives, r.who, to, r.at, r.session, 0}
	out := r.book.note(moving, func() told { return r.connect(arenas[to].id, asked.ReplaceToken) })
	if out.Outcome == "admitted" || out.Outcome == "queued" {
		r.closed(4500)
		r.take(to, out)
	}
}

// replace is a second tab: asked, it takes the session over. Where the account can bear the refusal, two tabs at once
// confirm, and one must win.
func (r *rival) replace() {
	token, tabs := r.knock(r.at).ReplaceToken, 1
	if r.failures.Add(1) <= 4 {
		tabs = 2
	}
	answers := make([]told, tabs)
	var confirming sync.WaitGroup
	for i := range answers {
		confirming.Go(func() {
			answers[i] = r.do(confirms, r.at, func() told { return r.connect(arenas[r.at].id, token) })
		})
	}
	confirming.Wait()
	r.closed(4500)
	for _, out := range answers {
		r.take(r.at, out)
	}
}

func (r *rival) goHome() {
	switch {
	case r.at == noPlace:
	case r.isQueued:
		r.leaveQueue()
	default:
		r.leaveSession()
	}
}
