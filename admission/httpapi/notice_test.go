package httpapi_test

import (
	"slices"
	"testing"
	"time"
)

// hearsInOrder compares the kinds of all frames that have come by now, of notices the message and code as well.
func (p *player) hearsInOrder(want ...string) {
	p.h.t.Helper()
	var got []string
	for _, frame := range p.heardAll() {
		kind := frame["type"].(string)
		if kind == "notice" {
			code, _ := frame["code"].(string)
			kind = frame["kind"].(string) + "/" + frame["message"].(string) + "/" + code
		}
		got = append(got, kind)
	}
	if !slices.Equal(got, want) {
		p.h.t.Errorf("the socket heard %q, not %q", got, want)
	}
}

func TestASocketHearsItsPlaceFirstAndThenWhatHolds(t *testing.T) {
	const silent = "message/The game server does not answer. The queue waits for it./GAME_SERVER_SILENT"
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":1}`)
		players := h.crowd("main", "ana", "ben")
		ana, ben := players[0], players[1]
		cid := h.player("cid")
		wait := cid.knocks("main").body["queueToken"].(string)
		h.set(`{"state":"draining","message":"We move house."}`)
		ana.hearsInOrder("draining/We move house./")
		ben.hearsInOrder("draining/We move house./")
		cid.attach("main", "queueToken="+wait)
		cid.hearsInOrder("queued", "draining/We move house./")
		ana.hearsInOrder() // nobody hears it twice
		h.order("PUT", "/server/instances/main/heartbeat", `{}`)
		time.Sleep(30 * time.Second)
		ana.heardAll()
		ana.drops()
		ana.attach("main", "sessionToken="+ana.knocks("main").body["sessionToken"].(string))
		ana.hearsInOrder("admitted", silent, "draining/We move house./")
		h.set(`{"state":"open","message":""}`)
		ana.hearsInOrder("message//", silent)
		ben.heardAll()
		h.order("PUT", "/server/instances/main/heartbeat", `{}`)
		ben.hearsInOrder("message/The game server answers again./GAME_SERVER_BACK")
		ana.hearsInOrder("message/The game server answers again./GAME_SERVER_BACK")
		ana.leaves()
		ben.hearsInOrder("admitted")
	})
}

func TestAClientsHeartbeatIsAnsweredAtOnce(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":1}`)
		for _, p := range h.crowd("main", "ana", "ben") {
			time.Sleep(1500 * time.Millisecond)
			p.says(`{"type":"heartbeat"}`)
			answers := p.heardAll()
			if len(answers) != 1 || answers[0]["type"] != "heartbeat" {
				t.Fatalf("it is answered by %v", answers)
			}
			at, err := time.Parse(time.RFC3339, answers[0]["serverTime"].(string))
			if err != nil || time.Since(at) > time.Millisecond {
				t.Errorf("the server says it is %v, %v", answers[0]["serverTime"], err)
			}
		}
	})
}

func TestHeartbeatsAreAnsweredAtMostOnceASecond(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		ana.isMute = true
		ana.enters("main")
		answers := 0
		for range 60 * 10 { // ten a second
			ana.says(`{"type":"heartbeat"}`)
			answers += len(ana.heard("heartbeat"))
			time.Sleep(100 * time.Millisecond)
		}
		if answers != 60 {
			t.Errorf("in a minute %d were answered", answers)
		}
		ana.stands("main", "active") // those without an answer are signs of life, too
	})
}

func TestPlayersSeeWhereTheGameIsAndWhetherItAnswers(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		sees := func(url, state string) {
			t.Helper()
			admin := h.order("GET", "/admin/api/instances/main", "")
			public := h.ask("", "GET", "/instances", "").body["instances"].([]any)[0].(object)
			if public["gameUrl"] != url || public["gameServerState"] != state {
				t.Errorf("players see %v", public)
			}
			if admin["gameUrl"] != url || admin["gameServer"].(object)["state"] != state {
				t.Errorf("operators see %v", admin)
			}
		}
		sees("", "unlinked")
		h.set(`{"gameUrl":"mygame://join"}`)
		h.order("PUT", "/server/instances/main/heartbeat", `{}`)
		sees("mygame://join", "up")
		time.Sleep(30 * time.Second)
		sees("mygame://join", "silent")
		changes := h.happened("instance.changed")
		change, _ := changes[len(changes)-1]["data"].(object)["gameUrl"].(object)
		if change["before"] != "" || change["after"] != "mygame://join" {
			t.Errorf("the log tells of %v", changes)
		}
		if r := h.ask(operatorKey, "PATCH", "/admin/api/instances/main", `{"gameUrl":"javascript:alert(1)"}`); r.status != 400 {
			t.Errorf("a script was answered %d %v", r.status, r.body)
		}
	})
}
