package httpapi_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

// The tests of this file are the acceptance cases, one each.

func TestAcceptanceAdmittedWithRoom(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		r := ana.tries("main", `{"clientBuild":"1.0"}`)
		if r.status != 200 || r.body["outcome"] != "admitted" || r.body["characterId"] != ana.character || len(r.body) != 9 {
			t.Errorf("it answered %d %v", r.status, r.body)
		}
		if r.body["claimWithinSeconds"] != 10.0 || r.body["wsUrl"] != "ws://gate.example/instances/main/ws" || r.body["resumed"] != false || r.body["replaced"] != false {
			t.Errorf("it answered %v", r.body)
		}
		for _, id := range []string{"attemptId", "sessionId"} {
			if uuid.Validate(r.body[id].(string)) != nil {
				t.Errorf("%s is %v", id, r.body[id])
			}
		}
		h.attempted(r, "connection.admitted", "")
		if seats := h.seats("main"); seats != [3]float64{1, 0, 0} {
			t.Errorf("until it is claimed the seats are %v", seats)
		}
		frame := ana.follow("main", r)
		if frame["sessionId"] != r.body["sessionId"] || frame["graceSeconds"] != 60.0 || !isTicket(frame["ticket"]) || frame["resumed"] != false {
			t.Errorf("the first frame is %v", frame)
		}
		if seats := h.seats("main"); seats != [3]float64{0, 1, 0} {
			t.Errorf("then the seats are %v", seats)
		}
	})
}

func TestAcceptanceWithoutAnActiveCharacterItIsRefused(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		ana.activates("")
		r := ana.knocks("main")
		if r.status != 200 || r.body["reason"] != "NO_ACTIVE_CHARACTER" || r.body["retryable"] != false {
			t.Errorf("it answered %d %v", r.status, r.body)
		}
		h.attempted(r, "connection.failed", "NO_ACTIVE_CHARACTER")
		ana.activates(ana.character)
		if r := ana.knocks("main"); r.body["outcome"] != "admitted" {
			t.Errorf("with one it answered %v", r.body)
		}
	})
}

func TestAcceptanceWithoutALogInItIsRefused(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		r := h.ask("", "POST", "/instances/main/connect", `{"clientBuild":"1.0"}`)
		if r.status != 401 || r.body["outcome"] != "failed" || r.body["reason"] != "NOT_AUTHENTICATED" {
			t.Errorf("it answered %d %v", r.status, r.body)
		}
		ana := h.player("ana")
		if r := ana.asks("POST", "/auth/logout", ""); r.status != 204 {
			t.Errorf("logging out answered %d %v", r.status, r.body)
		}
		if r := ana.knocks("main"); r.status != 401 || r.body["reason"] != "NOT_AUTHENTICATED" {
			t.Errorf("after it, it answered %d %v", r.status, r.body)
		}
	})
}

func TestAcceptanceOnAFullInstanceOneIsQueuedWithItsPosition(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":1}`)
		players := h.crowd("main", "ana", "ben")
		cid := h.player("cid")
		r := cid.knocks("main")
		if r.status != 200 || r.body["outcome"] != "queued" || r.body["position"] != 2.0 || r.body["depth"] != 2.0 || r.body["characterId"] != cid.character || len(r.body) != 10 {
			t.Errorf("it answered %d %v", r.status, r.body)
		}
		if r.body["estimatedWaitSeconds"] != nil || r.body["estimatedWaitUpperSeconds"] != nil || r.body["pollAfterSeconds"] != 5.0 || r.body["wsUrl"] != "ws://gate.example/instances/main/ws" {
			t.Errorf("it answered %v", r.body)
		}
		h.attempted(r, "connection.queued", "")
		if again := cid.knocks("main"); again.body["position"] != 2.0 || again.body["depth"] != 2.0 {
			t.Errorf("asking again answered %v", again.body)
		}
		cid.enters("main")
		for i, p := range players {
			p.leaves()
			if i == 0 {
				players[1].hears("admitted")
				if frame := cid.hears("queued"); frame["position"] != 1.0 {
					t.Errorf("cid heard %v", frame)
				}
			}
		}
		cid.hears("admitted")
		told := h.happened("connection.admitted")
		if last := told[len(told)-1]; last["attemptId"] != r.body["attemptId"] {
			t.Errorf("the seat is logged as %v", last)
		}
	})
}

