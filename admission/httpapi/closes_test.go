package httpapi_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"gatekeeper/admission"
)

// The first tests of this file are the close codes of the contract, in their order. 4002 belongs to the relay mode,
// which does not exist yet.

func TestClose1000IsALeave(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":2}`)
		players := h.crowd("main", "ana", "ben", "cid", "dan")
		ana, ben, cid, dan := players[0], players[1], players[2], players[3]
		ana.leaves()
		cid.hears("admitted")
		ana.gone("main", "LEFT")

		t.Log("by POST leave, twice")
		session := ben.stands("main", "active")["sessionId"].(string)
		for range 2 {
			if r := ben.asks("POST", "/sessions/"+session+"/leave", ""); r.status != 204 {
				t.Errorf("leaving answered %d %v", r.status, r.body)
			}
		}
		ben.closedBy(1000)
		dan.hears("admitted")

		t.Log("out of the queue, twice")
		eve := h.crowd("main", "eve")[0]
		for range 2 {
			if r := eve.asks("DELETE", "/instances/main/queue?characterId="+eve.character, ""); r.status != 204 {
				t.Errorf("giving up answered %d %v", r.status, r.body)
			}
		}
		eve.closedBy(1000)
		eve.gone("main", "LEFT")
		if left := h.happened("queue.left"); len(left) != 1 {
			t.Errorf("the log tells of %v", left)
		}
	})
}

func TestClose4000RestartsTheServer(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.crowd("main", "ana")[0]
		h.gate.BeginStop()
		h.hub.Close(context.Background())
		if notice := ana.hears("notice"); notice["kind"] != "restart" || notice["message"] == "" {
			t.Errorf("ana heard %v", notice)
		}
		ana.closedBy(4000)
		if dropped := h.happened("connection.disconnected"); len(dropped) != 0 {
			t.Errorf("the restart is charged to ana: %v", dropped)
		}
	})
}

func TestClose4001TooSlowToRead(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.visitor("ana").plays() // and reads nothing from now on
		for i := range 80 {
			h.set(fmt.Sprintf(`{"message":"news %d"}`, i))
		}
		if code := ana.closedWith(); code != 4001 {
			t.Errorf("the socket closed with %d", code)
		}
		synctest.Wait()
		if state := ana.state(); state != "grace" {
			t.Errorf("ana's place is %v", state)
		}
	})
}

func TestClose4001Silent(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":1}`)
		ana, ben := h.player("ana"), h.player("ben")
		ana.isMute, ben.isMute = true, true
		began := time.Now()
		ana.enters("main")
		ben.enters("main")
		for _, p := range []*player{ana, ben} {
			p.closedBy(4001)
			if silent := time.Since(began); silent != 25*time.Second {
				t.Errorf("it took %s", silent)
			}
		}
		ana.stands("main", "grace")
		ben.stands("main", "queued")
		if gone := h.happened("connection.disconnected"); len(gone) != 1 || gone[0]["reason"] != "network" {
			t.Errorf("the log tells of %v", gone)
		}
	})
}

func TestClose4010OfATokenThatIsUnknownUsedOrExpired(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.annex(`{}`)
		ana := h.player("ana")
		ana.deadAt("main", "sessionToken=unknown")
		used := ana.knocks("main")
		token := ana.follow("main", used)["reconnectionToken"].(string)
		ana.deadAt("main", "sessionToken="+used.body["sessionToken"].(string))
		ana.deadAt("annex", "reconnectionToken="+token)
		ana.deadAt("main", "sessionToken="+token) // of another kind
		ana.stands("main", "active")

		t.Log("expired")
		ben := h.player("ben")
		expired := ben.knocks("main").body["sessionToken"].(string)
		time.Sleep(10 * time.Second)
		ben.deadAt("main", "sessionToken="+expired)
		ben.gone("main", "CLAIM_EXPIRED")

		t.Log("its grace over")
		cid := h.player("cid")
		token = cid.enters("main")["reconnectionToken"].(string)
		cid.drops()
		time.Sleep(60 * time.Second)
		cid.deadAt("main", "reconnectionToken="+token)
		cid.gone("main", "ENDED")
	})
}

