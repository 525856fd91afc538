package httpapi_test

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"gatekeeper/admission/httpapi"
	"gatekeeper/admission/wire"
)

const secret, fresh = "correct horse", "battery staple"

// everyWay lets players in by a name and a password, or as guests.
func everyWay(c *httpapi.Config) { c.Settings = allowing{Local: true, Guest: true} }

// member registers an account by its real password, with an active character.
func (h *house) member(name string) *player {
	h.t.Helper()
	return h.arrives("/auth/register", name)
}

// arrives makes an account and gives it a character.
func (h *house) arrives(path, name string) *player {
	h.t.Helper()
	r := h.ask("", "POST", path, fmt.Sprintf(`{"name":%q,"password":%q}`, name, secret))
	if r.status != 201 {
		h.t.Fatalf("%s answered %d %v", path, r.status, r.body)
	}
	p := &player{visitor: &visitor{h: h, token: r.body["token"].(string)}}
	character := p.asks("POST", "/characters", `{"name":"Sir Hero"}`).body["characterId"].(string)
	p.character = character
	p.activates(character)
	return p
}

func (h *house) logIn(name, password string) reply {
	h.t.Helper()
	return h.ask("", "POST", "/auth/login", fmt.Sprintf(`{"name":%q,"password":%q}`, name, password))
}

// isLive reports whether a token is good.
func (h *house) isLive(token string) bool { return h.ask(token, "GET", "/me", "").status == 200 }

// is checks a status and the code of a problem; "" = it is none.
func (r reply) is(t *testing.T, what string, status int, code string) {
	t.Helper()
	got, _ := r.body["code"].(string)
	if r.status != status || got != code {
		t.Errorf("%s answered %d %v, not %d %s", what, r.status, r.body, status, code)
	}
}

func TestAForcedResetLetsNobodyInUntilThePasswordIsAnother(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.member("Ana")
		id := ana.asks("GET", "/me", "").body["accountId"].(string)
		h.order("POST", "/admin/api/accounts/"+id+"/password", `{"password":"from the operator","mustChange":true}`)
		if h.isLive(ana.token) {
			t.Error("the old token lives")
		}
		if view := h.order("GET", "/admin/api/accounts/"+id, ""); view["mustChange"] != true || view["issuer"] != "" {
			t.Errorf("operators see %v", view)
		}
		right := h.logIn("ana", "from the operator")
		right.is(t, "the right password", 403, "PASSWORD_CHANGE_REQUIRED")
		if right.body["token"] != nil {
			t.Error("it comes with a token")
		}
		h.logIn("ana", secret).is(t, "the old password", 401, "BAD_CREDENTIALS")
		change := func(password, newPassword string) reply {
			return h.ask("", "POST", "/auth/password", fmt.Sprintf(`{"name":"ana","password":%q,"newPassword":%q}`, password, newPassword))
		}
		change("from the operator", "from the operator").is(t, "the same again", 400, "MALFORMED")
		change("from the operator", "short").is(t, "a short one", 400, "MALFORMED")
		change(secret, fresh).is(t, "a wrong one", 401, "BAD_CREDENTIALS")
		changed := change("from the operator", fresh)
		if changed.status != 200 || !h.isLive(changed.body["token"].(string)) {
			t.Fatalf("the change answered %d %v", changed.status, changed.body)
		}
		h.logIn("ana", fresh).is(t, "the new password", 200, "")
		told := h.happened("admin.password_reset")[0]["data"].(object)
		if told["by"] != "command line" || told["mustChange"] != true || len(h.happened("account.password_changed")) != 1 {
			t.Errorf("the log tells of %v", told)
		}
	})
}

func TestAPasswordIsChangedByWhoKnowsItAndEndsOtherTokens(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.member("ana")
		other := h.logIn("ana", secret).body["token"].(string)
		ana.enters("main")
		change := func(body string) reply { return ana.asks("PUT", "/me/password", body) }
		change(`{"password":"wrong guess","newPassword":"battery staple"}`).is(t, "a wrong one", 403, "WRONG_PASSWORD")
		change(`{"password":"correct horse","newPassword":"short"}`).is(t, "a short one", 400, "MALFORMED")
		change(`{"password":"correct horse","newPassword":"battery staple"}`).is(t, "the right one", 204, "")
		if !h.isLive(ana.token) || h.isLive(other) {
			t.Error("the wrong token ended")
		}
		ana.stands("main", "active")
		h.logIn("ana", secret).is(t, "the old password", 401, "BAD_CREDENTIALS")
		h.logIn("ana", fresh).is(t, "the new password", 200, "")
	})
}