func TestAcceptanceASessionElsewhereRefusesWithoutForce(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.annex(`{}`)
		ana := h.player("ana")
		ana.enters("main")
		r := ana.knocks("annex")
		if r.status != 200 || r.body["reason"] != "ALREADY_IN_SESSION" || r.body["replaceToken"] != nil {
			t.Errorf("it answered %d %v", r.status, r.body)
		}
		if existing := r.body["existing"].(object); existing["instanceId"] != "main" || existing["state"] != "active" {
			t.Errorf("it stands %v", existing)
		}
		ana.stands("main", "active")
		if seats := h.seats("annex"); seats != [3]float64{} {
			t.Errorf("elsewhere the seats are %v", seats)
		}
	})
}

func TestAcceptanceDropHoldsTheSeatFor60SecondsInTheSameSession(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":1}`)
		players := h.crowd("main", "ana", "ben")
		ana, ben := players[0], players[1]
		frame := h.back(ana)
		ana.drops()
		time.Sleep(60*time.Second - time.Millisecond)
		if seats := h.seats("main"); seats != [3]float64{0, 0, 1} {
			t.Errorf("in grace the seats are %v", seats)
		}
		again := ana.returns("main", frame["reconnectionToken"])
		if again["sessionId"] != frame["sessionId"] || again["resumed"] != true {
			t.Errorf("ana came back to %v", again)
		}
		if n := len(h.happened("connection.reconnect_attempt")); n != 2 || len(h.happened("connection.reconnected")) != 2 {
			t.Errorf("the log tells of %d reconnections", n)
		}
		ana.drops()
		time.Sleep(60 * time.Second)
		ben.hears("admitted")
		ana.gone("main", "ENDED")
		ended := h.happened("connection.disconnected")
		if last := ended[len(ended)-1]; last["reason"] != "grace_expired" || last["sessionId"] != frame["sessionId"] {
			t.Errorf("the log tells of %v", last)
		}
	})
}

// back drops a player and brings it back by connect and attach; it returns the last frame.
func (h *house) back(p *player) object {
	h.t.Helper()
	p.drops()
	frame := p.enters("main")
	if frame["resumed"] != true {
		h.t.Errorf("a reclaim heard %v", frame)
	}
	p.drops()
	return p.returns("main", frame["reconnectionToken"])
}

func TestAcceptanceAnOldBuildIsToldWhichToGet(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"requiredBuild":"2.1","updateUrl":"https://game.example/get"}`)
		r := h.player("ana").tries("main", `{"clientBuild":"2.0"}`)
		if r.status != 200 || r.body["reason"] != "VERSION_MISMATCH" || r.body["requiredBuild"] != "2.1" || r.body["updateUrl"] != "https://game.example/get" {
			t.Errorf("it answered %d %v", r.status, r.body)
		}
		h.attempted(r, "connection.failed", "VERSION_MISMATCH")
	})
}

func TestAcceptanceMaintenanceRefusesWithTheOperatorsWords(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":1}`)
		players := h.crowd("main", "ana", "ben")
		ana, ben := players[0], players[1]
		h.set(`{"state":"maintenance","message":"New maps at six."}`)
		if r := h.player("cid").knocks("main"); r.status != 200 || r.body["reason"] != "MAINTENANCE" || r.body["message"] != "New maps at six." {
			t.Errorf("it answered %d %v", r.status, r.body)
		}
		for _, p := range players {
			if notice := p.hears("notice"); notice["kind"] != "maintenance" || notice["message"] != "New maps at six." {
				t.Errorf("those present heard %v", notice)
			}
		}
		if frame := h.back(ana); frame["resumed"] != true {
			t.Errorf("a session that goes on heard %v", frame)
		}
		ana.leaves()
		ben.stands("main", "queued") // kept, and not promoted
		h.set(`{"state":"open"}`)
		ben.hears("admitted")
	})
}