// deadAt attaches, on a socket beside the present one, with a token that does not work.
func (p *player) deadAt(instance, query string) {
	p.h.t.Helper()
	beside := &player{visitor: &visitor{h: p.h, token: p.token}}
	beside.attach(instance, query)
	beside.closedBy(4010)
}

func TestClose4010CountsByAddress(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.crowd("main", "ana")[0]
		for range 20 {
			ana.deadAt("main", "reconnectionToken=guessed")
		}
		dialer := websocket.Dialer{NetDialContext: h.net.Dial}
		_, response, err := dialer.Dial("ws://gate.example/instances/main/ws?reconnectionToken=guessed", nil)
		if err == nil || response.StatusCode != 429 || response.Header.Get("Retry-After") != "60" {
			t.Errorf("the 21st: %v, %v", err, response)
		}
		if r := ana.knocks("main"); r.body["reason"] != "ALREADY_IN_SESSION" {
			t.Errorf("it counts against the account, too: %v", r.body)
		}
	})
}

func TestALiveTokenAttachesFromAnAddressWithoutTries(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		token := ana.enters("main")["reconnectionToken"]
		for range 20 {
			ana.deadAt("main", "reconnectionToken=guessed")
		}
		ana.drops()
		if frame := ana.returns("main", token); frame["resumed"] != true {
			t.Errorf("she hears %v", frame)
		}
	})
}

func TestClose4011(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":1}`)
		ana := h.crowd("main", "ana")[0]
		ben, cid := h.player("ben"), h.player("cid")
		ben.isMute = true
		ben.enters("main")
		cid.enters("main")
		began := time.Now()
		ana.leaves()
		frame := ben.hears("admitted")
		if seats := h.seats("main"); seats != [3]float64{1, 0, 0} {
			t.Errorf("until there is a sign of life, the seats are %v", seats)
		}
		ben.closedBy(4011)
		if missed := time.Since(began); missed != 10*time.Second {
			t.Errorf("the claim was missed after %s", missed)
		}
		cid.hears("admitted") // the seat goes to the next
		ben.deadAt("main", "reconnectionToken="+frame["reconnectionToken"].(string))
		if events := h.happened("queue.claim_missed"); len(events) != 1 || events[0]["characterId"] != ben.character {
			t.Errorf("the log tells of %v", events)
		}
		if st := ben.stands("main", "queued"); st["position"] != 1.0 {
			t.Errorf("ben's own rank is %v", st)
		}
	})
}

func TestClose4011DropsAfterTheSecondUnclaimedPromotion(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":0}`)
		ben := h.player("ben")
		ben.isMute = true
		r := ben.knocks("main")
		token := ben.follow("main", r)["queueToken"].(string)
		h.set(`{"capacity":1}`)
		ben.closedBy(4011)
		ben.attach("main", "queueToken="+token) // back, it is promoted at once
		ben.hears("admitted")
		ben.closedBy(4011)
		ben.gone("main", "CLAIM_EXPIRED")
		dropped := h.happened("queue.claim_expired")
		if len(dropped) != 1 || dropped[0]["attemptId"] != r.body["attemptId"] {
			t.Errorf("the log tells of %v", dropped)
		}
	})
}

// No story leads to 4012: a place with a socket is never given up for its absence, and a token of a place that is gone
// is dead, which is 4010. Here the engine's word is given by hand.
func TestClose4012(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":0}`)
		ana := h.crowd("main", "ana")[0]
		h.hub.Deliver(admission.Hangup{Conn: 1, Why: admission.HangupPlaceGone})
		ana.closedBy(4012)
	})
}

func TestClose4500Replaced(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.crowd("main", "ana")[0]
		confirmed := ana.confirms("main", ana.knocks("main").body["replaceToken"])
		ana.closedBy(4500)
		if seats := h.seats("main"); seats != [3]float64{1, 0, 0} {
			t.Errorf("the seat passed over to %v", seats)
		}
		if frame := ana.follow("main", confirmed); frame["replaced"] != true || frame["resumed"] != false {
			t.Errorf("the new tab heard %v", frame)
		}
		ended := h.happened("connection.disconnected")
		if len(ended) != 1 || ended[0]["reason"] != "replace" {
			t.Errorf("the log tells of %v", ended)
		}
	})
}

