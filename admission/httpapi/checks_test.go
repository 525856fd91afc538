package httpapi_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"gatekeeper/admission"
	"gatekeeper/admission/httpapi"
)

// The tests of this file are the rows of the contract's table of checks, in their order.

func TestNotAuthenticated(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		want := refusal{status: 401, reason: "NOT_AUTHENTICATED", isUnlogged: true}
		for _, token := range []string{"", "a dead token"} {
			for range 10 {
				h.refused(h.ask(token, "POST", "/instances/main/connect", "{}"), want)
			}
		}
		// It is limited by address, and also then nobody is known: no event.
		r := h.ask("", "POST", "/instances/main/connect", "{}")
		h.refused(r, refusal{status: 429, reason: "RATE_LIMITED", retryable: true, after: 60, isUnlogged: true})
		if events := h.happened("connection.attempt"); len(events) != 0 {
			t.Errorf("the log tells of %v", events)
		}
		counted := h.text("/metrics")
		for reason, count := range map[string]int{"NOT_AUTHENTICATED": 20, "RATE_LIMITED": 1} {
			line := fmt.Sprintf("gatekeeper_connection_attempts_total{game_instance=\"\",outcome=\"failed\",reason=%q} %d\n", reason, count)
			if !strings.Contains(counted, line) {
				t.Errorf("the metrics have no line %s", line)
			}
		}
	})
}

// text reads a page.
func (h *house) text(path string) string {
	h.t.Helper()
	response, err := h.http.Get("http://gate.example" + path)
	if err != nil {
		h.t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return string(data)
}

func TestRateLimited(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		for range 5 {
			ana.tries("main", "no JSON")
			time.Sleep(time.Second)
		}
		locked := time.Now() // for a second already
		throttled := refusal{status: 429, reason: "RATE_LIMITED", retryable: true}
		for _, wait := range []time.Duration{0, 20 * time.Second, 29500 * time.Millisecond} {
			time.Sleep(wait)
			throttled.after = (59*time.Second - time.Since(locked)).Seconds() // from the fifth, whatever is tried meanwhile
			h.refused(ana.knocks("main"), throttled)
		}
		time.Sleep(9499 * time.Millisecond)
		throttled.after = .001
		h.refused(ana.tries("nowhere", "no JSON"), throttled) // the lock comes before all else
		time.Sleep(time.Millisecond)
		if r := ana.knocks("main"); r.body["outcome"] != "admitted" {
			t.Errorf("a minute after the fifth it answered %d %v", r.status, r.body)
		}
		if r := h.player("ben").knocks("main"); r.body["outcome"] != "admitted" {
			t.Errorf("another account was answered %d %v", r.status, r.body)
		}
	})
}

func TestInvalidRequest(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		want := refusal{status: 400, reason: "INVALID_REQUEST", counts: true, with: []string{"detail"}}
		for path, body := range map[string]string{
			"main/connect":                `{"characterId":`,
			"a%20b/connect":               `{}`,
			"main/connect?replaceToken=1": `{}`,
			"main/connect?":               `{"attemptId":"7"}`,
		} {
			p := h.player(path)
			h.rule(want, func() reply { return p.asks("POST", "/instances/"+path, body) })
		}
		r := h.player("dan").tries("main", `{"characterId":"a.b"}`)
		if r.body["detail"] != "characterId must be 1 to 64 of A-Z a-z 0-9 _ -" {
			t.Errorf("the detail is %q", r.body["detail"])
		}
	})
}

func TestInvalidInstance(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.annex(`{"state":"closed"}`)
		want := refusal{reason: "INVALID_INSTANCE", counts: true}
		ana, ben := h.player("ana"), h.player("ben")
		h.rule(want, func() reply { return ana.knocks("nowhere") })
		h.rule(want, func() reply { return ben.knocks("annex") })
		h.order("PATCH", "/admin/api/instances/annex", `{"state":"open"}`)
		if r := h.player("cid").knocks("annex"); r.body["outcome"] != "admitted" {
			t.Errorf("an instance that opened again answered %v", r.body)
		}
	})
}

