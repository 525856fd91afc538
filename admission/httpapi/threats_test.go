package httpapi_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"gatekeeper/admission"
	"gatekeeper/admission/auth"
	"gatekeeper/admission/httpapi"
	"gatekeeper/admission/wire"
)

// said sends bytes as they are and returns the first line of the answer, and whether the line stays open behind it.
func (h *house) said(request string) (status string, staysOpen bool) {
	h.t.Helper()
	conn, err := h.net.Dial(h.t.Context(), "", "")
	if err != nil {
		h.t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	go func() { _, _ = io.WriteString(conn, request) }() // the server may answer before it has read it all
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return err.Error(), false
	}
	_, _ = io.Copy(io.Discard, response.Body)
	return response.Status[:3], !response.Close
}

func TestAForeignPageOpensNoSocket(t *testing.T) {
	allow := func(c *httpapi.Config) { c.AllowedOrigins = []string{"https://game.example"} }
	inHouse(t, allow, func(h *house) {
		ana := h.visitor("ana")
		query := "sessionToken=" + ana.connects()["sessionToken"].(string)
		dialer := websocket.Dialer{NetDialContext: h.net.Dial, Subprotocols: []string{wire.Subprotocol}}
		for _, origin := range []string{
			"https://evil.example", "null", "https://gate.example", "http://gate.example:81", "http://gate.example.evil.example",
			"https://game.example.evil.example", "http://game.example", "https://GAME.example", "https://game.example/", "file://",
		} {
			_, response, err := dialer.Dial("ws://gate.example/instances/main/ws?"+query, http.Header{"Origin": {origin}})
			if err == nil || response == nil || response.StatusCode != http.StatusForbidden {
				t.Errorf("from %s: %v", origin, err)
			}
		}
		ws, _, err := dialer.Dial("ws://gate.example/instances/main/ws?"+query, http.Header{"Origin": {"https://game.example"}})
		if err != nil {
			t.Fatalf("after all of them the token is of no use: %v", err)
		}
		ana.ws = ws
		ana.hears("admitted")
		_ = ws.Close()
	})
}

func TestAForeignPageOperatesNothing(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		olga := h.hires("olga", admission.Owner)
		for _, c := range calls(t) {
			if c.method == http.MethodGet {
				continue // it reads, and the page is not let read the answer
			}
			header := map[string]string{"Origin": "https://evil.example", "Cookie": olga.header["Cookie"]}
			response, answer := h.send(c.method, placeholders.Replace(c.path), "{}", header)
			if response.StatusCode != http.StatusForbidden || response.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %s answers %d %v", c.method, c.path, response.StatusCode, answer)
			}
		}
		for _, contentType := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""} {
			header := map[string]string{"Cookie": olga.header["Cookie"], "Content-Type": contentType}
			if response, _ := h.send("POST", "/admin/api/instances", `{"instanceId":"x"}`, header); response.StatusCode != http.StatusUnsupportedMediaType {
				t.Errorf("what a form can send as %q is answered %d", contentType, response.StatusCode)
			}
		}
		response, _ := h.send("POST", "/admin/api/login", `{"name":"olga","password":"`+password+`"}`, map[string]string{"Origin": "https://evil.example"})
		if response.StatusCode != http.StatusForbidden || response.Header.Get("Set-Cookie") != "" {
			t.Errorf("a foreign page logs its visitor in: %d", response.StatusCode)
		}
	})
}

func TestATokenIsTheServersChoice(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.hires("olga", admission.Owner)
		const chosen = "gks_chosen-by-somebody-else"
		response, _ := h.send("POST", "/admin/api/login", `{"name":"olga","password":"`+password+`"}`, map[string]string{"Cookie": "gatekeeper_admin=" + chosen})
		cookie := strings.Split(response.Header.Get("Set-Cookie"), ";")[0]
		if response.StatusCode != 200 || strings.Contains(cookie, chosen) {
			t.Fatalf("the log-in answers %d with %s", response.StatusCode, cookie)
		}
		for name, sent := range map[string]string{
			"the chosen one": "gatekeeper_admin=" + chosen, "both": "gatekeeper_admin=" + chosen + "; " + cookie,
			"both the other way": cookie + "; gatekeeper_admin=" + chosen,
		} {
			if response, _ := h.send("GET", "/admin/api/me", "", map[string]string{"Cookie": sent}); response.StatusCode != 401 {
				t.Errorf("%s answers %d", name, response.StatusCode)
			}
		}
		register := `{"name":"ana","password":"correct horse","token":"gkp_chosen"}`
		made, answer := h.send("POST", "/auth/register", register, map[string]string{"Authorization": "Bearer gkp_chosen"})
		if made.StatusCode != 201 || answer["token"] == "gkp_chosen" {
			t.Errorf("registering answers %d %v", made.StatusCode, answer)
		}
		if r := h.ask("gkp_chosen", "GET", "/me", ""); r.status != 401 {
			t.Errorf("the chosen token answers %d", r.status)
		}
		token := answer["token"].(string)
		if r := h.ask(token, "POST", "/auth/logout", ""); r.status != 204 {
			t.Errorf("logging out answers %d", r.status)
		}
		if r := h.ask(token, "GET", "/me", ""); r.status != 401 {
			t.Errorf("after the log-out the token answers %d", r.status)
		}
	})
}