func TestClose4500TakenOver(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		frame := ana.enters("main")
		old := *ana
		again := ana.returns("main", frame["reconnectionToken"])
		old.closedBy(4500)
		if again["sessionId"] != frame["sessionId"] || again["resumed"] != true || again["replaced"] != false {
			t.Errorf("the new socket heard %v", again)
		}
		ana.stands("main", "active")
		if dropped := h.happened("connection.disconnected"); len(dropped) != 0 {
			t.Errorf("the log tells of %v", dropped)
		}
	})
}

func TestClose4500TakenOverInTheQueue(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":0}`)
		ana := h.player("ana")
		frame := ana.enters("main")
		old := *ana
		ana.attach("main", "queueToken="+frame["queueToken"].(string))
		if again := ana.hears("queued"); again["position"] != 1.0 || again["depth"] != 1.0 {
			t.Errorf("the new socket heard %v", again)
		}
		old.closedBy(4500)
		ana.stands("main", "queued")
	})
}

func TestClose4501Suspended(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":1}`)
		players := h.crowd("main", "ana", "ben", "cid")
		ana, ben, cid := players[0], players[1], players[2]
		for _, p := range []*player{ben, ana} {
			h.order("PATCH", "/admin/api/characters/"+p.character, `{"suspended":true}`)
			if text := p.closedBy(4501); text != "suspended" {
				t.Errorf("the frame says %q", text)
			}
			p.gone("main", "REMOVED")
		}
		cid.hears("admitted")
		if ended := h.happened("connection.disconnected"); len(ended) != 1 || ended[0]["reason"] != "removed" {
			t.Errorf("the log tells of %v", ended)
		}
		if ended := h.happened("queue.removed"); len(ended) != 1 || ended[0]["characterId"] != ben.character {
			t.Errorf("the log tells of %v", ended)
		}
	})
}

func TestClose4501RemovedFromTheQueue(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":0}`)
		players := h.crowd("main", "ana", "ben")
		ana, ben := players[0], players[1]
		h.order("DELETE", "/admin/api/instances/main/queue/"+ana.character, "")
		if text := ana.closedBy(4501); text != "removed by an operator" {
			t.Errorf("the frame says %q", text)
		}
		ana.gone("main", "REMOVED")
		if frame := ben.hears("queued"); frame["position"] != 1.0 || frame["depth"] != 1.0 {
			t.Errorf("ben heard %v", frame)
		}
		again := h.ask(operatorKey, "DELETE", "/admin/api/instances/main/queue/"+ana.character, "")
		if again.status != 404 || again.body["code"] != "NOT_QUEUED" {
			t.Errorf("a second time it answered %d %v", again.status, again.body)
		}
	})
}

func TestClose4502(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":1,"message":"The season is over."}`)
		players := h.crowd("main", "ana", "ben")
		h.set(`{"state":"closed"}`)
		for _, p := range players {
			if text := p.closedBy(4502); text != "The season is over." {
				t.Errorf("the frame says %q", text)
			}
			p.gone("main", "CLOSED")
		}
		if left, ended := h.happened("queue.closed"), h.happened("connection.disconnected"); len(left) != 1 || len(ended) != 1 || ended[0]["reason"] != "closed" {
			t.Errorf("the log tells of %v and %v", left, ended)
		}
		if listed := h.ask("", "GET", "/instances", "").body["instances"].([]any); len(listed) != 0 {
			t.Errorf("it is still listed: %v", listed)
		}
		h.set(`{"state":"open"}`)
		if v := h.order("GET", "/admin/api/instances/main", ""); v["seatsTaken"] != 0.0 || v["queueDepth"] != 0.0 {
			t.Errorf("it came back as %v", v)
		}
	})
}