func TestNoActiveCharacter(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana, ben := h.player("ana"), h.player("ben")
		ana.activates("")
		h.rule(refusal{reason: "NO_ACTIVE_CHARACTER", counts: true}, func() reply { return ana.knocks("main") })
		ben.activates("")
		if r := ben.tries("main", `{"characterId":"`+ben.character+`"}`); r.body["outcome"] != "admitted" {
			t.Errorf("a character that is named need not be active: %v", r.body)
		}
	})
}

func TestCharacterNotOwned(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		want := refusal{reason: "CHARACTER_NOT_OWNED", counts: true}
		ana, ben, cid := h.player("ana"), h.player("ben"), h.player("cid")
		anothers := func() reply { return ana.tries("main", `{"characterId":"`+cid.character+`"}`) }
		unknown := func() reply { return ben.tries("main", `{"characterId":"nobody"}`) }
		h.rule(want, anothers)
		h.rule(want, unknown)
		if events := h.happened("security.character_not_owned"); len(events) != 10 { // the sixth of each was throttled
			t.Errorf("%d security events", len(events))
		} else if e := events[0]; e["characterId"] != cid.character || e["accountId"] == "" || e["instanceId"] != "main" {
			t.Errorf("the security event is %v", e)
		}
		time.Sleep(time.Minute)
		one, other := anothers().body, unknown().body
		delete(one, "attemptId")
		delete(other, "attemptId")
		if one["message"] != other["message"] || len(one) != len(other) {
			t.Errorf("another's is answered %v, nobody's %v", one, other)
		}
	})
}

func TestCharacterSuspended(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		h.order("PATCH", "/admin/api/characters/"+ana.character, `{"suspended":true}`)
		h.rule(refusal{reason: "CHARACTER_SUSPENDED", counts: true}, func() reply { return ana.knocks("main") })
		h.order("PATCH", "/admin/api/characters/"+ana.character, `{"suspended":false}`)
		time.Sleep(time.Minute)
		if r := ana.knocks("main"); r.body["outcome"] != "admitted" {
			t.Errorf("once restored it is answered %v", r.body)
		}
	})
}

func TestVersionMismatch(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"requiredBuild":"1.4.2","updateUrl":"https://game.example/update"}`)
		ana, ben := h.player("ana"), h.player("ben")
		want := refusal{reason: "VERSION_MISMATCH", counts: true, with: []string{"requiredBuild", "updateUrl"}}
		r := ana.tries("main", `{"clientBuild":"1.4.1"}`)
		if r.body["requiredBuild"] != "1.4.2" || r.body["updateUrl"] != "https://game.example/update" {
			t.Errorf("it answered %v", r.body)
		}
		h.rule(want, func() reply { return ben.knocks("main") }) // no build is the empty one
		header := map[string]string{"Authorization": "Bearer " + ana.token, "X-Client-Build": "1.4.2"}
		if _, answer := h.send("POST", "/instances/main/connect", "{}", header); answer["outcome"] != "admitted" {
			t.Errorf("the build of the header answered %v", answer)
		}
	})
}

func TestVersionMismatchOfAnOlderBuildBeginsAtItsDate(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		until := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
		h.order("PUT", "/admin/api/builds/production", `{"build":"2.0","acceptedBuilds":[{"build":"1.9","until":"`+until+`"}]}`)
		if r := h.player("ana").tries("main", `{"clientBuild":"1.9"}`); r.body["outcome"] != "admitted" {
			t.Errorf("within the window it answered %v", r.body)
		}
		time.Sleep(time.Hour)
		if r := h.player("ben").tries("main", `{"clientBuild":"1.9"}`); r.body["reason"] != "VERSION_MISMATCH" || r.body["requiredBuild"] != "2.0" {
			t.Errorf("after it, it answered %v", r.body)
		}
		if r := h.player("cid").tries("main", `{"clientBuild":"2.0"}`); r.body["outcome"] != "admitted" {
			t.Errorf("the required build answered %v", r.body)
		}
	})
}

func TestVersionMismatchOfARange(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"requiredBuild":"^1.4"}`)
		for build, outcome := range map[string]string{
			"1.4.0": "admitted", "1.99.3": "admitted", "1.3.9": "failed", "2.0.0": "failed", "1.5.0-beta": "failed", "": "failed",
			"nightly": "failed", "^1.4": "admitted",
		} {
			r := h.player("of "+build).tries("main", `{"clientBuild":"`+build+`"}`)
			if r.body["outcome"] != outcome {
				t.Errorf("the build %q answered %v", build, r.body)
			}
		}
	})
}