func TestAcceptanceADeliberateLeaveFreesTheSeatAtOnce(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":1}`)
		players := h.crowd("main", "ana", "ben")
		ana, ben := players[0], players[1]
		began := time.Now()
		ana.leaves()
		ben.hears("admitted")
		if took := time.Since(began); took != 0 {
			t.Errorf("it took %s", took)
		}
		ana.gone("main", "LEFT")
		if ended := h.happened("connection.disconnected"); len(ended) != 1 || ended[0]["reason"] != "user" {
			t.Errorf("the log tells of %v", ended)
		}
	})
}

func TestAcceptanceASecondTabThatConfirmsTakesTheSeatOver(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":1}`)
		players := h.crowd("main", "ana", "ben")
		ana, ben := players[0], players[1]
		asked := ana.knocks("main")
		if asked.body["reason"] != "ALREADY_IN_SESSION" || asked.body["replaceWithinSeconds"] != 30.0 {
			t.Errorf("the second tab is asked %v", asked.body)
		}
		time.Sleep(30*time.Second - time.Millisecond)
		confirmed := ana.confirms("main", asked.body["replaceToken"])
		if confirmed.body["outcome"] != "admitted" || confirmed.body["replaced"] != true {
			t.Errorf("confirmed, it answered %v", confirmed.body)
		}
		ana.closedBy(4500)
		ana.follow("main", confirmed)
		if st := ben.stands("main", "queued"); st["position"] != 1.0 { // the seat was never free
			t.Errorf("who waits is %v", st)
		}
		if promoted := h.happened("queue.promoted"); len(promoted) != 0 {
			t.Errorf("the log tells of %v", promoted)
		}
	})
}

func TestAcceptanceASecondTabThatDeclinesChangesNothing(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		frame := ana.enters("main")
		asked := ana.knocks("main")
		time.Sleep(30 * time.Second)
		if st := ana.stands("main", "active"); st["sessionId"] != frame["sessionId"] {
			t.Errorf("the session is %v", st)
		}
		if late := ana.confirms("main", asked.body["replaceToken"]); late.body["reason"] != "INVALID_REPLACE_TOKEN" {
			t.Errorf("a late answer is answered %v", late.body)
		}
		if closed := ana.heard("closed"); len(closed) != 0 {
			t.Errorf("the first tab heard %v", closed)
		}
		ana.drops()
		if again := ana.returns("main", frame["reconnectionToken"]); again["sessionId"] != frame["sessionId"] {
			t.Errorf("the first tab came back to %v", again)
		}
	})
}

func TestAcceptanceFiveFailuresLockForAMinute(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		for range 5 {
			if r := ana.knocks("nowhere"); r.status != 200 || r.body["reason"] != "INVALID_INSTANCE" {
				t.Errorf("it answered %d %v", r.status, r.body)
			}
			time.Sleep(10 * time.Second)
		}
		r := ana.knocks("main")
		if r.status != 429 || r.body["retryAfterSeconds"] != 50.0 || r.header.Get("Retry-After") != "50" || r.took != 0 {
			t.Errorf("the sixth answered %d %v after %s", r.status, r.body, r.took)
		}
		h.attempted(r, "connection.throttled", "RATE_LIMITED")
		time.Sleep(50*time.Second - time.Millisecond)
		if r := ana.knocks("main"); r.status != 429 || r.header.Get("Retry-After") != "1" {
			t.Errorf("just before its end it answered %d %v", r.status, r.body)
		}
		time.Sleep(time.Millisecond)
		if r := ana.knocks("main"); r.body["outcome"] != "admitted" {
			t.Errorf("after it, it answered %d %v", r.status, r.body)
		}
	})
}