func TestClose4503(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":1}`)
		players := h.crowd("main", "ana", "ben")
		ana, ben := players[0], players[1]
		for range 3 {
			ana.says(`{"type":"dance"}`)
			if frame := ana.hears("error"); frame["code"] != "BAD_FRAME" || frame["message"] == "" {
				t.Errorf("ana heard %v", frame)
			}
		}
		ana.closedBy(4503)
		ben.hears("admitted")
		ana.gone("main", "REMOVED")
	})
}

func TestTwoBadFramesAreForgiven(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.crowd("main", "ana")[0]
		ana.says(`{"type":"dance"}`)
		ana.says(`[1]`)
		ana.says(`{"type":"heartbeat","mood":"fine"}`) // a field that is unknown does no harm
		ana.says(`{"type":"ack"}`)
		if errors := ana.heard("error"); len(errors) != 2 {
			t.Errorf("ana heard %v", errors)
		}
		ana.stands("main", "active")
	})
}

func TestAClientsOwnCloseIsALeaveWith1000AndADropOtherwise(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		for code, state := range map[int]string{1000: "none", 1001: "grace", 1005: "grace", 4000: "grace", 0: "grace"} {
			p := h.crowd("main", fmt.Sprintf("of %d", code))[0]
			if code == 0 {
				p.drops()
			} else {
				p.hangsUp(code)
			}
			p.stands("main", state)
		}
		reasons := map[any]int{}
		for _, ended := range h.happened("connection.disconnected") {
			reasons[ended["reason"]]++
		}
		if reasons["user"] != 1 || reasons["network"] != 4 || len(reasons) != 2 {
			t.Errorf("the log tells of %v", reasons)
		}
	})
}

func TestOfAWaitingClientACloseWith1000LeavesTheQueue(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":0}`)
		players := h.crowd("main", "ana", "ben")
		ana, ben := players[0], players[1]
		ana.hangsUp(1001)
		ben.hangsUp(1000)
		if st := ana.stands("main", "queued"); st["position"] != 1.0 || st["depth"] != 1.0 {
			t.Errorf("ana is %v", st)
		}
		ben.gone("main", "LEFT")
	})
}

// The rules of the tokens: T is the last one acknowledged or used, U its newest successor.

func TestTokenTWorksAgainAndKillsItsSuccessor(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		tokenT := ana.enters("main")["reconnectionToken"].(string)
		ana.says(`{"type":"ack"}`)
		ana.drops()
		tokenU := ana.returns("main", tokenT)["reconnectionToken"].(string)
		ana.drops() // U never arrived
		tokenV := ana.returns("main", tokenT)["reconnectionToken"].(string)
		ana.deadAt("main", "reconnectionToken="+tokenU)
		ana.drops()
		ana.returns("main", tokenV)
		ana.deadAt("main", "reconnectionToken="+tokenT) // a successor was used
		ana.stands("main", "active")
	})
}

func TestTokenTDiesOfTheSuccessorsAck(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		tokenT := ana.enters("main")["reconnectionToken"].(string)
		ana.says(`{"type":"ack"}`)
		ana.drops()
		tokenU := ana.returns("main", tokenT)["reconnectionToken"].(string)
		ana.says(`{"type":"ack"}`)
		synctest.Wait()
		ana.deadAt("main", "reconnectionToken="+tokenT)
		ana.drops()
		if frame := ana.returns("main", tokenU); frame["resumed"] != true || frame["reconnectionToken"] == tokenU {
			t.Errorf("ana heard %v", frame)
		}
	})
}

func TestAnAckFromASocketThatWasTakenOverIsIgnored(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		tokenT := ana.enters("main")["reconnectionToken"].(string)
		ana.says(`{"type":"ack"}`)
		ana.drops()

		// A socket that does not read yet, and so does not know that it is taken over.
		raw := &visitor{h: h, token: ana.token, character: ana.character}
		raw.attaches("reconnectionToken=" + tokenT)
		raw.hears("admitted")
		tokenV := ana.returns("main", tokenT)["reconnectionToken"].(string)
		raw.says(`{"type":"ack"}`)
		synctest.Wait()
		if code := raw.closedWith(); code != 4500 {
			t.Errorf("the old socket closed with %d", code)
		}
		ana.drops()
		ana.returns("main", tokenT) // the ack was not taken for one of V
		ana.deadAt("main", "reconnectionToken="+tokenV)
	})
}