func TestVersionMismatchIsForNewcomers(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":1}`)
		ana, ben := h.player("ana"), h.player("ben")
		ana.enters("main")
		ben.knocks("main")
		asked := ana.knocks("main").body["replaceToken"]
		h.set(`{"requiredBuild":"2"}`)
		if r := ben.knocks("main"); r.body["outcome"] != "queued" || r.body["position"] != 1.0 {
			t.Errorf("who waits was answered %v", r.body)
		}
		if r := ana.confirms("main", asked); r.body["replaced"] != true {
			t.Errorf("a confirmed replacement was answered %v", r.body)
		}
	})
}

func TestMaintenance(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		h.set(`{"state":"maintenance"}`)
		want := refusal{reason: "MAINTENANCE", retryable: true, after: 30}
		h.rule(want, func() reply { return ana.knocks("main") })
		h.set(`{"message":"Back at noon."}`)
		r := ana.knocks("main")
		h.refused(r, want)
		if r.body["message"] != "Back at noon." {
			t.Errorf("the message is %q", r.body["message"])
		}
	})
}

func TestAlreadyInSessionHere(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		began := time.Now()
		ana.enters("main")
		time.Sleep(time.Minute)
		asking := refusal{reason: "ALREADY_IN_SESSION", with: []string{"existing", "replaceToken", "replaceWithinSeconds"}}
		h.rule(asking, func() reply { return ana.knocks("main") })
		r := ana.knocks("main")
		h.hasExisting(r, "main", "active", began)
		if r.body["replaceWithinSeconds"] != 30.0 || uuid.Validate(r.body["replaceToken"].(string)) != nil {
			t.Errorf("it answered %v", r.body)
		}
		confirmed := ana.confirms("main", r.body["replaceToken"])
		if confirmed.body["outcome"] != "admitted" || confirmed.body["replaced"] != true || confirmed.body["resumed"] != false {
			t.Errorf("the confirmation answered %v", confirmed.body)
		}
		ana.closedBy(4500)
		if frame := ana.follow("main", confirmed); frame["replaced"] != true {
			t.Errorf("the new tab heard %v", frame)
		}
		h.set(`{"replacement":"never"}`)
		h.rule(refusal{reason: "ALREADY_IN_SESSION", counts: true, with: []string{"existing"}}, func() reply { return ana.knocks("main") })
	})
}

// hasExisting checks the place that stands in the way.
func (h *house) hasExisting(r reply, instance, state string, since time.Time) {
	h.t.Helper()
	existing, _ := r.body["existing"].(object)
	if len(existing) != 3 || existing["instanceId"] != instance || existing["state"] != state || existing["since"] != since.UTC().Format("2006-01-02T15:04:05.000Z") {
		h.t.Errorf("%v: the place that stands is %v", r.body["reason"], existing)
	}
}