func TestGuessesAtKeysAndTheSetUpLinkAreLimitedByTheirAddress(t *testing.T) {
	setUp := func(c *httpapi.Config) { c.SetupToken = admission.HashToken("the link") }
	for name, guess := range map[string]func(*house, int) reply{
		"the set-up link": func(h *house, i int) reply {
			return h.ask("", "POST", "/admin/api/setup", fmt.Sprintf(`{"setupToken":"%d","name":"root","password":"%s"}`, i, password))
		},
		"an operator's key": func(h *house, i int) reply { return h.ask(fmt.Sprint("gka_", i), "GET", "/admin/api/instances", "") },
		"a game server's key": func(h *house, i int) reply {
			return h.ask(fmt.Sprint("gka_", i), "PUT", "/server/instances/main/heartbeat", "{}")
		},
		"a player's token": func(h *house, i int) reply { return h.ask(fmt.Sprint("gkp_", i), "GET", "/me", "") },
		"a token at an attempt": func(h *house, i int) reply {
			return h.ask(fmt.Sprint("gkp_", i), "POST", "/instances/main/connect", "{}")
		},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, setUp, func(h *house) {
				for i := range 20 {
					if r := guess(h, i); r.status != 401 && r.status != 403 {
						t.Fatalf("guess %d is answered %d %v", i, r.status, r.body)
					}
				}
				if r := guess(h, 20); r.status != 429 || r.header.Get("Retry-After") == "" {
					t.Errorf("guess 21 is answered %d %v", r.status, r.body)
				}
			})
		})
	}
}

func TestOneAddressRegistersTwentyAMinute(t *testing.T) {
	inHouse(t, func(c *httpapi.Config) { c.Settings = allowing{Local: true, Guest: true} }, func(h *house) {
		for i := range 20 {
			if r := h.ask("", "POST", "/auth/guest", fmt.Sprintf(`{"name":"guest %d"}`, i)); r.status != 201 {
				t.Fatalf("guest %d is answered %d %v", i, r.status, r.body)
			}
		}
		for _, path := range []string{"/auth/guest", "/auth/register"} {
			if r := h.ask("", "POST", path, `{"name":"one more","password":"correct horse"}`); r.status != 429 {
				t.Errorf("one more at %s is answered %d", path, r.status)
			}
		}
	})
}

func TestOneAccountStuffsNoQueue(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.capacity(1)
		h.visitor("ana").plays()
		ben := h.visitor("ben")
		characters := []string{ben.character}
		for i := range 19 {
			_, made := ben.send("POST", "/characters", fmt.Sprintf(`{"name":"Hero %d"}`, i))
			characters = append(characters, made["characterId"].(string))
		}
		if status, answer := ben.send("POST", "/characters", `{"name":"One More"}`); status != 409 || answer["code"] != "TOO_MANY_CHARACTERS" {
			t.Errorf("a character more answers %d %v", status, answer)
		}
		for range 2 { // asking again takes no other place
			for _, character := range characters {
				if _, answer := ben.send("POST", "/instances/main/connect", `{"characterId":"`+character+`"}`); answer["outcome"] != "queued" {
					t.Errorf("%s is answered %v", character, answer)
				}
			}
		}
		if depth := h.order("GET", "/admin/api/instances/main", "")["queueDepth"]; depth != 20. {
			t.Errorf("one account holds %v places", depth)
		}
	})
}