func TestAStolenTokenIsNoWayToGuessThePassword(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.member("ana")
		var last reply
		for i := range 11 {
			last = ana.asks("PUT", "/me/password", fmt.Sprintf(`{"password":"guess %d","newPassword":"battery staple"}`, i))
			if i < 10 && last.status != 403 {
				t.Fatalf("guess %d answered %d %v", i, last.status, last.body)
			}
		}
		// The address is one that the name has been at home at, so only the count of the address bounds it there.
		from := func(addr string) reply {
			client := h.from(addr)
			r, _ := http.NewRequest("DELETE", "http://gate.example/me", strings.NewReader(`{"password":"another guess"}`))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer "+ana.token)
			response, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			client.CloseIdleConnections()
			return reply{status: response.StatusCode, header: response.Header}
		}
		from("203.0.113.9")
		if r := from("203.0.113.9"); r.status != 429 || r.header.Get("Retry-After") == "" {
			t.Errorf("from elsewhere it answered %d", r.status)
		}
		if len(h.happened("security.login_locked")) != 1 {
			t.Error("the log does not tell of the guessing")
		}
	})
}

func TestAnUnknownNameChangesAPasswordAsAWrongOneDoes(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.member("ana")
		h.arrives("/auth/register", "ben")
		const one = 19 << 20 // the memory of one hash: it tells what time only suggests
		var answers []string
		for _, name := range []string{"ana", "nobody", "ben"} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			r := h.ask("", "POST", "/auth/password", fmt.Sprintf(`{"name":%q,"password":"wrong guess","newPassword":"battery staple"}`, name))
			runtime.ReadMemStats(&after)
			if got := after.TotalAlloc - before.TotalAlloc; got < one || got >= 2*one {
				t.Errorf("%s takes %d bytes, one hash takes %d", name, got, one)
			}
			answers = append(answers, fmt.Sprint(r.status, r.body))
		}
		if answers[0] != answers[1] || answers[1] != answers[2] {
			t.Errorf("the answers differ: %q", answers)
		}
	})
}

func TestLoggingOutEverywhereEndsEveryTokenButNoSession(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.member("ana")
		other := h.logIn("ana", secret).body["token"].(string)
		ana.enters("main")
		ana.asks("POST", "/auth/logout-everywhere", "").is(t, "it", 204, "")
		if h.isLive(ana.token) || h.isLive(other) {
			t.Error("a token lives")
		}
		if seats := h.seats("main"); seats != [3]float64{0, 1, 0} {
			t.Errorf("the seats are %v", seats)
		}
		if told := h.happened("account.logged_out_everywhere"); len(told) != 1 || told[0]["data"].(object)["tokensRevoked"] != 2.0 {
			t.Errorf("the log tells of %v", told)
		}
	})
}

func TestAGuestBecomesAnAccountInTheMidstOfPlaying(t *testing.T) {
	inHouse(t, everyWay, func(h *house) {
		h.member("Ben")
		ana := h.arrives("/auth/guest", "Visitor")
		seat := ana.enters("main")
		if me := ana.asks("GET", "/me", "").body; me["isGuest"] != true || me["hasPassword"] != false {
			t.Errorf("a guest is %v", me)
		}
		upgrade := func(name, password string) reply {
			return ana.asks("POST", "/auth/upgrade", fmt.Sprintf(`{"name":%q,"password":%q}`, name, password))
		}
		upgrade("ben", secret).is(t, "a taken name", 409, "NAME_TAKEN")
		upgrade("Ana", "short").is(t, "a short password", 400, "MALFORMED")
		upgrade("a", secret).is(t, "a short name", 400, "MALFORMED")
		r := upgrade("Ana", secret)
		if r.status != 200 || r.body["name"] != "Ana" || r.body["isGuest"] != false || r.body["hasPassword"] != true || len(r.body["characters"].([]any)) != 1 {
			t.Fatalf("it answered %d %v", r.status, r.body)
		}
		upgrade("Anna", secret).is(t, "a second time", 409, "NOT_A_GUEST")
		if ana.stands("main", "active"); !h.isLive(ana.token) {
			t.Error("the token died")
		}
		ana.drops()
		if again := ana.returns("main", seat["reconnectionToken"]); again["sessionId"] != seat["sessionId"] {
			t.Errorf("the session is %v", again)
		}
		h.logIn("ana", secret).is(t, "the log-in", 200, "")
		h.arrives("/auth/guest", "Visitor") // the guest's name is free
	})
}

