package httpapi_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
)

// again is the body of an attempt under an id of the client's own.
func again(id string) string { return `{"attemptId":"` + id + `"}` }

func TestARunningAttemptIsJoined(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana, id := h.player("ana"), uuid.NewString()
		h.disk.slow(900 * time.Millisecond)
		answers := make(chan reply, 10)
		for range 10 {
			go func() { answers <- ana.tries("main", again(id)) }()
		}
		first := <-answers
		for range 9 {
			r := <-answers
			if r.body["outcome"] != "admitted" || r.body["sessionId"] != first.body["sessionId"] || r.body["sessionToken"] != first.body["sessionToken"] {
				t.Errorf("one was answered %v, another %v", first.body, r.body)
			}
			if r.took != first.took {
				t.Errorf("one was answered after %s, another after %s", first.took, r.took)
			}
		}
		h.disk.slow(0)
		if first.body["attemptId"] != id {
			t.Errorf("the attempt is %v", first.body["attemptId"])
		}
		h.attempted(first, "connection.admitted", "")
		if frame := ana.follow("main", first); frame["sessionId"] != first.body["sessionId"] {
			t.Errorf("ana heard %v", frame)
		}
	})
}

func TestAJoinedAttemptTimesOutWithTheFirst(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana, ben, id := h.player("ana"), h.player("ben"), uuid.NewString()
		h.stalls(ben)
		timeouts := ana.together(again(id), again(id), again(id))
		h.disk.slow(0)
		time.Sleep(30 * time.Second)
		for _, r := range timeouts {
			if r.body["outcome"] != "timeout" || r.body["attemptId"] != id || r.took > 10*time.Second {
				t.Errorf("after %s it answered %v", r.took, r.body)
			}
		}
		h.attempted(timeouts[0], "connection.timeout", "TIMEOUT")
		repeated := ana.tries("main", again(id))
		if repeated.body["outcome"] != "timeout" {
			t.Errorf("asked again it answered %v", repeated.body)
		}
		h.attempted(repeated, "connection.timeout", "TIMEOUT")
	})
}

func TestAFinishedAttemptIsAnsweredAgainWithAFreshToken(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana, id := h.player("ana"), uuid.NewString()
		lost := ana.tries("main", again(id))
		h.set(`{"requiredBuild":"2","state":"maintenance"}`) // it is not checked again
		time.Sleep(4 * time.Second)
		r := ana.tries("main", again(id))
		if r.body["outcome"] != "admitted" || r.body["attemptId"] != id || r.body["characterId"] != ana.character || r.body["sessionId"] != lost.body["sessionId"] {
			t.Errorf("it answered %v", r.body)
		}
		if r.body["claimWithinSeconds"] != 6.0 || r.body["sessionToken"] == lost.body["sessionToken"] {
			t.Errorf("it answered %v", r.body)
		}
		h.attempted(r, "connection.admitted", "")
		if frame := ana.follow("main", r); frame["sessionId"] != lost.body["sessionId"] || frame["resumed"] != false {
			t.Errorf("ana heard %v", frame)
		}
	})
}

func TestAFinishedAttemptInTheQueueIsAnsweredAgain(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.set(`{"capacity":1}`)
		players := h.crowd("main", "ana", "ben")
		cid, id := h.player("cid"), uuid.NewString()
		if r := cid.tries("main", again(id)); r.body["position"] != 2.0 {
			t.Errorf("it answered %v", r.body)
		}
		players[1].leaves()
		r := cid.tries("main", again(id))
		if r.body["outcome"] != "queued" || r.body["position"] != 1.0 || r.body["depth"] != 1.0 {
			t.Errorf("then it answered %v", r.body)
		}
		h.attempted(r, "connection.queued", "")
		if frame := cid.follow("main", r); frame["position"] != 1.0 {
			t.Errorf("cid heard %v", frame)
		}
	})
}

