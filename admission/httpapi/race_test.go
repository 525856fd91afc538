package httpapi_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// These are the races of section 4 of the contract, over TCP and against a real store.

// at makes the settings of an instance on which nothing expires while a test runs.
func at(id string, capacity, queueMax int) string {
	return fmt.Sprintf(`{"instanceId":%q,"capacity":%d,"queueMax":%d,"replacement":"anywhere","graceSeconds":600,"claimSeconds":60}`,
		id, capacity, queueMax)
}

// all does n things at once and returns what came of each. One that never ends is an error, not a hang: it says that
// somebody waits for a lock in vain.
func (l *live) all(n int, do func(i int) told) []told {
	l.t.Helper()
	answers, done, start := make([]told, n), make(chan struct{}), make(chan struct{})
	var racing sync.WaitGroup
	for i := range n {
		racing.Go(func() {
			<-start
			answers[i] = do(i)
		})
	}
	go func() {
		racing.Wait()
		close(done)
	}()
	close(start)
	select {
	case <-done:
	case <-time.After(2 * livePatience):
		l.t.Fatal("not everybody was answered: a deadlock?")
	}
	return answers
}

// count tells how many answers are of a kind: an outcome, or the reason of a refusal.
func count(answers []told) map[string]int {
	kinds := map[string]int{}
	for _, a := range answers {
		kind := a.Outcome
		if a.Reason != "" {
			kind = a.Reason
		}
		kinds[kind]++
	}
	return kinds
}

// holds compares the seats taken and the places in the queue.
func (l *live) holds(instance string, seats, queue int) {
	l.t.Helper()
	view := l.order("GET", "/admin/api/instances/"+instance, "")
	if view.Status != 200 || view.SeatsTaken != seats || view.QueueDepth != queue {
		l.t.Errorf("%s has %d seats taken and %d in the queue, not %d and %d", instance, view.SeatsTaken, view.QueueDepth, seats, queue)
	}
}

func TestAThousandAtOnceOnTenSeatsOverTheWire(t *testing.T) {
	l := newLive(t, at("east", 10, 1000))
	crowd := l.guests("player", 1000, 1)
	answers := l.all(len(crowd), func(i int) told { return crowd[i].connect("east", "") })
	if kinds := count(answers); kinds["admitted"] != 10 || kinds["queued"] != 990 {
		t.Errorf("a thousand were answered %v", kinds)
	}
	positions := []int{}
	for _, a := range answers {
		if a.Outcome == "queued" {
			positions = append(positions, a.Position)
		}
	}
	slices.Sort(positions)
	for i, position := range positions {
		if position != i+1 {
			t.Fatalf("the position after %d is %d", i, position)
		}
	}
	l.holds("east", 10, 990)
	ends := l.attempts(l.log())
	if ends["connection.admitted"] != 10 || ends["connection.queued"] != 990 {
		t.Errorf("the log tells of %v", ends)
	}
}

func TestFiftyTabsAtOnceAreOneSession(t *testing.T) {
	l := newLive(t, at("east", 100, 100))
	ana := l.guests("ana", 1, 1)[0]
	answers := l.all(50, func(int) told { return ana.connect("east", "") })
	for _, a := range answers {
		if a.Outcome != "admitted" || a.Session != answers[0].Session {
			t.Fatalf("a tab was answered %+v", a)
		}
	}
	l.holds("east", 1, 0)
	// Each answer made the token of the one before it dead.
	sockets := l.all(50, func(i int) told {
		socket := ana.dial("east", "sessionToken", answers[i].SessionToken)
		if socket == nil {
			return told{}
		}
		return socket.news()
	})
	attached := slices.DeleteFunc(sockets, func(s told) bool { return s.Closed == 4010 })
	if len(attached) != 1 || attached[0].Session != answers[0].Session {
		t.Errorf("the sockets that were not refused heard %+v", attached)
	}
	l.holds("east", 1, 0)
}

func TestFiftyTabsInTheQueueAreOnePlace(t *testing.T) {
	l := newLive(t, at("east", 0, 100))
	ana := l.guests("ana", 1, 1)[0]
	for _, a := range l.all(50, func(int) told { return ana.connect("east", "") }) {
		if a.Outcome != "queued" || a.Position != 1 || a.Depth != 1 {
			t.Errorf("a tab was answered %+v", a)
		}
	}
	l.holds("east", 0, 1)
}

func TestOfFiftyConfirmationsOneWins(t *testing.T) {
	l := newLive(t, at("east", 2, 10))
	ana := l.guests("ana", 1, 1)[0]
	old := ana.dial("east", "sessionToken", ana.connect("east", "").SessionToken)
	if old == nil || old.news().Type != "admitted" {
		t.Fatal("the first tab was not let in")
	}
	token := ana.connect("east", "").ReplaceToken
	answers := l.all(50, func(int) told { return ana.connect("east", token) })
	kinds := count(answers)
	if kinds["admitted"] != 1 || kinds["INVALID_REPLACE_TOKEN"] != 5 || kinds["RATE_LIMITED"] != 44 {
		t.Errorf("fifty confirmations were answered %v", kinds)
	}
	if code := old.ends(); code != 4500 {
		t.Errorf("the old tab closed with %d", code)
	}
	won := answers[slices.IndexFunc(answers, func(a told) bool { return a.Outcome == "admitted" })]
	if next := ana.dial("east", "sessionToken", won.SessionToken); next == nil || next.news().Session != won.Session {
		t.Error("the winner's token does not attach")
	}
	l.holds("east", 1, 0)
	l.attempts(l.log())
}