func TestAlreadyInSessionElsewhere(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.annex(`{}`)
		began := time.Now()
		players := h.crowd("main", "ana", "ben", "cid")
		ana, ben, cid := players[0], players[1], players[2]
		refused := refusal{reason: "ALREADY_IN_SESSION", counts: true, with: []string{"existing"}}
		h.hasExisting(ana.knocks("annex"), "main", "active", began)
		time.Sleep(time.Minute)
		h.rule(refused, func() reply { return ana.knocks("annex") })
		h.order("PATCH", "/admin/api/instances/annex", `{"replacement":"never"}`)
		h.rule(refused, func() reply { return ben.knocks("annex") })
		h.order("PATCH", "/admin/api/instances/annex", `{"replacement":"anywhere"}`)
		asking := refusal{reason: "ALREADY_IN_SESSION", with: []string{"existing", "replaceToken", "replaceWithinSeconds"}}
		h.rule(asking, func() reply { return cid.knocks("annex") })
		if seats := h.seats("main"); seats != [3]float64{0, 3, 0} {
			t.Errorf("the questions left %v", seats)
		}
		moved := cid.confirms("annex", cid.knocks("annex").body["replaceToken"])
		h.attempted(moved, "connection.admitted", "")
		cid.closedBy(4500)
		if moved.body["replaced"] != true || h.seats("main") != [3]float64{0, 2, 0} || h.seats("annex") != [3]float64{1, 0, 0} {
			t.Errorf("the move answered %v", moved.body)
		}
		cid.follow("annex", moved)
		cid.gone("main", "TRANSFERRED")
	})
}

func TestAlreadyInSessionElsewhereInGrace(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.annex(`{}`)
		began := time.Now()
		ana := h.crowd("main", "ana")[0]
		ana.drops()
		h.hasExisting(ana.knocks("annex"), "main", "grace", began)
	})
}

func TestAlreadyQueuedElsewhere(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":0}`)
		h.annex(`{"capacity":0}`)
		began := time.Now()
		ana := h.crowd("main", "ana")[0]
		h.crowd("annex", "ben", "cid")
		asking := refusal{reason: "ALREADY_QUEUED", with: []string{"existing", "replaceToken", "replaceWithinSeconds"}}
		h.rule(asking, func() reply { return ana.knocks("annex") })
		r := ana.knocks("annex")
		h.hasExisting(r, "main", "queued", began)
		ana.stands("main", "queued")
		moved := ana.confirms("annex", r.body["replaceToken"])
		if moved.body["outcome"] != "queued" || moved.body["position"] != 3.0 || moved.body["depth"] != 3.0 {
			t.Errorf("the move answered %v", moved.body)
		}
		ana.closedBy(4500)
		ana.follow("annex", moved)
		ana.gone("main", "TRANSFERRED")
		left := h.happened("queue.transferred")
		if len(left) != 1 || left[0]["instanceId"] != "main" || left[0]["data"].(object)["to"] != "annex" {
			t.Errorf("the log tells of %v", left)
		}
	})
}

func TestInvalidReplaceToken(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		want := refusal{reason: "INVALID_REPLACE_TOKEN", counts: true}
		t.Log("nobody's")
		ana := h.crowd("main", "ana")[0]
		h.rule(want, func() reply { return ana.confirms("main", uuid.NewString()) })

		t.Log("used")
		ben := h.crowd("main", "ben")[0]
		token := ben.knocks("main").body["replaceToken"]
		ben.follow("main", ben.confirms("main", token))
		h.rule(want, func() reply { return ben.confirms("main", token) })

		t.Log("expired")
		cid := h.crowd("main", "cid")[0]
		token = cid.knocks("main").body["replaceToken"]
		time.Sleep(30 * time.Second)
		h.rule(want, func() reply { return cid.confirms("main", token) })

		t.Log("another account's")
		players := h.crowd("main", "dan", "eve")
		token = players[0].knocks("main").body["replaceToken"]
		h.rule(want, func() reply { return players[1].confirms("main", token) })
		if r := players[0].confirms("main", token); r.body["outcome"] != "admitted" {
			t.Errorf("that another tried it took the token away: %v", r.body)
		}
	})
}