func TestAFinishedReplacementIsAnsweredAgain(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana, id := h.player("ana"), uuid.NewString()
		ana.enters("main")
		token := ana.knocks("main").body["replaceToken"].(string)
		confirm := func() reply {
			return ana.asks("POST", "/instances/main/connect?replaceToken="+token, again(id))
		}
		lost := confirm()
		ana.closedBy(4500)
		r := confirm() // the token is used, and that is no matter
		if r.body["outcome"] != "admitted" || r.body["replaced"] != true || r.body["sessionId"] != lost.body["sessionId"] {
			t.Errorf("it answered %v", r.body)
		}
		if frame := ana.follow("main", r); frame["replaced"] != true {
			t.Errorf("ana heard %v", frame)
		}
	})
}

func TestAFinishedAttemptWhosePlaceIsGoneIsAnsweredAsItWas(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana, id := h.player("ana"), uuid.NewString()
		first := ana.tries("main", again(id))
		ana.follow("main", first)
		ana.leaves()
		r := ana.tries("main", again(id))
		if r.body["outcome"] != "admitted" || r.body["sessionId"] != first.body["sessionId"] {
			t.Errorf("it answered %v", r.body)
		}
		ana.deadAt("main", "sessionToken="+r.body["sessionToken"].(string))
		if seats := h.seats("main"); seats != [3]float64{} {
			t.Errorf("the repeat took %v", seats)
		}
	})
}

func TestARepeatOfARefusalNeitherCountsNorIsAnEvent(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana, id := h.player("ana"), uuid.NewString()
		first := ana.tries("nowhere", again(id))
		for range 10 {
			if r := ana.tries("nowhere", again(id)); r.body["reason"] != "INVALID_INSTANCE" || r.body["attemptId"] != id {
				t.Errorf("it answered %v", r.body)
			}
		}
		h.attempted(first, "connection.failed", "INVALID_INSTANCE")
		if r := ana.knocks("main"); r.body["outcome"] != "admitted" {
			t.Errorf("one failure, and it is answered %v", r.body)
		}
	})
}

func TestARepeatOfARefusalTellsWhatIsLeftToWait(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana, ben := h.player("ana"), h.player("ben")
		id, asked := uuid.NewString(), uuid.NewString()
		for range 5 {
			ana.knocks("nowhere")
		}
		ana.tries("main", again(id))
		ben.enters("main")
		first := ben.tries("main", again(asked))
		time.Sleep(20 * time.Second)
		if r := ana.tries("main", again(id)); r.status != 429 || r.body["retryAfterSeconds"] != 40.0 || r.header.Get("Retry-After") != "40" {
			t.Errorf("the lock answered %d %v", r.status, r.body)
		}
		r := ben.tries("main", again(asked))
		if r.body["replaceWithinSeconds"] != 10.0 || r.body["replaceToken"] != first.body["replaceToken"] {
			t.Errorf("the question is asked again as %v", r.body)
		}
	})
}

func TestAnotherBodyUnderTheSameIdIsRefusedAndNotCounted(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.annex(`{}`)
		ana, id := h.player("ana"), uuid.NewString()
		first := ana.tries("main", again(id))
		path := "/instances/main/connect?replaceToken=" + uuid.NewString()
		for range 3 {
			for _, r := range []reply{
				ana.tries("annex", again(id)),
				ana.tries("main", `{"attemptId":"`+id+`","characterId":"`+ana.character+`"}`),
				ana.asks("POST", path, again(id)),
			} {
				if r.status != 400 || r.body["reason"] != "INVALID_REQUEST" || r.body["detail"] == nil || r.body["attemptId"] != id {
					t.Errorf("it answered %d %v", r.status, r.body)
				}
			}
		}
		h.attempted(first, "connection.admitted", "")
		if r := ana.knocks("main"); r.body["outcome"] != "admitted" {
			t.Errorf("nine of them, and it is answered %v", r.body)
		}
		if r := ana.tries("main", `{"attemptId":"`+id+`","clientBuild":"9"}`); r.body["outcome"] != "admitted" {
			t.Errorf("a build makes no other attempt: %v", r.body)
		}
	})
}