func TestMovesInOppositeDirectionsDoNotWaitForEachOther(t *testing.T) {
	for name, capacity := range map[string]int{"of seats": 100, "of places in the queue": 0} {
		t.Run(name, func(t *testing.T) {
			const movers, moves = 8, 25
			l := newLive(t, at("east", capacity, 100), at("west", capacity, 100))
			crowd := l.guests("mover", movers, 1)
			l.all(movers, func(i int) told {
				homes := [2]string{"east", "west"}
				last := crowd[i].connect(homes[i%2], "")
				for step := range moves {
					to := homes[(i+step+1)%2]
					asked := crowd[i].connect(to, "")
					last = crowd[i].connect(to, asked.ReplaceToken)
					if last.Outcome != "admitted" && last.Outcome != "queued" {
						t.Errorf("move %d of %d was answered %+v after %+v", step, i, last, asked)
					}
				}
				return last
			})
			seats, queue := movers/2, 0
			if capacity == 0 {
				seats, queue = 0, movers/2
			}
			l.holds("east", seats, queue)
			l.holds("west", seats, queue)
			l.attempts(l.log())
		})
	}
}

// A move races what ends its source, many times. Either the move came first and its place stands on west, or it found
// nothing to move.
func TestAMoveRacesTheEndOfItsSource(t *testing.T) {
	const rounds = 25
	for name, race := range map[string]struct {
		end      func(*guest, told) told
		isQueued bool // the place
		isBarred bool // the character, so that it has no place after either order
	}{
		"leave":   {end: func(g *guest, seat told) told { return g.leaveSession(seat.Session) }},
		"queue":   {end: func(g *guest, _ told) told { return g.leaveQueue("east") }, isQueued: true},
		"suspend": {end: func(g *guest, _ told) told { return g.suspend() }, isBarred: true},
		"close":   {end: func(g *guest, _ told) told { return g.l.state("east", "closed") }},
	} {
		t.Run(name, func(t *testing.T) {
			seats := 100
			if race.isQueued {
				seats = 0
			}
			l := newLive(t, at("east", seats, 100), at("west", 100, 100))
			inTime, stand := 0, 0
			for round, g := range l.guests("mover", rounds, 1) {
				result := l.moveAgainst(g, race.end)
				switch {
				case result.Outcome != "admitted" && !refusesMove[result.Reason]:
					t.Errorf("round %d: the move was answered %+v", round, result)
				case result.Outcome == "admitted" && !race.isBarred:
					stand++
					fallthrough
				case result.Outcome == "admitted":
					inTime++
				}
				l.holds("east", 0, 0)
				l.holds("west", stand, 0)
				l.state("east", "open")
			}
			t.Logf("%d of %d moves were in time", inTime, rounds)
			l.attempts(l.log())
		})
	}
}

var refusesMove = map[string]bool{"INVALID_REPLACE_TOKEN": true, "CHARACTER_SUSPENDED": true}

// moveAgainst gives a character a place on east and lets its move to west race the end of that.
func (l *live) moveAgainst(g *guest, end func(*guest, told) told) told {
	l.t.Helper()
	seat := g.connect("east", "")
	asked := g.connect("west", "")
	if seat.Outcome == "failed" || asked.ReplaceToken == "" {
		l.t.Fatalf("there is nothing to race: %+v, %+v", seat, asked)
	}
	answers := l.all(2, func(i int) told {
		if i == 0 {
			return g.connect("west", asked.ReplaceToken)
		}
		return end(g, seat)
	})
	if answers[1].Status >= 300 {
		l.t.Errorf("the end was answered %+v", answers[1])
	}
	return answers[0]
}

func (g *guest) suspend() told {
	return g.l.order("PATCH", "/admin/api/characters/"+g.character, `{"suspended":true}`)
}

func (l *live) state(instance, state string) told {
	return l.order("PATCH", "/admin/api/instances/"+instance, fmt.Sprintf(`{"state":%q}`, state))
}

func TestASocketHearsOfItsPlaceBeforeAnyHeartbeat(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		seat := ana.knocks("main")
		h.disk.slow(900 * time.Millisecond)
		for range 3 { // the hub looks at its sockets once a second
			ana.attach("main", "sessionToken="+seat.body["sessionToken"].(string))
			if first := <-ana.frames; first["type"] != "admitted" {
				t.Errorf("the first frame is %v", first)
			}
			ana.drops()
			seat = ana.knocks("main")
		}
	})
}
