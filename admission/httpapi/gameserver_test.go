package httpapi_test

import (
	"bufio"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"gatekeeper/admission"
	"gatekeeper/admission/admissiontest"
	"gatekeeper/admission/ticket"
)

// gameServer is one with a key of the instance main.
func (h *house) gameServer(instances ...admission.InstanceID) operator {
	return h.key([]admission.Scope{admission.GameServers}, instances...)
}

// checks has a ticket checked, and returns what is wrong with it; "" = nothing.
func (o operator) checks(t string) any {
	o.h.t.Helper()
	answer := o.must(200, "POST", "/server/tickets/verify", `{"ticket":"`+t+`"}`)
	if answer["valid"] == true {
		return ""
	}
	return answer["reason"]
}

// ticket is that of a player who has just got in.
func (v *visitor) ticket() string {
	v.h.t.Helper()
	v.attaches("sessionToken=" + v.connects()["sessionToken"].(string))
	return v.hears("admitted")["ticket"].(string)
}

func TestATicketIsAcceptedOnce(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana, game := h.visitor("ana"), h.gameServer("main")
		mine := ana.ticket()
		answer := game.must(200, "POST", "/server/tickets/verify", `{"ticket":"`+mine+`","instanceId":"main"}`)
		if answer["valid"] != true || answer["characterId"] != ana.character || answer["characterName"] != "Sir Hero" ||
			answer["instanceId"] != "main" || answer["state"] != "active" || answer["sessionId"] == "" {
			t.Errorf("the ticket is told as %v", answer)
		}
		if why := game.checks(mine); why != "USED" {
			t.Errorf("the second time it is %q", why)
		}
		_ = ana.ws.Close()
	})
}

func TestATicketOfElsewhereIsRefused(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.annex(`{}`)
		mine, game := h.visitor("ana").ticket(), h.gameServer("annex")
		if why := game.checks(mine); why != "OTHER_INSTANCE" {
			t.Errorf("a key of another instance is told %q", why)
		}
		if status, _ := game.does("POST", "/server/tickets/verify", `{"ticket":"`+mine+`","instanceId":"main"}`); status != 403 {
			t.Errorf("a key of another instance that asks for this one is answered %d", status)
		}
		everywhere := h.gameServer()
		if answer := everywhere.must(200, "POST", "/server/tickets/verify", `{"ticket":"`+mine+`","instanceId":"annex"}`); answer["reason"] != "OTHER_INSTANCE" {
			t.Errorf("the other instance is told %v", answer)
		}
		if why := everywhere.checks(mine); why != "" {
			t.Errorf("those who were refused have used it up: %q", why)
		}
	})
}

func TestForgedAndExpiredTicketsAreRefused(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		game, mine := h.gameServer("main"), h.visitor("ana").ticket()
		other := admissiontest.NewTickets("https://gate.example", time.Now)
		forged, err := other.Sign(admission.Seated{Instance: "main"})
		if err != nil {
			t.Fatal(err)
		}
		none, _ := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"aud": "main", "exp": 1e12}).SignedString(jwt.UnsafeAllowNoneSignatureType)
		for name, bad := range map[string]string{"of another key": forged, "unsigned": none, "cut": mine[:len(mine)-5], "empty": "", "a text": "hello"} {
			if why := game.checks(bad); why != "FORGED" {
				t.Errorf("a ticket %s is %q", name, why)
			}
		}
		time.Sleep(ticket.Life)
		if why := game.checks(mine); why != "EXPIRED" {
			t.Errorf("a minute later it is %q", why)
		}
	})
}

func TestATicketDiesWithItsSession(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		game, ana := h.gameServer("main"), h.visitor("ana")
		mine := ana.ticket()
		ana.says(`{"type":"leave"}`)
		ana.closedWith()
		if why := game.checks(mine); why != "SESSION_ENDED" {
			t.Errorf("after the session it is %q", why)
		}
		old := ana.ticket()
		asked := ana.connects()
		_, answer := ana.send("POST", "/instances/main/connect?replaceToken="+asked["replaceToken"].(string), `{"clientBuild":"1"}`)
		if answer["replaced"] != true {
			t.Fatalf("the replacement is answered %v", answer)
		}
		if why := game.checks(old); why != "SESSION_ENDED" {
			t.Errorf("of a replaced session it is %q", why)
		}
		ana.closedWith()
	})
}