// hashOnce is what one look at a password takes: memory tells what time only suggests.
const hashOnce = 19 << 20

func TestALogInTellsNobodyWhoIsThere(t *testing.T) {
	inHouse(t, behindProxy, func(h *house) {
		h.at("192.0.2.1", "POST", "/auth/register", logIn("correct horse"))
		h.hires("root", admission.Owner)
		guest := admission.AccountRow{Name: "guest", Guest: true}
		if _, _, err := h.gate.Register(h.t.Context(), guest, admission.HashToken("g")); err != nil {
			t.Fatal(err)
		}
		for path, names := range map[string][]string{"/auth/login": {"olga", "nobody", "guest"}, "/admin/api/login": {"root", "nobody"}} {
			var answers []string
			for i, name := range names {
				body := `{"name":"` + name + `","password":"not this one"}`
				r := reply{}
				work := allocates(func() { r = h.at(fmt.Sprintf("198.51.100.%d", i), "POST", path, body) })
				if work < hashOnce || work >= 2*hashOnce {
					t.Errorf("%s at %s takes %d bytes of work, one hash takes %d", name, path, work, hashOnce)
				}
				r.header.Del("Date")
				answers = append(answers, fmt.Sprint(r.status, r.header, r.body))
			}
			if r := slices.Compact(answers); len(r) != 1 || !strings.HasPrefix(r[0], "401 ") {
				t.Errorf("%s answers differently: %q", path, r)
			}
		}
	})
}

func allocates(work func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestALockTellsNobodyWhichOperatorIsThere(t *testing.T) {
	inHouse(t, behindProxy, func(h *house) {
		h.hires("root", admission.Owner)
		told := map[string]string{}
		for _, name := range []string{"root", "nobody"} {
			for i := range 12 {
				r := h.at("198.51.100.7", "POST", "/admin/api/login", `{"name":"`+name+`","password":"not this one"}`)
				r.header.Del("Date")
				told[name] += fmt.Sprint(i, r.status, r.header, r.body)
			}
			time.Sleep(time.Hour) // neither name nor address has a past
		}
		if told["root"] != told["nobody"] {
			t.Errorf("there is\n%s\nand there is not\n%s", told["root"], told["nobody"])
		}
	})
}

func TestWhatIsTooLargeIsRefused(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		long := strings.Repeat("x", 32<<10)
		for name, request := range map[string]string{
			"a header":       "GET /me HTTP/1.1\r\nHost: gate.example\r\nAuthorization: Bearer " + long + "\r\n\r\n",
			"many headers":   "GET /me HTTP/1.1\r\nHost: gate.example\r\n" + strings.Repeat("X: y\r\n", 8<<10) + "\r\n",
			"a request line": "GET /" + long + " HTTP/1.1\r\nHost: gate.example\r\n\r\n",
		} {
			if status, staysOpen := h.said(request); status != "431" || staysOpen {
				t.Errorf("%s is answered %s", name, status)
			}
		}
		owner := operator{h, map[string]string{"Authorization": "Bearer " + operatorKey}}
		owner.must(413, "PATCH", "/admin/api/instances/main", `{"message":"`+strings.Repeat("x", 64<<10)+`"}`)
		owner.must(413, "PUT", "/admin/api/settings/pictures/logo", strings.Repeat("x", 1<<20+1))
	})
}

func TestNothingIsUnpacked(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		const packed = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xaa\xae\x05\x00\x00\x00\xff\xff" // {}
		ana := h.visitor("ana")
		response, answer := h.send("POST", "/characters", packed, map[string]string{"Content-Encoding": "gzip", "Authorization": "Bearer " + ana.token})
		if response.StatusCode != 400 || answer["code"] != "MALFORMED" {
			t.Errorf("a packed body is answered %d %v", response.StatusCode, answer)
		}
		token := ana.connects()["sessionToken"].(string)
		dialer := websocket.Dialer{NetDialContext: h.net.Dial, EnableCompression: true}
		ws, upgraded, err := dialer.Dial("ws://gate.example/instances/main/ws?sessionToken="+token, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer ws.Close()
		if agreed := upgraded.Header.Get("Sec-WebSocket-Extensions"); agreed != "" {
			t.Errorf("the server agrees to %q", agreed)
		}
	})
}