func TestAnAttemptIsForgottenAfterAMinute(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana, id := h.player("ana"), uuid.NewString()
		ana.tries("nowhere", again(id))
		time.Sleep(time.Minute - time.Millisecond)
		if r := ana.tries("main", again(id)); r.status != 400 {
			t.Errorf("within the minute it answered %d %v", r.status, r.body)
		}
		time.Sleep(time.Millisecond)
		if r := ana.tries("main", again(id)); r.body["outcome"] != "admitted" {
			t.Errorf("after it, it answered %d %v", r.status, r.body)
		}
	})
}

func TestAnAttemptThatPromisedNothingIsNotRemembered(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana, ben, id := h.player("ana"), h.player("ben"), uuid.NewString()
		h.disk.fails(true)
		go ben.knocks("main")
		time.Sleep(time.Second)
		if r := ana.tries("nowhere", again(id)); r.status != 503 || r.body["reason"] != "STORAGE_UNAVAILABLE" {
			t.Errorf("it answered %d %v", r.status, r.body)
		}
		h.disk.fails(false)
		time.Sleep(2 * time.Second)
		r := ana.tries("main", again(id))
		if r.body["outcome"] != "admitted" {
			t.Errorf("then it answered %d %v", r.status, r.body)
		}
		h.attempted(r, "connection.admitted", "")
	})
}

func TestARepeatThatCannotBeWrittenAsksToWait(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana, ben, id := h.player("ana"), h.player("ben"), uuid.NewString()
		ana.tries("main", again(id))
		h.stalls(ben)
		r := ana.tries("main", again(id))
		h.disk.slow(0)
		time.Sleep(30 * time.Second)
		if r.status != 503 || r.body["reason"] != "STORAGE_UNAVAILABLE" || r.body["retryAfterSeconds"] != 2.0 || r.header.Get("Retry-After") != "2" {
			t.Errorf("it answered %d %v, Retry-After %q", r.status, r.body, r.header.Get("Retry-After"))
		}
	})
}

func TestAnIdIsRememberedPerAccount(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana, ben, id := h.player("ana"), h.player("ben"), uuid.NewString()
		one, other := ana.tries("main", again(id)), ben.tries("main", again(id))
		if one.body["outcome"] != "admitted" || other.body["outcome"] != "admitted" || one.body["sessionId"] == other.body["sessionId"] {
			t.Errorf("they were answered %v and %v", one.body, other.body)
		}
		if seats := h.seats("main"); seats != [3]float64{2, 0, 0} {
			t.Errorf("the seats are %v", seats)
		}
	})
}

func TestARepeatOfASessionInGraceReclaimsIt(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana, id := h.player("ana"), uuid.NewString()
		first := ana.tries("main", again(id))
		token := ana.follow("main", first)["reconnectionToken"].(string)
		ana.drops()
		time.Sleep(5 * time.Second)
		r := ana.tries("main", again(id))
		if r.body["outcome"] != "admitted" || r.body["resumed"] != true || r.body["sessionId"] != first.body["sessionId"] {
			t.Errorf("it answered %v", r.body)
		}
		ana.deadAt("main", "reconnectionToken="+token)
		if frame := ana.follow("main", r); frame["resumed"] != true {
			t.Errorf("ana heard %v", frame)
		}
	})
}

func TestARepeatOfAnAttachedSessionLeavesItsSocketAlone(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana, id := h.player("ana"), uuid.NewString()
		first := ana.tries("main", again(id))
		ana.follow("main", first)
		r := ana.tries("main", again(id))
		if r.body["outcome"] != "admitted" || r.body["sessionId"] != first.body["sessionId"] {
			t.Errorf("it answered %v", r.body)
		}
		synctest.Wait()
		if closed := ana.heard("closed"); len(closed) != 0 {
			t.Errorf("the socket closed: %v", closed)
		}
		ana.stands("main", "active")
	})
}