func TestAReclaimByConnectKillsOlderTokens(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		token := ana.enters("main")["reconnectionToken"].(string)
		ana.drops()
		r := ana.knocks("main")
		ana.deadAt("main", "reconnectionToken="+token)
		if frame := ana.follow("main", r); frame["resumed"] != true {
			t.Errorf("ana heard %v", frame)
		}
	})
}

func TestReplayedTokensAreToldOfOnceAMinuteASession(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		players := []*player{h.player("ana"), h.player("ben")}
		var dead []string
		for _, p := range players {
			token := p.enters("main")["reconnectionToken"].(string)
			p.drops()
			dead = append(dead, p.returns("main", p.returns("main", token)["reconnectionToken"])["reconnectionToken"].(string), token)
		}
		for range 3 {
			players[0].deadAt("main", "reconnectionToken="+dead[1])
			time.Sleep(19 * time.Second)
		}
		players[1].deadAt("main", "reconnectionToken="+dead[3])
		if told := h.happened("security.token_replayed"); len(told) != 2 || told[0]["characterId"] != players[0].character || told[1]["characterId"] != players[1].character {
			t.Errorf("the log tells of %v", told)
		}
		time.Sleep(3 * time.Second)
		players[0].deadAt("main", "reconnectionToken="+dead[1])
		if told := h.happened("security.token_replayed"); len(told) != 3 || told[2]["sessionId"] == nil {
			t.Errorf("a minute after the first, the log tells of %v", told)
		}
	})
}

func TestOnlySupersededTokensOfLivingSessionsAreReplays(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		first := ana.knocks("main")
		token := ana.follow("main", first)["reconnectionToken"].(string)
		ana.returns("main", ana.returns("main", token)["reconnectionToken"]) // the first is superseded
		ana.deadAt("main", "reconnectionToken=a-guess")
		ana.deadAt("main", "sessionToken="+first.body["sessionToken"].(string))
		ana.leaves()
		ana.deadAt("main", "reconnectionToken="+token) // its session lives no more
		h.set(`{"capacity":0}`)
		ben := h.player("ben")
		waiting := ben.knocks("main")
		ben.follow("main", waiting)
		h.set(`{"capacity":1}`)
		ben.hears("admitted")
		synctest.Wait()
		ben.deadAt("main", "queueToken="+waiting.body["queueToken"].(string)) // claimed
		if told := h.happened("security.token_replayed"); len(told) != 0 {
			t.Errorf("the log tells of %v", told)
		}
	})
}

// The queue's socket.

func TestAQueueTokenRotatesByTheSameRules(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":0}`)
		ana := h.player("ana")
		tokenT := ana.knocks("main").body["queueToken"].(string)
		queue := func(token string) string {
			ana.attach("main", "queueToken="+token)
			return ana.hears("queued")["queueToken"].(string)
		}
		tokenU := queue(tokenT)
		ana.drops()
		tokenV := queue(tokenT)
		ana.deadAt("main", "queueToken="+tokenU)
		queue(tokenV)
		ana.deadAt("main", "queueToken="+tokenT)
		if st := ana.stands("main", "queued"); st["depth"] != 1.0 {
			t.Errorf("ana is %v", st)
		}
	})
}

func TestAnyFrameClaimsAPromotion(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":0}`)
		ana := h.player("ana")
		ana.isMute = true
		r := ana.knocks("main")
		ana.follow("main", r)
		h.set(`{"capacity":1}`)
		frame := ana.hears("admitted")
		if frame["graceSeconds"] != 60.0 || !isTicket(frame["ticket"]) || frame["resumed"] != false || frame["replaced"] != false {
			t.Errorf("ana heard %v", frame)
		}
		time.Sleep(9999 * time.Millisecond)
		if told := h.happened("connection.admitted"); len(told) != 0 {
			t.Errorf("before the claim the log tells of %v", told)
		}
		ana.says(`{"type":"heartbeat"}`)
		time.Sleep(time.Second)
		told := h.happened("connection.admitted")
		if len(told) != 1 || told[0]["attemptId"] != r.body["attemptId"] || told[0]["sessionId"] != frame["sessionId"] {
			t.Errorf("then the log tells of %v", told)
		}
		ana.deadAt("main", "queueToken="+r.body["queueToken"].(string))
		ana.stands("main", "active")
	})
}