func TestARequestHasOneMeaning(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.visitor("ana")
		const post = "POST /characters HTTP/1.1\r\nHost: gate.example\r\nContent-Type: application/json\r\n"
		bearer := "Authorization: Bearer " + ana.token + "\r\n"
		for name, c := range map[string]struct {
			request string
			want    string
		}{
			"two lengths":                     {post + bearer + "Content-Length: 2\r\nContent-Length: 12\r\n\r\n{}", "400"},
			"a length with a sign":            {post + bearer + "Content-Length: +2\r\n\r\n{}", "400"},
			"two lengths in one":              {post + bearer + "Content-Length: 2, 2\r\n\r\n{}", "400"},
			"another coding":                  {post + bearer + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "501"},
			"two codings":                     {post + bearer + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", "501"},
			"a space before the colon":        {post + bearer + "Content-Length : 2\r\n\r\n{}", "400"},
			"a folded line":                   {post + bearer + "X: y\r\n z\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "400"},
			"two hosts":                       {post + bearer + "Host: evil.example\r\nContent-Length: 2\r\n\r\n{}", "400"},
			"no host":                         {"GET /me HTTP/1.1\r\n" + bearer + "\r\n", "400"},
			"a null byte":                     {post + bearer + "X: a\x00b\r\nContent-Length: 2\r\n\r\n{}", "400"},
			"two authorizations":              {post + bearer + "Authorization: Bearer x\r\nContent-Length: 2\r\n\r\n{}", "400"},
			"two authorizations, one of them": {post + "authorization: Bearer x\r\n" + bearer + "Content-Length: 2\r\n\r\n{}", "400"},
			"two origins":                     {post + bearer + "Origin: http://gate.example\r\nOrigin: https://evil.example\r\nContent-Length: 2\r\n\r\n{}", "400"},
			"two types":                       {post + bearer + "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}", "400"},
		} {
			status, staysOpen := h.said(c.request)
			if status != c.want || staysOpen && c.want != "400" {
				t.Errorf("%s is answered %s, the line stays open: %v", name, status, staysOpen)
			}
		}
		smuggled := post + bearer + "Content-Length: 40\r\nTransfer-Encoding: chunked\r\n\r\nf\r\n{\"name\":\"Hero\"}\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
		if status, staysOpen := h.said(smuggled); staysOpen {
			t.Errorf("after a length and a coding, answered %s, the line stays open for what was smuggled", status)
		}
	})
}

// ambiguous are messages that are no message, or two.
var ambiguous = map[string]string{
	"a key twice":                   `{"name":"Hero","name":"Villain"}`,
	"a key twice, the same":         `{"name":"Hero","name":"Hero"}`,
	"a key in two cases":            `{"name":"Hero","NAME":"Villain"}`,
	"a key that is escaped":         `{"name":"Hero","n\u0061me":"Villain"}`,
	"a key with the Kelvin sign":    "{\"name\":\"Hero\",\"\u212ay\":1,\"ky\":2}",
	"an unknown key twice, inside":  `{"name":"Hero","x":[{"y":1,"y":2}]}`,
	"deep lists":                    `{"name":"Hero","x":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`,
	"deep objects":                  `{"name":"Hero","x":` + strings.Repeat(`{"x":`, 17) + "1" + strings.Repeat("}", 17) + `}`,
	"fields without end":            `{"name":"Hero"` + strings.Repeat(`,"x":1`, 9000) + `}`,
	"deep lists that never end":     `{"name":` + strings.Repeat("[", 60_000),
	"a number for a text":           `{"name":1e400}`,
	"a huge number for a text":      `{"name":` + strings.Repeat("9", 60_000) + `}`,
	"bad UTF-8":                     "{\"name\":\"H\xff\xfero\"}",
	"bad UTF-8 in a key":            "{\"name\":\"Hero\",\"\xc0\xae\":1}",
	"half of a pair":                `{"name":"H\ud800ro"}`,
	"a null byte":                   `{"name":"He\u0000ro"}`,
	"a raw control character":       "{\"name\":\"He\x01ro\"}",
	"a line's end":                  `{"name":"Hero\nadmin logged in"}`,
	"an escape of a terminal":       `{"name":"\u001b[2JHero"}`,
	"right to left":                 `{"name":"\u202eoreH"}`,
	"an isolate":                    `{"name":"\u2066Hero\u2069"}`,
	"nothing to see":                `{"name":"\u200b\u200b\u200b"}`,
	"a variation":                   `{"name":"Hero\ufe0f"}`,
	"overlong":                      `{"name":"` + strings.Repeat("x", 33) + `"}`,
	"nothing":                       `{"name":""}`,
	"something behind":              `{"name":"Hero"}{"name":"Villain"}`,
	"a mark that is no JSON before": "\ufeff" + `{"name":"Hero"}`,
}