func TestAcceptanceFiveFailuresAtOnceAreCountedExactly(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		statuses := map[int]int{}
		var mu sync.Mutex
		var rush sync.WaitGroup
		for range 25 {
			rush.Go(func() {
				r := ana.knocks("nowhere")
				mu.Lock()
				defer mu.Unlock()
				statuses[r.status]++
			})
		}
		rush.Wait()
		if statuses[200] != 5 || statuses[429] != 20 {
			t.Errorf("they were answered %v", statuses)
		}
	})
}

func TestAcceptanceFourFailuresAMinuteLockNobody(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		for range 12 { // any five of them take a minute
			if r := ana.knocks("nowhere"); r.status != 200 {
				t.Fatalf("it answered %d %v", r.status, r.body)
			}
			time.Sleep(15 * time.Second)
		}
	})
}

func TestAcceptanceWithoutAnOutcomeItIsATimeoutWithinTenSeconds(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana, ben := h.player("ana"), h.player("ben")
		h.stalls(ben)
		r := ana.knocks("main")
		if r.status != 200 || r.body["outcome"] != "timeout" || r.body["reason"] != "TIMEOUT" || r.took > 10*time.Second {
			t.Errorf("after %s it answered %d %v", r.took, r.status, r.body)
		}
		h.disk.slow(0)
		time.Sleep(time.Minute)
		h.attempted(r, "connection.timeout", "TIMEOUT")
		ana.gone("main", "NEVER_QUEUED")
		if seats := h.seats("main"); seats != [3]float64{} {
			t.Errorf("of it remain %v", seats)
		}
	})
}

func TestAcceptanceAQueueAtItsMaximumTakesNobodyMore(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":1,"queueMax":2}`)
		players := h.crowd("main", "ana", "ben", "cid")
		dan := h.player("dan")
		r := dan.knocks("main")
		if r.status != 200 || r.body["reason"] != "QUEUE_FULL" || r.body["retryAfterSeconds"] != 10.0 {
			t.Errorf("it answered %d %v", r.status, r.body)
		}
		dan.gone("main", "NEVER_QUEUED")
		if v := h.order("GET", "/admin/api/instances/main", ""); v["queueDepth"] != 2.0 {
			t.Errorf("the queue has %v", v["queueDepth"])
		}
		if r := players[2].knocks("main"); r.body["position"] != 2.0 { // who is in it already is
			t.Errorf("who waits is answered %v", r.body)
		}
		players[0].leaves()
		players[1].hears("admitted")
		h.log()
		if r := dan.knocks("main"); r.body["outcome"] != "queued" || r.body["position"] != 2.0 {
			t.Errorf("then it answered %v", r.body)
		}
	})
}

func TestAcceptanceADrainLetsTheQueueInInOrderAndNobodyNew(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":1}`)
		players := h.crowd("main", "ana", "ben", "cid", "dan")
		h.set(`{"state":"draining","message":"We close tonight."}`)
		for _, p := range players {
			if notice := p.hears("notice"); notice["kind"] != "draining" || notice["message"] != "We close tonight." {
				t.Errorf("those present heard %v", notice)
			}
		}
		eve := h.player("eve")
		if r := eve.knocks("main"); r.status != 200 || r.body["reason"] != "DRAIN_MODE" || r.body["message"] != "We close tonight." {
			t.Errorf("a newcomer is answered %d %v", r.status, r.body)
		}
		h.back(players[0]) // reconnections are honoured
		for i, p := range players {
			if i > 0 {
				p.hears("admitted")
			}
			for _, waiting := range players[i+1:] {
				waiting.stands("main", "queued")
			}
			p.leaves()
		}
		if r := eve.knocks("main"); r.body["reason"] != "DRAIN_MODE" {
			t.Errorf("with seats free a newcomer is answered %v", r.body)
		}
		order := h.happened("queue.promoted")
		for i, promoted := range order {
			if promoted["characterId"] != players[i+1].character {
				t.Errorf("the seat no. %d went to another", i+1)
			}
		}
		if drained := h.happened("instance.drained"); len(order) != 3 || len(drained) != 1 {
			t.Errorf("the log tells of %v and %v", order, drained)
		}
	})
}