func TestPositionsArePushedOnceASecondInFrontAndOnceInFiveBehind(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":0}`)
		var names []string
		for i := range 30 {
			names = append(names, fmt.Sprintf("player %d", i))
		}
		players := h.crowd("main", names...)
		time.Sleep(10 * time.Second)
		tenth, last := players[9], players[29]
		tenth.heard("queued")
		last.heard("queued")
		for _, p := range players[:5] { // five leave within half a second
			p.leaves()
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(400 * time.Millisecond)
		positions(t, "within a second, the tenth", tenth.heard("queued"), 9)
		positions(t, "within a second, the last", last.heard("queued"), 29)
		time.Sleep(200 * time.Millisecond)
		positions(t, "then the tenth", tenth.heard("queued"), 5)
		positions(t, "then the last", last.heard("queued"))
		time.Sleep(3800 * time.Millisecond)
		positions(t, "just before five seconds the last", last.heard("queued"))
		time.Sleep(200 * time.Millisecond)
		positions(t, "after five seconds the tenth", tenth.heard("queued"))
		positions(t, "after five seconds the last", last.heard("queued"), 25)
		time.Sleep(10 * time.Second)
		positions(t, "without a change the tenth", tenth.heard("queued"))
	})
}

// positions compares what was pushed.
func positions(t *testing.T, who string, frames []object, want ...float64) {
	t.Helper()
	var got []float64
	for _, frame := range frames {
		got = append(got, frame["position"].(float64))
		if frame["queueToken"] != nil {
			t.Errorf("%s heard of another token", who)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s heard of %v, not %v", who, got, want)
	}
}

func TestAnAbsentPlaceIsPassedOverAndKeepsItsRank(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":1}`)
		players := h.crowd("main", "ana", "ben", "cid")
		ana, ben, cid := players[0], players[1], players[2]
		ben.drops()
		time.Sleep(31 * time.Second)
		ana.leaves()
		cid.hears("admitted") // ben is the head, and not there
		r := ben.knocks("main")
		if r.body["outcome"] != "queued" || r.body["position"] != 1.0 {
			t.Errorf("ben is answered %v", r.body)
		}
		ben.follow("main", r)
		cid.leaves()
		ben.hears("admitted")
		if absent, present := h.happened("queue.absent"), h.happened("queue.present"); len(absent) != 1 || len(present) != 1 {
			t.Errorf("the log tells of %v and %v", absent, present)
		}
	})
}

func TestAnOperatorsMoveIsTheOnlyWayToALaterPosition(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":0}`)
		players := h.crowd("main", "ana", "ben", "cid")
		h.order("PUT", "/admin/api/instances/main/queue/"+players[2].character, `{"position":1}`)
		for i, position := range []float64{2, 3, 1} {
			if frame := players[i].hears("queued"); frame["position"] != position {
				t.Errorf("player %d heard %v", i, frame)
			}
		}
		moved := h.happened("queue.moved")
		if len(moved) != 1 || moved[0]["data"].(object)["from"] != 3.0 || moved[0]["data"].(object)["to"] != 1.0 {
			t.Errorf("the log tells of %v", moved)
		}
	})
}

func TestTheSubprotocolIsNamed(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.crowd("main", "ana")[0]
		if name := ana.ws.Subprotocol(); name != "gatekeeper.v1" {
			t.Errorf("the socket speaks %q", name)
		}
	})
}

// The reasons of a place that is none.

func TestQueueStatusNone(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":0}`)
		stranger := h.player("stranger")
		stranger.gone("main", "NEVER_QUEUED")
		players := h.crowd("main", "left", "removed")
		players[0].leaves()
		players[0].gone("main", "LEFT")
		h.order("DELETE", "/admin/api/instances/main/queue/"+players[1].character, "")
		players[1].gone("main", "REMOVED")
		time.Sleep(10*time.Minute - 3*time.Second)
		players[1].gone("main", "REMOVED")
		time.Sleep(3 * time.Second)
		players[1].gone("main", "NEVER_QUEUED") // ten minutes later it is forgotten
	})
}