func TestInvalidReplaceTokenAfterThePlaceChanged(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.annex(`{"replacement":"anywhere"}`)
		want := refusal{reason: "INVALID_REPLACE_TOKEN", counts: true}
		ana := h.crowd("main", "ana")[0]
		token := ana.knocks("main").body["replaceToken"]
		ana.leaves()
		ana.enters("main")
		h.rule(want, func() reply { return ana.confirms("main", token) })

		t.Log("another target")
		ben := h.crowd("main", "ben")[0]
		token = ben.knocks("main").body["replaceToken"]
		h.rule(want, func() reply { return ben.confirms("annex", token) })

		t.Log("a queue place that became a session")
		h.set(`{"capacity":2}`)
		cid := h.crowd("main", "cid")[0]
		token = cid.knocks("annex").body["replaceToken"]
		h.set(`{"capacity":3}`)
		cid.hears("admitted")
		synctest.Wait()
		h.rule(want, func() reply { return cid.confirms("annex", token) })
	})
}

func TestAReplaceTokenIsUsedUpBySuccessOnly(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.annex(`{"replacement":"anywhere"}`)
		ana := h.crowd("main", "ana")[0]
		token := ana.knocks("annex").body["replaceToken"]
		h.order("PATCH", "/admin/api/instances/annex", `{"state":"draining"}`)
		if r := ana.confirms("annex", token); r.body["reason"] != "DRAIN_MODE" {
			t.Errorf("it answered %v", r.body)
		}
		ana.stands("main", "active")
		h.order("PATCH", "/admin/api/instances/annex", `{"state":"open"}`)
		if r := ana.confirms("annex", token); r.body["outcome"] != "admitted" || r.body["replaced"] != true {
			t.Errorf("then it answered %v", r.body)
		}
	})
}

func TestInstanceUnavailable(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":1}`)
		players := h.crowd("main", "ana", "ben")
		ana, ben, cid := players[0], players[1], h.player("cid")
		beat := func() object {
			return h.order("PUT", "/server/instances/main/heartbeat", `{"build":"7","message":"fine"}`)
		}
		if says := beat(); says["state"] != "open" || says["capacity"] != 1.0 || says["sessions"] != 1.0 {
			t.Errorf("the heartbeat answered %v", says)
		}
		time.Sleep(30*time.Second - time.Millisecond)
		if r := cid.knocks("main"); r.body["outcome"] != "queued" {
			t.Errorf("within 30 s it answered %v", r.body)
		}
		cid.asks("DELETE", "/instances/main/queue?characterId="+cid.character, "")
		time.Sleep(time.Millisecond)
		h.rule(refusal{reason: "INSTANCE_UNAVAILABLE", retryable: true, after: 30}, func() reply { return cid.knocks("main") })
		ana.leaves() // the seat is free, and promotions pause
		if st := ben.stands("main", "queued"); st["position"] != 1.0 {
			t.Errorf("ben is %v", st)
		}
		beat()
		ben.hears("admitted")
		ben.stands("main", "active")
		if r := cid.knocks("main"); r.body["outcome"] != "queued" {
			t.Errorf("once it is back it answered %v", r.body)
		}
		if down, up := h.happened("instance.unavailable"), h.happened("instance.available"); len(down) != 1 || len(up) != 1 {
			t.Errorf("the log tells of %v and %v", down, up)
		}
	})
}

func TestInstanceUnavailableIsForNewcomers(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		players := h.crowd("main", "ana", "ben")
		ana, ben := players[0], players[1]
		h.order("PUT", "/server/instances/main/heartbeat", `{}`)
		time.Sleep(30 * time.Second)
		ben.drops()
		if r := ben.knocks("main"); r.body["resumed"] != true {
			t.Errorf("a reclaim was answered %v", r.body)
		}
		if r := ana.confirms("main", ana.knocks("main").body["replaceToken"]); r.body["replaced"] != true {
			t.Errorf("a confirmed replacement was answered %v", r.body)
		}
	})
}