func TestAcceptanceACharacterThatChangesMidAttemptIsNotTakenIn(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		other := ana.another("Lady Hero")
		finish := ana.slowly("main")
		ana.activates(other)
		if r := finish("{}"); r.status != 200 || r.body["reason"] != "CHARACTER_CHANGED" || r.body["retryable"] != true {
			t.Errorf("it answered %d %v", r.status, r.body)
		}
		if r := ana.knocks("main"); r.body["outcome"] != "admitted" {
			t.Errorf("the next answered %v", r.body)
		}
	})
}

func TestAcceptanceALaterChangeOfTheCharacterTouchesNoPlace(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		frame := ana.enters("main")
		ana.activates(ana.another("Lady Hero"))
		if st := ana.stands("main", "active"); st["sessionId"] != frame["sessionId"] {
			t.Errorf("the session is %v", st)
		}
		ana.drops()
		if again := ana.returns("main", frame["reconnectionToken"]); again["sessionId"] != frame["sessionId"] {
			t.Errorf("it came back to %v", again)
		}
	})
}

func TestAcceptanceAStaleSessionIsReclaimedInTime(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		frame := ana.enters("main")
		ana.drops()
		time.Sleep(52 * time.Second)
		r := ana.knocks("main")
		if r.body["outcome"] != "admitted" || r.body["resumed"] != true || r.body["sessionId"] != frame["sessionId"] {
			t.Errorf("it answered %v", r.body)
		}
		if r.body["claimWithinSeconds"] != 8.0 { // asking again moves no deadline
			t.Errorf("the window is %v", r.body["claimWithinSeconds"])
		}
		ana.deadAt("main", "reconnectionToken="+frame["reconnectionToken"].(string))
		if again := ana.follow("main", r); again["resumed"] != true {
			t.Errorf("it heard %v", again)
		}
	})
}

func TestAcceptanceAStaleSessionIsCleanedAfterItsTime(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		frame := ana.enters("main")
		ana.drops()
		time.Sleep(time.Minute)
		if seats := h.seats("main"); seats != [3]float64{} {
			t.Errorf("the seats are %v", seats)
		}
		r := ana.knocks("main")
		if r.body["outcome"] != "admitted" || r.body["resumed"] != false || r.body["sessionId"] == frame["sessionId"] {
			t.Errorf("it answered %v", r.body)
		}
	})
}

func TestAcceptanceAMalformedAttemptIsRefused(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		r := h.player("ana").tries("main", `{"characterId":7}`)
		if r.status != 400 || r.body["reason"] != "INVALID_REQUEST" || r.body["detail"] != "the field characterId has the wrong type" {
			t.Errorf("it answered %d %v", r.status, r.body)
		}
		h.attempted(r, "connection.failed", "INVALID_REQUEST")
	})
}

func TestAcceptanceAnUnknownInstanceIsRefused(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		r := h.player("ana").knocks("nowhere")
		if r.status != 200 || r.body["reason"] != "INVALID_INSTANCE" || r.body["retryable"] != false {
			t.Errorf("it answered %d %v", r.status, r.body)
		}
		if end := h.attempted(r, "connection.failed", "INVALID_INSTANCE"); end["instanceId"] != nil {
			t.Errorf("the log takes it for an instance: %v", end)
		}
	})
}