func TestATicketIsNotUsedUpByACheckThatCouldNotBeWritten(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		game, mine := h.gameServer("main"), h.visitor("ana").ticket()
		game.must(200, "GET", "/server/instances/main/sessions", "") // its key is noted as used
		h.disk.fails(true)
		if status, _ := game.does("POST", "/server/tickets/verify", `{"ticket":"`+mine+`"}`); status != 503 {
			t.Errorf("with a full disk it is answered %d", status)
		}
		h.disk.fails(false)
		time.Sleep(5 * time.Second)
		if why := game.checks(mine); why != "" {
			t.Errorf("once it can be written the ticket is %q", why)
		}
	})
}

func TestTheLiveListIsWhoHoldsASeat(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		game, ana, ben := h.gameServer("main"), h.visitor("ana").plays(), h.visitor("ben").plays()
		_ = ben.ws.Close()
		synctest.Wait()
		answer := game.must(200, "GET", "/server/instances/main/sessions", "")
		var told []string
		for _, s := range answer["sessions"].([]any) {
			told = append(told, fmt.Sprint(s.(object)["characterId"], " ", s.(object)["state"]))
		}
		slices.Sort(told)
		want := []string{ana.character + " active", ben.character + " grace"}
		slices.Sort(want)
		if !slices.Equal(told, want) || answer["seq"].(float64) == 0 {
			t.Errorf("the list is %v as of %v, want %v", told, answer["seq"], want)
		}
	})
}

func TestAGameServerRemovesAPlayer(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.annex(`{}`)
		ana, game := h.visitor("ana").plays(), h.gameServer("main")
		session := game.must(200, "GET", "/server/instances/main/sessions", "")["sessions"].([]any)[0].(object)["sessionId"].(string)
		if status, _ := h.gameServer("annex").does("POST", "/server/sessions/"+session+"/end", `{"reason":"cheating"}`); status != 404 {
			t.Errorf("a key of another instance is answered %d", status)
		}
		game.must(204, "POST", "/server/sessions/"+session+"/end", `{"reason":"cheating"}`)
		if code := ana.closedWith(); code != 4501 {
			t.Errorf("the player's socket closes with %d", code)
		}
		game.must(404, "POST", "/server/sessions/"+session+"/end", `{"reason":"cheating"}`)
	})
}

func TestAStudioProvisionsCharacters(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana, ben, studio := h.visitor("ana"), h.visitor("ben"), h.gameServer()
		_, me := ana.send("GET", "/me", "")
		path := "/server/accounts/" + me["accountId"].(string) + "/characters/knight-7"
		studio.must(400, "PUT", path, `{}`) // it has no name yet
		if made := studio.must(201, "PUT", path, `{"name":"Lancelot"}`); made["characterId"] != "knight-7" || made["suspended"] != false {
			t.Errorf("made is %v", made)
		}
		if again := studio.must(200, "PUT", path, `{}`); again["name"] != "Lancelot" {
			t.Errorf("what is left out becomes %v", again)
		}
		ana.send("PUT", "/me/active-character", `{"characterId":"knight-7"}`)
		ana.plays()
		studio.must(200, "PUT", path, `{"name":"Galahad"}`)
		list := studio.must(200, "GET", "/server/instances/main/sessions", "")["sessions"].([]any)
		if list[0].(object)["characterName"] != "Galahad" {
			t.Errorf("the live list still says %v", list)
		}
		studio.must(200, "PUT", path, `{"suspended":true}`)
		if code := ana.closedWith(); code != 4501 {
			t.Errorf("suspended, the socket closes with %d", code)
		}
		_, other := ben.send("GET", "/me", "")
		taken := "/server/accounts/" + other["accountId"].(string) + "/characters/knight-7"
		if answer := studio.must(409, "PUT", taken, `{"name":"Mordred"}`); answer["code"] != "CHARACTER_TAKEN" {
			t.Errorf("somebody else's is answered %v", answer)
		}
		studio.must(404, "PUT", "/server/accounts/nobody/characters/knight-8", `{"name":"Nobody"}`)
		studio.must(400, "PUT", strings.Replace(path, "knight-7", "a%20b", 1), `{"name":"X"}`)
		studio.must(400, "PUT", strings.Replace(path, "knight-7", "new", 1), `{"name":"`+strings.Repeat("x", 33)+`"}`)
		h.gameServer("main").must(403, "PUT", path, `{"name":"X"}`)
		told := h.logged("admin.character_provisioned")
		if len(told) != 2 {
			t.Errorf("the log tells of %v", told)
		}
	})
}

// logged are the events of a name.
func (h *house) logged(name admission.EventName) []admission.Event {
	h.t.Helper()
	events, err := h.gate.Events(h.t.Context(), admission.EventFilter{Name: string(name)})
	if err != nil {
		h.t.Fatal(err)
	}
	return events
}