func TestDrainMode(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"state":"draining"}`)
		ana := h.player("ana")
		want := refusal{reason: "DRAIN_MODE", retryable: true, after: 30}
		h.rule(want, func() reply { return ana.knocks("main") })
		h.set(`{"message":"We move house."}`)
		r := ana.knocks("main")
		h.refused(r, want)
		if r.body["message"] != "We move house." {
			t.Errorf("the message is %q", r.body["message"])
		}
	})
}

func TestQueueFull(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":1,"queueMax":1}`)
		h.crowd("main", "ana", "ben")
		cid := h.player("cid")
		h.rule(refusal{reason: "QUEUE_FULL", retryable: true, after: 10}, func() reply { return cid.knocks("main") })
		cid.gone("main", "NEVER_QUEUED")
		if v := h.order("GET", "/admin/api/instances/main", ""); v["queueDepth"] != 1.0 {
			t.Errorf("the queue's depth is %v", v["queueDepth"])
		}
	})
}

// slowly connects and sends the body when it is told to.
func (p *player) slowly(instance string) (finish func(body string) reply) {
	p.h.t.Helper()
	body, pen := io.Pipe()
	r, _ := http.NewRequest("POST", "http://gate.example/instances/"+instance+"/connect", body)
	r.Header.Set("Authorization", "Bearer "+p.token)
	r.Header.Set("Content-Type", "application/json")
	began := time.Now()
	answered := make(chan reply, 1)
	go func() {
		var answer reply
		if response, err := p.h.http.Do(r); err == nil {
			answer = reply{response.StatusCode, response.Header, decoded(response.Body), time.Since(began)}
		}
		answered <- answer
	}()
	synctest.Wait()
	return func(text string) reply {
		if text != "" {
			_, _ = io.WriteString(pen, text)
			_ = pen.Close()
		}
		answer := <-answered
		_ = pen.Close()
		return answer
	}
}

func TestCharacterChanged(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		other := ana.another("Lady Hero")
		characters := map[bool]string{true: ana.character, false: other}
		isOther := false
		h.rule(refusal{reason: "CHARACTER_CHANGED", retryable: true}, func() reply {
			finish := ana.slowly("main") // it has arrived, and cannot be decided yet
			ana.activates(characters[isOther])
			isOther = !isOther
			return finish("{}")
		})
	})
}

func TestCharacterChangedIsNothingToOneThatIsNamed(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		finish := ana.slowly("main")
		ana.activates(ana.another("Lady Hero"))
		if r := finish(`{"characterId":"` + ana.character + `"}`); r.body["outcome"] != "admitted" {
			t.Errorf("it answered %v", r.body)
		}
		if ended := h.happened("connection.admitted"); len(ended) != 1 || ended[0]["characterId"] != ana.character {
			t.Errorf("the log tells of %v", ended)
		}
	})
}

func TestStorageUnavailable(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana, ben := h.player("ana"), h.player("ben")
		h.disk.fails(true)
		first := make(chan reply, 1)
		go func() { first <- ana.knocks("main") }()
		time.Sleep(time.Second)
		var refused []reply
		for range 6 {
			refused = append(refused, ben.knocks("main"))
		}
		time.Sleep(2 * time.Second)
		h.disk.fails(false)
		if r := <-first; r.body["outcome"] != "admitted" {
			t.Errorf("the one that waited was answered %v", r.body)
		}
		want := refusal{status: 503, reason: "STORAGE_UNAVAILABLE", retryable: true, after: 2, isUnlogged: true}
		for _, r := range refused {
			h.refused(r, want)
		}
		if r := ben.knocks("main"); r.body["outcome"] != "admitted" {
			t.Errorf("six of them, and it is answered %v", r.body)
		}
	})
}

func TestShuttingDown(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		h.gate.BeginStop()
		want := refusal{status: 503, reason: "SHUTTING_DOWN", retryable: true, after: 2, isUnlogged: true}
		h.rule(want, func() reply { return ana.knocks("main") })
	})
}