func TestAcceptanceWhoIsNotTheOwnerIsRefusedAndThatIsASecurityEvent(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana, ben := h.player("ana"), h.player("ben")
		ben.enters("main")
		r := ana.tries("main", `{"characterId":"`+ben.character+`"}`)
		if r.status != 200 || r.body["reason"] != "CHARACTER_NOT_OWNED" || r.body["existing"] != nil {
			t.Errorf("it answered %d %v", r.status, r.body)
		}
		told := h.happened("security.character_not_owned")
		if len(told) != 1 || told[0]["attemptId"] != r.body["attemptId"] || told[0]["characterId"] != ben.character {
			t.Errorf("the log tells of %v", told)
		}
		ben.stands("main", "active")
	})
}

func TestAcceptanceASuspendedCharacterIsRefused(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		ana.enters("main")
		h.order("PATCH", "/admin/api/characters/"+ana.character, `{"suspended":true}`)
		ana.closedBy(4501)
		r := ana.knocks("main")
		if r.status != 200 || r.body["reason"] != "CHARACTER_SUSPENDED" || r.body["retryable"] != false || len(r.body) != 5 {
			t.Errorf("it answered %d %v", r.status, r.body)
		}
		if r := ana.tries("main", `{"characterId":"`+ana.another("Lady Hero")+`"}`); r.body["outcome"] != "admitted" {
			t.Errorf("the account's other character is answered %v", r.body)
		}
	})
}

func TestAcceptanceASeatLostToAConcurrentAttemptIsAQueuePlace(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":3}`)
		const crowd = 20
		answers := make(chan reply, crowd)
		for i := range crowd {
			p := h.player(fmt.Sprintf("player %d", i))
			go func() { answers <- p.knocks("main") }()
		}
		outcomes, positions := map[any]int{}, map[any]bool{}
		for range crowd {
			r := <-answers
			outcomes[r.body["outcome"]]++
			if r.body["outcome"] == "queued" {
				positions[r.body["position"]] = true
			}
		}
		if outcomes["admitted"] != 3 || outcomes["queued"] != crowd-3 || len(positions) != crowd-3 {
			t.Errorf("they were answered %v at %v", outcomes, positions)
		}
		if seats := h.seats("main"); seats != [3]float64{3, 0, 0} {
			t.Errorf("the seats are %v", seats)
		}
	})
}

func TestAcceptanceACapacityBelowTheSeatsTakenEvictsNobody(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":3}`)
		players := h.crowd("main", "ana", "ben", "cid", "dan")
		h.set(`{"capacity":1}`)
		if seats := h.seats("main"); seats != [3]float64{0, 3, 0} {
			t.Errorf("the seats are %v", seats)
		}
		h.back(players[0])
		dan := players[3]
		for _, p := range players[:2] {
			p.leaves()
			dan.stands("main", "queued")
		}
		players[2].leaves()
		dan.hears("admitted")
		h.set(`{"capacity":2}`)
		if r := h.player("eve").knocks("main"); r.body["outcome"] != "admitted" {
			t.Errorf("with one more seat it answered %v", r.body)
		}
	})
}

func TestAcceptanceALostAnswerLeadsToTheSameSession(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		lost := ana.knocks("main")
		time.Sleep(3 * time.Second)
		again := ana.knocks("main")
		if again.body["outcome"] != "admitted" || again.body["sessionId"] != lost.body["sessionId"] || again.body["resumed"] != false {
			t.Errorf("it answered %v", again.body)
		}
		if again.body["claimWithinSeconds"] != 7.0 || again.body["sessionToken"] == lost.body["sessionToken"] {
			t.Errorf("it answered %v", again.body)
		}
		ana.deadAt("main", "sessionToken="+lost.body["sessionToken"].(string))
		if frame := ana.follow("main", again); frame["sessionId"] != lost.body["sessionId"] {
			t.Errorf("it heard %v", frame)
		}
		if seats := h.seats("main"); seats != [3]float64{0, 1, 0} {
			t.Errorf("the seats are %v", seats)
		}
	})
}