func TestAmbiguousMessagesAreRefused(t *testing.T) {
	inHouse(t, func(c *httpapi.Config) {
		c.Limits = auth.NewAddressLimiter(1000, 1000)
		c.Settings = allowing{Local: true, Guest: true}
	}, func(h *house) {
		ana := h.visitor("ana")
		for name, body := range ambiguous {
			if status, answer := ana.send("POST", "/characters", body); status != 400 || answer["code"] != "MALFORMED" {
				t.Errorf("%s at /characters: %d %v", name, status, answer)
			}
			if r := h.ask("", "POST", "/auth/guest", body); r.status != 400 {
				t.Errorf("%s at /auth/guest: %d %v", name, r.status, r.body)
			}
		}
		if status, _ := ana.send("POST", "/characters", `{"name":"Sir O'Néill","x":1e400,"y":{"z":[[[[]]]]}}`); status != 201 {
			t.Errorf("a plain message with fields that nobody knows is answered %d", status)
		}
		for name, body := range map[string]string{
			"a key twice": `{"clientBuild":"1","clientBuild":"2"}`, "in two cases": `{"characterId":"x","CharacterID":"y"}`, "deep": ambiguous["deep lists"],
			"a null byte": `{"clientBuild":"1\u0000"}`, "an escape": `{"clientBuild":"\u001b[31m1"}`, "bad UTF-8": "{\"clientBuild\":\"\xff\"}",
		} {
			status, answer := h.visitor("ana "+name).send("POST", "/instances/main/connect", body)
			if status != 400 || answer["reason"] != "INVALID_REQUEST" {
				t.Errorf("%s at an attempt: %d %v", name, status, answer)
			}
		}
	})
}

// TestManyFieldsAreRefusedSoon names each field otherwise: to compare each with all others would take the server long.
func TestManyFieldsAreRefusedSoon(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.visitor("ana")
		for fields, want := range map[int]int{63: 201, 64: 400, 6000: 400} {
			body := `{"name":"Hero"`
			for i := range fields {
				body += fmt.Sprintf(`,"%d":0`, i)
			}
			if status, answer := ana.send("POST", "/characters", body+"}"); status != want {
				t.Errorf("%d fields more are answered %d %v", fields, status, answer)
			}
		}
	})
}

func TestAmbiguousFramesAreBadFrames(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.visitor("ana").plays()
		for _, frame := range []string{`{"type":"ack","type":"leave"}`, "{\"type\":\"heartbeat\",\"x\":\"\xff\"}", `{"type":"ack","x":` + strings.Repeat("[", 50) + strings.Repeat("]", 50) + `}`} {
			ana.says(frame)
			ana.hears("error")
		}
		if code := ana.closedWith(); code != 4503 {
			t.Errorf("the socket closed with %d", code)
		}
	})
}

func TestSQLInANameIsAName(t *testing.T) {
	inHouse(t, func(c *httpapi.Config) { c.Limits = auth.NewAddressLimiter(1000, 1000) }, func(h *house) {
		ana := h.visitor("ana")
		for i, name := range []string{`Robert'); DROP TABLE account;--`, `" OR 1=1 --`, `%_%`, `x' || (SELECT 1) || '`, "`;--", `\'; --`, `{{.}}`, `${jndi:ldap://x}`} {
			body := fmt.Sprintf(`{"name":%q}`, name)
			status, answer := ana.send("POST", "/characters", body)
			if status != 201 || answer["name"] != name {
				t.Errorf("%s is answered %d %v", name, status, answer)
			}
			found := h.order("GET", "/admin/api/accounts?search="+url.QueryEscape(name), "")["total"]
			events := h.ask(operatorKey, "GET", "/admin/api/events?event="+url.QueryEscape(name)+"&reason="+url.QueryEscape(name), "")
			if found != 1. || events.status != 200 {
				t.Errorf("search %d for %s finds %v accounts; events answer %d", i, name, found, events.status)
			}
		}
		if _, me := ana.send("GET", "/me", ""); len(me["characters"].([]any)) != 9 {
			t.Errorf("ana is %v", me)
		}
	})
}