func TestAKeyOfPlayersOpensNoGameServersDoor(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.visitor("ana")
		viewer := h.key([]admission.Scope{"viewer"})
		for _, call := range [][2]string{
			{"POST", "/server/tickets/verify"},
			{"GET", "/server/instances/main/sessions"},
			{"GET", "/server/instances/main/events"},
			{"POST", "/server/sessions/x/end"},
			{"PUT", "/server/accounts/x/characters/y"},
			{"PUT", "/server/instances/main/heartbeat"},
		} {
			if status, _ := ana.send(call[0], call[1], `{}`); status != 401 {
				t.Errorf("%s %s answers a player's token with %d", call[0], call[1], status)
			}
			if status, _ := viewer.does(call[0], call[1], `{}`); status != 403 {
				t.Errorf("%s %s answers a viewer's key with %d", call[0], call[1], status)
			}
		}
	})
}

// follower reads a stream of events.
type follower struct {
	h        *house
	response *http.Response
	lines    *bufio.Reader
}

func (o operator) follows(last string) *follower {
	o.h.t.Helper()
	r, err := http.NewRequest("GET", "http://gate.example/server/instances/main/events", nil)
	if err != nil {
		o.h.t.Fatal(err)
	}
	for name, value := range o.header {
		r.Header.Set(name, value)
	}
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	response, err := o.h.http.Do(r)
	if err != nil || response.StatusCode != 200 || response.Header.Get("Content-Type") != "text/event-stream" {
		o.h.t.Fatalf("the stream is answered %v, %v", response, err)
	}
	return &follower{o.h, response, bufio.NewReader(response.Body)}
}

// next returns the id and the name of the next event; "" = a comment; false at the end of the stream.
func (f *follower) next() (id, event string, ok bool) {
	for {
		line, err := f.lines.ReadString('\n')
		switch {
		case err != nil:
			return id, event, false
		case line == "\n":
			return id, event, true
		}
		field, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch field {
		case "id":
			id = value
		case "event":
			event = value
		}
	}
}

// until reads up to an event of that name.
func (f *follower) until(name string) (id string) {
	f.h.t.Helper()
	for {
		id, event, ok := f.next()
		if !ok {
			f.h.t.Fatalf("the stream ended before %s", name)
		}
		if event == name {
			return id
		}
	}
}

func TestAGameServerFollowsItsInstance(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.annex(`{}`)
		game := h.gameServer("main")
		stream := game.follows("")
		defer stream.response.Body.Close()
		stream.until("ready")
		ana := h.visitor("ana").plays()
		id := stream.until("connection.admitted")
		ana.says(`{"type":"leave"}`)
		ana.closedWith()
		stream.until("connection.disconnected")
		again := game.follows(id)
		defer again.response.Body.Close()
		again.next() // the line is alive
		if _, event, _ := again.next(); event != "connection.disconnected" {
			t.Errorf("behind the last event comes %s", event)
		}
	})
}

func TestAStreamThatCannotGoOnSaysSo(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		stream := h.gameServer("main").follows("999999")
		defer stream.response.Body.Close()
		if _, event, _ := stream.next(); event != "gap" {
			t.Errorf("a number of the future is answered with %s", event)
		}
		if status, _ := h.gameServer("main").h.send("GET", "/server/instances/main/events", "", map[string]string{"Last-Event-ID": "x"}); status.StatusCode == 200 {
			t.Error("a number that is none is taken")
		}
	})
}

func TestAStreamIsNeverSilentAndEndsWithItsKey(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		game := h.gameServer("main")
		stream := game.follows("")
		defer stream.response.Body.Close()
		stream.until("ready")
		began := time.Now()
		if _, event, _ := stream.next(); event != "" || time.Since(began) > 16*time.Second {
			t.Errorf("after %s of silence comes %q", time.Since(began), event)
		}
		if err := h.gate.As("tester").RevokeKey(h.t.Context(), h.gate.Keys()[0].ID); err != nil {
			t.Fatal(err)
		}
		for {
			if _, _, ok := stream.next(); !ok {
				break
			}
		}
		if ended := time.Since(began); ended > time.Minute {
			t.Errorf("it ended %s after its key", ended)
		}
	})
}

// isTicket reports whether a frame's value has the form of a ticket; whether it is good is for game servers to ask.
func isTicket(value any) bool {
	text, _ := value.(string)
	_, _, err := jwt.NewParser().ParseUnverified(text, &ticket.Claims{})
	return err == nil
}