// brokenMetrics panics where an attempt is counted that is no event.
type brokenMetrics struct{ httpapi.Metrics }

// Refused implements httpapi.Metrics.
func (brokenMetrics) Refused(admission.Reason) { panic("a bug in /usr/src/secret.go") }

func TestInternalError(t *testing.T) {
	breaks := func(c *httpapi.Config) { c.Metrics = brokenMetrics{c.Metrics} }
	inHouse(t, breaks, func(h *house) {
		ana := h.player("ana")
		h.gate.BeginStop() // such an attempt is counted, and the count is broken
		r := ana.knocks("main")
		if r.status != 500 || r.body["outcome"] != "failed" || r.body["reason"] != "INTERNAL_ERROR" || r.body["retryable"] != true {
			t.Errorf("it answered %d %v", r.status, r.body)
		}
		if text := r.body["message"].(string); text == "" || strings.Contains(text, "secret") {
			t.Errorf("it says %q", text)
		}
	})
}

func TestInternalErrorAsksToWait(t *testing.T) {
	breaks := func(c *httpapi.Config) { c.Metrics = brokenMetrics{c.Metrics} }
	inHouse(t, breaks, func(h *house) {
		ana := h.player("ana")
		h.gate.BeginStop()
		r := ana.knocks("main")
		if after, _ := r.body["retryAfterSeconds"].(float64); after <= 0 || r.header.Get("Retry-After") == "" {
			t.Errorf("it asks to wait %v s, in the header %q", r.body["retryAfterSeconds"], r.header.Get("Retry-After"))
		}
	})
}

// stalls makes the disk so slow that what is asked from now on finds no outcome in time.
func (h *house) stalls(first *player) {
	h.t.Helper()
	h.disk.slow(20 * time.Second)
	go first.knocks("main") // what comes now waits behind it
	time.Sleep(time.Millisecond)
}

// together makes attempts of which none waits for another, a millisecond apart: their order is certain.
func (p *player) together(bodies ...string) (answers []reply) {
	p.h.t.Helper()
	answered := make(chan reply, len(bodies))
	for _, body := range bodies {
		go func() { answered <- p.tries("main", body) }()
		time.Sleep(time.Millisecond)
	}
	for range bodies {
		answers = append(answers, <-answered)
	}
	return answers
}

func TestTimeout(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana, ben := h.player("ana"), h.player("ben")
		bodies := []string{"{}"}
		for _, name := range []string{"Lady Hero", "Old Hero", "Young Hero", "No Hero"} {
			bodies = append(bodies, `{"characterId":"`+ana.another(name)+`"}`)
		}
		h.stalls(ben)
		timeouts := ana.together(bodies...)
		h.disk.slow(0)
		time.Sleep(30 * time.Second)
		for _, r := range timeouts {
			if r.status != 200 || r.took != 9500*time.Millisecond || len(r.body) != 5 {
				t.Errorf("after %s it answered %d %v", r.took, r.status, r.body)
			}
			if r.body["outcome"] != "timeout" || r.body["reason"] != "TIMEOUT" || r.body["retryable"] != true || r.body["message"] == "" {
				t.Errorf("it answered %v", r.body)
			}
			h.attempted(r, "connection.timeout", "TIMEOUT")
		}
		ana.gone("main", "NEVER_QUEUED")
		if seats := h.seats("main"); seats != [3]float64{} {
			t.Errorf("the seats taken are %v", seats)
		}
		if r := ana.knocks("main"); r.body["outcome"] != "admitted" {
			t.Errorf("five timeouts, and it is answered %v", r.body)
		}
	})
}