func TestQueueStatusNoneAbandoned(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":0}`)
		ana, ben := h.player("ana"), h.player("ben")
		r := ana.knocks("main")
		ben.knocks("main")
		for range 6 { // ben polls, ana gives no sign of life
			time.Sleep(14 * time.Second)
			ben.stands("main", "queued")
		}
		absent := h.happened("queue.absent")
		if len(absent) != 1 || absent[0]["characterId"] != ana.character || absent[0]["time"] != "2000-01-01T00:00:30.000Z" {
			t.Errorf("the log tells of %v", absent)
		}
		if st := ben.polls("main"); st["position"] != 1.0 && st["position"] != 2.0 {
			t.Errorf("ben is %v", st)
		}
		ana.gone("main", "ABANDONED")
		left := h.happened("queue.abandoned")
		if len(left) != 1 || left[0]["attemptId"] != r.body["attemptId"] || left[0]["time"] != "2000-01-01T00:01:30.000Z" {
			t.Errorf("the log tells of %v", left)
		}
		ana.deadAt("main", "queueToken="+r.body["queueToken"].(string))
	})
}

func TestQueueStatusNoneOfASession(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.annex(`{"replacement":"anywhere"}`)
		players := h.crowd("main", "ended", "transferred", "closed")
		players[0].drops()
		time.Sleep(time.Minute)
		players[0].gone("main", "ENDED")
		moved := players[1]
		moved.follow("annex", moved.confirms("annex", moved.knocks("annex").body["replaceToken"]))
		moved.gone("main", "TRANSFERRED")
		expired := h.player("expired")
		expired.knocks("main")
		time.Sleep(10 * time.Second)
		expired.gone("main", "CLAIM_EXPIRED")
		h.set(`{"state":"closed"}`)
		players[2].gone("main", "CLOSED")
	})
}

func TestQueueStatusOfEveryState(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":0}`)
		ana := h.player("ana")
		ana.knocks("main")
		st := ana.stands("main", "queued")
		if wait, isThere := st["estimatedWaitSeconds"]; !isThere || wait != nil || st["pollAfterSeconds"] != 5.0 || st["position"] != 1.0 || st["depth"] != 1.0 {
			t.Errorf("waiting, it answers %v", st)
		}
		h.set(`{"capacity":1}`)
		time.Sleep(2 * time.Second)
		st = ana.stands("main", "admitted")
		if st["claimWithinSeconds"] != 7.0 || st["wsUrl"] != "ws://gate.example/instances/main/ws" {
			t.Errorf("promoted, it answers %v", st)
		}
		later := ana.stands("main", "admitted")
		if later["claimWithinSeconds"] != 6.0 || later["sessionId"] != st["sessionId"] {
			t.Errorf("a second later it answers %v", later)
		}
		ana.deadAt("main", "sessionToken="+st["sessionToken"].(string)) // the second poll's counts
		ana.attach("main", "sessionToken="+later["sessionToken"].(string))
		ana.hears("admitted")
		if st := ana.stands("main", "active"); len(st) != 2 || st["sessionId"] != later["sessionId"] {
			t.Errorf("active, it answers %v", st)
		}
		ana.drops()
		if st := ana.stands("main", "grace"); len(st) != 2 || st["sessionId"] != later["sessionId"] {
			t.Errorf("in grace, it answers %v", st)
		}
	})
}

func TestQueueStatusIsLimited(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		path := "/instances/main/queue/status?characterId="
		ana.polls("main")
		if r := ana.asks("GET", path+ana.character, ""); r.status != http.StatusTooManyRequests || r.header.Get("Retry-After") != "1" || !strings.Contains(r.header.Get("Content-Type"), "problem+json") {
			t.Errorf("the second within a second answered %d %v", r.status, r.body)
		}
		if r := ana.asks("GET", path+ana.another("Lady Hero"), ""); r.status != 200 {
			t.Errorf("another character's answered %d %v", r.status, r.body)
		}
	})
}