func TestADeletedAccountLosesItsPlacesAtOnceAndLeavesIdsAlone(t *testing.T) {
	inHouse(t, everyWay, func(h *house) {
		h.set(`{"capacity":1}`)
		ana := h.member("Anastasia")
		id := ana.asks("GET", "/me", "").body["accountId"].(string)
		ben := h.player("ben")
		ana.enters("main")
		ben.knocks("main")
		ana.asks("DELETE", "/me", `{"password":"wrong guess"}`).is(t, "a wrong password", 403, "WRONG_PASSWORD")
		ana.asks("DELETE", "/me", "").is(t, "no password", 400, "MALFORMED")
		ana.asks("PUT", "/me/password", `{"password":"correct horse","newPassword":"battery staple"}`)
		ana.asks("POST", "/instances/main/connect", "x") // a row of the throttle
		ana.asks("DELETE", "/me", `{"password":"battery staple"}`).is(t, "the right one", 204, "")
		if text := ana.closedBy(4501); text != "account deleted" {
			t.Errorf("the socket is told %q", text)
		}
		ana.asks("GET", "/me", "").is(t, "the token", 401, "NOT_AUTHENTICATED")
		h.logIn("Anastasia", fresh).is(t, "the log-in", 401, "BAD_CREDENTIALS")
		h.ask(operatorKey, "GET", "/admin/api/accounts/"+id, "").is(t, "the operators' page", 404, "ACCOUNT_UNKNOWN")
		if seats := h.seats("main"); seats != [3]float64{1, 0, 0} {
			t.Errorf("nobody moved up: %v", seats)
		}
		told := h.happened("account.deleted")
		if len(told) != 1 || told[0]["accountId"] != id || told[0]["reason"] != "player" {
			t.Errorf("the log tells of %v", told)
		}
		for _, event := range h.log() {
			if strings.Contains(strings.ToLower(fmt.Sprint(event)), "anastasia") {
				t.Errorf("the log knows the name: %v", event)
			}
		}
		h.member("Anastasia") // the name is free
	})
}

func TestAGuestIsDeletedWithoutAPassword(t *testing.T) {
	inHouse(t, everyWay, func(h *house) {
		ana := h.arrives("/auth/guest", "Visitor")
		ana.asks("PUT", "/me/password", `{"password":"","newPassword":"battery staple"}`).is(t, "a password", 409, "NO_PASSWORD")
		ana.asks("DELETE", "/me", "").is(t, "the deletion", 204, "")
		if h.isLive(ana.token) {
			t.Error("the guest lives")
		}
	})
}

func TestAnOperatorDeletesAnAccount(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.member("ana")
		ana.enters("main")
		id := ana.asks("GET", "/me", "").body["accountId"].(string)
		viewer := h.hires("vera", "viewer")
		if status, _ := viewer.does("DELETE", "/admin/api/accounts/"+id, ""); status != 403 {
			t.Errorf("a viewer is answered %d", status)
		}
		h.order("DELETE", "/admin/api/accounts/"+id, "")
		ana.closedBy(4501)
		h.ask(operatorKey, "DELETE", "/admin/api/accounts/"+id, "").is(t, "again", 404, "ACCOUNT_UNKNOWN")
		deed, end := h.happened("admin.account_deleted"), h.happened("account.deleted")
		if len(deed) != 1 || deed[0]["data"].(object)["by"] != "command line" || deed[0]["accountId"] != id || len(end) != 1 || end[0]["reason"] != "operator" {
			t.Errorf("the log tells of %v and %v", deed, end)
		}
	})
}

func TestWithLocalAccountsOffNoPasswordIsAWayIn(t *testing.T) {
	guests := func(c *httpapi.Config) { c.Settings = allowing(wire.LogInWays{Guest: true}) }
	inHouse(t, guests, func(h *house) {
		ana := h.arrives("/auth/guest", "Visitor")
		h.logIn("ana", secret).is(t, "log-in", 403, "LOCAL_DISABLED")
		h.ask("", "POST", "/auth/password", `{"name":"ana","password":"a","newPassword":"b"}`).is(t, "another password", 403, "LOCAL_DISABLED")
		ana.asks("POST", "/auth/upgrade", `{"name":"Ana","password":"correct horse"}`).is(t, "a name", 403, "LOCAL_DISABLED")
	})
}