func TestTimeoutOfSeveralAttemptsOfOneCharacter(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana, ben := h.player("ana"), h.player("ben")
		h.stalls(ben)
		timeouts := ana.together("{}", "{}", "{}")
		h.disk.slow(0)
		time.Sleep(30 * time.Second)
		for _, r := range timeouts {
			if r.body["outcome"] != "timeout" {
				t.Errorf("it answered %v", r.body)
			}
			h.attempted(r, "connection.timeout", "TIMEOUT")
		}
	})
}

func TestTimeoutOfAReplacementLeavesTheOldTabAlone(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana, ben := h.player("ana"), h.player("ben")
		frame := ana.enters("main")
		token := ana.knocks("main").body["replaceToken"]
		h.stalls(ben)
		if r := ana.confirms("main", token); r.body["outcome"] != "timeout" {
			t.Errorf("it answered %v", r.body)
		}
		h.disk.slow(0)
		time.Sleep(15 * time.Second)
		if closed := ana.heard("closed"); len(closed) != 0 {
			t.Errorf("the old tab closed: %v", closed)
		}
		if st := ana.stands("main", "active"); st["sessionId"] != frame["sessionId"] {
			t.Errorf("ana is %v", st)
		}
		if ended := h.happened("connection.disconnected"); len(ended) != 1 || ended[0]["reason"] != "claim_expired" { // ben's own
			t.Errorf("the log tells of %v", ended)
		}
		if r := ana.confirms("main", token); r.body["outcome"] != "admitted" || r.body["replaced"] != true {
			t.Errorf("the token was not used, and it is answered %v", r.body)
		}
	})
}

// TestTheFirstCheckThatFailsNamesTheReason begins with everything wrong and mends one thing after another.
func TestTheFirstCheckThatFailsNamesTheReason(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.annex(`{"state":"maintenance","capacity":0,"queueMax":0,"requiredBuild":"2","replacement":"anywhere"}`)
		ana := h.crowd("main", "ana")[0]
		ana.activates("")
		build, named, token := "1", "", ""
		is := func(reason, instance string) reply {
			t.Helper()
			time.Sleep(15 * time.Second) // or the failures lock the account
			body := `{"clientBuild":"` + build + `","characterId":"` + named + `"}`
			r := ana.asks("POST", "/instances/"+instance+"/connect?replaceToken="+token, body)
			if r.body["reason"] != reason {
				t.Errorf("instead of %s it answered %v", reason, r.body)
			}
			return r
		}
		build = strings.Repeat("1", 65)
		is("INVALID_REQUEST", "nowhere")
		build = "1"
		is("INVALID_INSTANCE", "nowhere")
		is("NO_ACTIVE_CHARACTER", "annex")
		named = "another"
		is("CHARACTER_NOT_OWNED", "annex")
		named = ana.another("Lady Hero")
		h.order("PATCH", "/admin/api/characters/"+named, `{"suspended":true}`)
		is("CHARACTER_SUSPENDED", "annex")
		named = ana.character
		is("VERSION_MISMATCH", "annex")
		build = "2"
		is("MAINTENANCE", "annex")
		h.order("PATCH", "/admin/api/instances/annex", `{"state":"draining"}`)
		is("ALREADY_IN_SESSION", "annex")
		token = uuid.NewString()
		is("INVALID_REPLACE_TOKEN", "annex")
		token = ""
		token = is("ALREADY_IN_SESSION", "annex").body["replaceToken"].(string)
		is("DRAIN_MODE", "annex")
		h.order("PATCH", "/admin/api/instances/annex", `{"state":"open"}`)
		token = ""
		token = is("ALREADY_IN_SESSION", "annex").body["replaceToken"].(string)
		is("QUEUE_FULL", "annex")
		h.order("PATCH", "/admin/api/instances/annex", `{"queueMax":1}`)
		path := "/instances/annex/connect?replaceToken=" + token
		if r := ana.asks("POST", path, `{"clientBuild":"2","characterId":"`+named+`"}`); r.body["outcome"] != "queued" {
			t.Errorf("with everything right it answered %v", r.body)
		}
		ana.closedBy(4500)
	})
}
