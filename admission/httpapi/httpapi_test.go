package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"gatekeeper/admission"
	"gatekeeper/admission/admissiontest"
	"gatekeeper/admission/auth"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/httpapi"
	"gatekeeper/admission/telemetry"
	"gatekeeper/admission/wire"
	"gatekeeper/storage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const operatorKey = "the operator's key"

// house is a whole server on a real store, in virtual time.
type house struct {
	t    *testing.T
	net  *admissiontest.Pipes
	http *http.Client
	gate *gate.Gate
	hub  *httpapi.Hub
	disk *disk
}

// inHouse runs a story in a bubble of virtual time.
func inHouse(t *testing.T, edit func(*httpapi.Config), story func(*house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		schema, err := os.ReadFile("../../schema.sql")
		if err != nil {
			t.Fatal(err)
		}
		store, err := storage.Open(filepath.Join(t.TempDir(), "gatekeeper.db"), string(schema), storage.Options{})
		if err != nil {
			t.Fatal(err)
		}
		hub := httpapi.NewHub()
		disk := &disk{Store: store}
		g := gate.New(gate.Config{Store: disk, Deliver: hub.Deliver, FoldName: auth.FoldName})
		if err := g.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		cfg := configOf(g)
		if edit != nil {
			edit(&cfg)
		}
		h := &house{t: t, net: admissiontest.NewPipes(), gate: g, hub: hub, disk: disk}
		transport := &http.Transport{DialContext: h.net.Dial}
		h.http = &http.Client{Transport: transport}
		defer runs(t, cfg, hub, h.net, store, transport)() // also after a story that failed half-way
		story(h)
	})
}

// configOf is how a door before the gate is set up where a test does not care.
func configOf(g *gate.Gate) httpapi.Config {
	return httpapi.Config{
		Gate: g, Passwords: auth.NewPasswords(), AdminPasswords: auth.NewPasswords(), Limits: auth.NewAddressLimiter(20, 1000), Names: auth.NewNameLimiter(),
		Log: zerolog.Nop(), Pages: http.NotFoundHandler(),
		Metrics: telemetry.NewMetrics("test", func() telemetry.Gauges { return telemetry.Gauges{} }),
		Tickets: admissiontest.NewTickets("https://gate.example", g.Now), OperatorKey: admission.HashToken(operatorKey),
		AdminLocks: auth.NewLoginLock(), AdminNames: auth.NewNameLimiter(), Codes: auth.NewCodes(),
		History: telemetry.NewHistory(g.Now()), Settings: allowing{Local: true},
		Connections: httpapi.Connections{Internet: 256, Private: 4096},
	}
}

// allowing is settings that never change.
type allowing wire.LogInWays

func (a allowing) Read() wire.Settings {
	return wire.Settings{LogIn: wire.LogInWays(a), Fixed: []string{}}
}
func (a allowing) Ways() wire.LogInWays { return wire.LogInWays(a) }
func (a allowing) Change(*http.Request, gate.Operator, wire.SettingsChange, func(wire.Settings) error) error {
	return wire.SettingFixed
}

func (a allowing) SetPicture(*http.Request, gate.Operator, string, []byte) error {
	return wire.SettingFixed
}

// runs serves on a listener until it is told to stop, which is as orderly as a stop of the program.
func runs(t testing.TB, cfg httpapi.Config, hub *httpapi.Hub, listener net.Listener, store *storage.Store, clients *http.Transport) (stop func()) {
	requests, cancel := context.WithCancel(context.Background())
	door := httpapi.New(cfg, hub)
	server := door.HTTPServer(requests)
	var running sync.WaitGroup
	running.Go(func() { _ = server.Serve(door.Bound(listener)) })
	running.Go(func() { hub.Run(requests) })
	return func() {
		cfg.Gate.BeginStop()
		bye, done := context.WithTimeout(context.Background(), 2*time.Second)
		defer done()
		hub.Close(bye)
		clients.CloseIdleConnections()
		_ = server.Close()
		cancel()
		running.Wait()
		if err := errors.Join(cfg.Gate.Stop(context.Background()), store.Close()); err != nil {
			t.Error(err)
		}
	}
}

type object = map[string]any

// send makes a request as it is given and returns the response with its body read.
func (h *house) send(method, path, body string, header map[string]string) (*http.Response, object) {
	h.t.Helper()
	r, err := http.NewRequest(method, "http://gate.example"+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for name, value := range header {
		r.Header.Set(name, value)
	}
	response, err := h.http.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	var answer object
	if len(data) > 0 {
		_ = json.Unmarshal(data, &answer)
	}
	return response, answer
}

// visitor is a player of the house.
type visitor struct {
	h         *house
	token     string
	character string
	ws        *websocket.Conn
}

func (h *house) visitor(name string) *visitor {
	h.t.Helper()
	token := auth.NewPlayerToken()
	account, _, err := h.gate.Register(h.t.Context(), admission.AccountRow{Name: name, PasswordHash: "-"}, admission.HashToken(token))
	if err != nil {
		h.t.Fatal(err)
	}
	c, err := h.gate.AddCharacter(h.t.Context(), account, "Sir Hero")
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.gate.Activate(h.t.Context(), account, c.ID); err != nil {
		h.t.Fatal(err)
	}
	return &visitor{h: h, token: token, character: string(c.ID)}
}

func (v *visitor) send(method, path, body string) (int, object) {
	v.h.t.Helper()
	response, answer := v.h.send(method, path, body, map[string]string{"Authorization": "Bearer " + v.token})
	return response.StatusCode, answer
}

func (v *visitor) connects() object {
	v.h.t.Helper()
	_, answer := v.send("POST", "/instances/main/connect", `{"clientBuild":"1"}`)
	return answer
}

func (v *visitor) attaches(query string) {
	v.h.t.Helper()
	dialer := websocket.Dialer{NetDialContext: v.h.net.Dial, Subprotocols: []string{wire.Subprotocol}}
	ws, _, err := dialer.Dial("ws://gate.example/instances/main/ws?"+query, nil)
	if err != nil {
		v.h.t.Fatal(err)
	}
	v.ws = ws
}

func (v *visitor) plays() *visitor {
	v.h.t.Helper()
	v.attaches("sessionToken=" + v.connects()["sessionToken"].(string))
	v.hears("admitted")
	return v
}

func (v *visitor) queues() *visitor {
	v.h.t.Helper()
	v.attaches("queueToken=" + v.connects()["queueToken"].(string))
	v.hears("queued")
	return v
}

func (v *visitor) hears(kind string) object {
	v.h.t.Helper()
	for {
		var frame object
		if err := v.ws.ReadJSON(&frame); err != nil {
			v.h.t.Fatalf("waiting for %s: %v", kind, err)
		}
		if frame["type"] == kind {
			return frame
		}
	}
}

// closedWith reads on until the socket closes.
func (v *visitor) closedWith() int {
	for {
		if _, _, err := v.ws.ReadMessage(); err != nil {
			_ = v.ws.Close()
			if closed, isClose := err.(*websocket.CloseError); isClose {
				return closed.Code
			}
			return 0
		}
	}
}

func (v *visitor) says(text string) {
	v.h.t.Helper()
	if err := v.ws.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		v.h.t.Fatal(err)
	}
}

func (v *visitor) state() any {
	_, answer := v.send("GET", "/instances/main/queue/status?characterId="+v.character, "")
	return answer["state"]
}

func (h *house) capacity(n int) {
	h.t.Helper()
	if _, err := h.gate.As("tester").ChangeInstance(h.t.Context(), "main", func(s *admission.Settings) error { s.Capacity = n; return nil }); err != nil {
		h.t.Fatal(err)
	}
}

func TestASilentSocketIsDroppedAfter25Seconds(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.visitor("ana").plays()
		ana.ws.SetPingHandler(func(string) error { return nil }) // half open: nothing comes back
		began := time.Now()
		if code := ana.closedWith(); code != 4001 {
			t.Errorf("the socket closed with %d", code)
		}
		if silent := time.Since(began); silent != 25*time.Second {
			t.Errorf("it took %s", silent)
		}
		if state := ana.state(); state != "grace" {
			t.Errorf("ana's place is %v", state)
		}
	})
}

func TestALivingSocketHearsAHeartbeatEveryTenSecondsOfSilence(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.visitor("ana").plays()
		for range 12 {
			began := time.Now()
			ana.hears("heartbeat")
			if silent := time.Since(began); silent > 11*time.Second {
				t.Errorf("silence of %s", silent)
			}
		}
		if state := ana.state(); state != "active" {
			t.Errorf("ana's place is %v", state)
		}
		_ = ana.ws.Close()
	})
}

func TestAPromotionWithoutASignOfLifeClosesWith4011(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.capacity(1)
		ana, ben := h.visitor("ana").plays(), h.visitor("ben").queues()
		ben.ws.SetPingHandler(func(string) error { return nil })
		ana.says(`{"type":"leave"}`)
		if code := ana.closedWith(); code != 1000 {
			t.Errorf("ana's socket closed with %d", code)
		}
		ben.hears("admitted")
		if code := ben.closedWith(); code != 4011 {
			t.Errorf("ben's socket closed with %d", code)
		}
	})
}

func TestAPongClaimsAPromotion(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		h.capacity(1)
		ana, ben := h.visitor("ana").plays(), h.visitor("ben").queues()
		_ = ana.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(time.Second))
		ana.closedWith()
		ben.hears("admitted")
		ben.hears("heartbeat") // reading it answers the ping
		if state := ben.state(); state != "active" {
			t.Errorf("ben's place is %v", state)
		}
		_ = ben.ws.Close()
	})
}

func TestThreeBadFramesCloseWith4503(t *testing.T) {
	for name, frame := range map[string]string{"no JSON": "hello", "an unknown type": `{"type":"dance"}`, "a list": "[]"} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, nil, func(h *house) {
				ana := h.visitor("ana").plays()
				for range 3 {
					ana.says(frame)
					ana.hears("error")
				}
				if code := ana.closedWith(); code != 4503 {
					t.Errorf("the socket closed with %d", code)
				}
				if state := ana.state(); state != "none" {
					t.Errorf("ana's place is %v", state)
				}
			})
		})
	}
}

func TestAFrameOver4KiBClosesWith4503(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.visitor("ana").plays()
		go func() { _ = ana.ws.WriteMessage(websocket.TextMessage, bytes.Repeat([]byte("x"), 5000)) }()
		if code := ana.closedWith(); code != 4503 {
			t.Errorf("the socket closed with %d", code)
		}
	})
}

func TestABadTokenIsUpgradedAndClosedWith4010(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		for _, query := range []string{"sessionToken=x", "reconnectionToken=x", "queueToken=x"} {
			ana := h.visitor("ana " + query)
			ana.attaches(query)
			if code := ana.closedWith(); code != 4010 {
				t.Errorf("%s closed with %d", query, code)
			}
		}
		for _, query := range []string{"", "sessionToken=", "sessionToken=x&queueToken=y", "sessionToken=x&sessionToken=y"} {
			response, answer := h.send("GET", "/instances/main/ws?"+query, "", nil)
			if response.StatusCode != 400 {
				t.Errorf("%q answered %d %v", query, response.StatusCode, answer)
			}
		}
	})
}

func TestMalformedAttemptsAreRefusedAndCounted(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		for path, body := range map[string]string{
			"/instances/main/connect":                   `{"clientBuild":`,
			"/instances/main/connect?x=1":               `[]`,
			"/instances/a.b/connect":                    `{}`,
			"/instances/main/connect?x=2":               `{"characterId":"a b"}`,
			"/instances/main/connect?x=3":               `{"attemptId":"1"}`,
			"/instances/main/connect?x=4":               `{"clientBuild":7}`,
			"/instances/main/connect?replaceToken=nope": `{}`,
			"/instances/main/connect?x=5":               `{"clientBuild":"` + strings.Repeat("x", 65) + `"}`,
			"/instances/main/connect?x=6":               `{"clientBuild":"` + strings.Repeat("x", 70_000) + `"}`,
		} {
			status, answer := h.visitor("ana"+path).send("POST", path, body)
			if status != 400 || answer["reason"] != "INVALID_REQUEST" || answer["detail"] == "" {
				t.Errorf("%s %.40s answered %d %v", path, body, status, answer)
			}
		}
		ana := h.visitor("ana")
		for range 5 {
			ana.send("POST", "/instances/main/connect", "x")
		}
		response, answer := h.send("POST", "/instances/main/connect", "x", map[string]string{"Authorization": "Bearer " + ana.token})
		if response.StatusCode != 429 || response.Header.Get("Retry-After") != "60" || answer["retryAfterSeconds"] != 60.0 {
			t.Errorf("the sixth answered %d %v", response.StatusCode, answer)
		}
	})
}

func TestOriginsAreAnExactList(t *testing.T) {
	allow := func(c *httpapi.Config) { c.AllowedOrigins = []string{"https://game.example"} }
	inHouse(t, allow, func(h *house) {
		for name, c := range map[string]struct {
			method, path, origin string
			status               int
			shared               bool
		}{
			"no origin":                     {"POST", "/auth/login", "", 401, false},
			"its own":                       {"POST", "/auth/login", "http://gate.example", 401, false},
			"its own host by another way":   {"POST", "/auth/login", "https://gate.example", 403, false},
			"an allowed one":                {"POST", "/auth/login", "https://game.example", 401, true},
			"an allowed one's preflight":    {"OPTIONS", "/auth/login", "https://game.example", 204, true},
			"an allowed one with a port":    {"POST", "/auth/login", "https://game.example:8443", 403, false},
			"a stranger's write":            {"POST", "/auth/login", "https://evil.example", 403, false},
			"a stranger's read":             {"GET", "/instances", "https://evil.example", 200, false},
			"a stranger's preflight":        {"OPTIONS", "/auth/login", "https://evil.example", 403, false},
			"an allowed one at the admin's": {"POST", "/admin/api/instances", "https://game.example", 403, false},
			"null":                          {"POST", "/auth/login", "null", 403, false},
			"an allowed one at a list":      {"GET", "/instances", "https://game.example", 200, true},
			"an allowed one at the account": {"GET", "/me", "https://game.example", 401, true},
			"an allowed one's poll":         {"GET", "/instances/main/queue/status", "https://game.example", 401, true},
			"an allowed one's attempt":      {"POST", "/instances/main/connect", "https://game.example", 401, true},
			"an allowed one's choice":       {"OPTIONS", "/me/active-character", "https://game.example", 204, true},
			"an allowed one's character":    {"OPTIONS", "/characters/x", "https://game.example", 204, true},
			"an allowed one's leave":        {"OPTIONS", "/sessions/x/leave", "https://game.example", 204, true},
			"an allowed one's import":       {"GET", "/sdk/x.js", "https://game.example", 404, true},
			"a stranger's import":           {"GET", "/sdk/x.js", "https://evil.example", 404, false},
		} {
			header := map[string]string{}
			if c.origin != "" {
				header["Origin"] = c.origin
			}
			response, _ := h.send(c.method, c.path, `{"name":"nobody","password":"x"}`, header)
			shared := response.Header.Get("Access-Control-Allow-Origin")
			if response.StatusCode != c.status || (shared == c.origin && shared != "") != c.shared {
				t.Errorf("%s answered %d, shared with %q", name, response.StatusCode, shared)
			}
			if exposed := response.Header.Get("Access-Control-Expose-Headers"); c.shared && exposed != "Retry-After" {
				t.Errorf("%s may read %q", name, exposed)
			}
			if response.Header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s may send credentials", name)
			}
		}
		dialer := websocket.Dialer{NetDialContext: h.net.Dial}
		_, response, err := dialer.Dial("ws://gate.example/instances/main/ws?sessionToken=x", http.Header{"Origin": {"https://evil.example"}})
		if err == nil || response.StatusCode != 403 {
			t.Errorf("a stranger's socket: %v", err)
		}
	})
}

func TestErrorsAreProblems(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.visitor("ana")
		bearer := map[string]string{"Authorization": "Bearer " + ana.token}
		operator := map[string]string{"Authorization": "Bearer " + operatorKey}
		for name, c := range map[string]struct {
			method, path, body string
			header             map[string]string
			status             int
			code               string
		}{
			"no token":            {"GET", "/me", "", nil, 401, "NOT_AUTHENTICATED"},
			"a dead token":        {"GET", "/me", "", map[string]string{"Authorization": "Bearer x"}, 401, "NOT_AUTHENTICATED"},
			"wrong password":      {"POST", "/auth/login", `{"name":"nobody","password":"x"}`, nil, 401, "BAD_CREDENTIALS"},
			"no guests":           {"POST", "/auth/guest", `{"name":"gus"}`, nil, 403, "GUESTS_DISABLED"},
			"a short password":    {"POST", "/auth/register", `{"name":"bob","password":"short"}`, nil, 400, "MALFORMED"},
			"a hidden name":       {"POST", "/auth/register", `{"name":"b\u202eob","password":"long enough"}`, nil, 400, "MALFORMED"},
			"a taken name":        {"POST", "/auth/register", `{"name":"ANA","password":"long enough"}`, nil, 409, "NAME_TAKEN"},
			"not JSON":            {"POST", "/auth/login", `x`, map[string]string{"Content-Type": "text/plain"}, 415, "NOT_JSON"},
			"too large":           {"POST", "/auth/login", `{"name":"` + strings.Repeat("x", 70_000) + `"}`, nil, 413, "BODY_TOO_LARGE"},
			"an empty character":  {"POST", "/characters", `{"name":" "}`, bearer, 400, "MALFORMED"},
			"unknown character":   {"DELETE", "/characters/x", "", bearer, 404, "CHARACTER_UNKNOWN"},
			"activate a stranger": {"PUT", "/me/active-character", `{"characterId":"x"}`, bearer, 404, "CHARACTER_UNKNOWN"},
			"unknown instance":    {"GET", "/instances/x/queue/status?characterId=" + ana.character, "", bearer, 404, "INSTANCE_UNKNOWN"},
			"another method":      {"PATCH", "/me", "", bearer, 405, "METHOD_NOT_ALLOWED"},
			"no operator":         {"GET", "/admin/api/instances", "", bearer, 401, "NOT_AUTHENTICATED"},
			"no such instance":    {"GET", "/admin/api/instances/x", "", operator, 404, "INSTANCE_UNKNOWN"},
			"no capacity":         {"PATCH", "/admin/api/instances/main", `{"capacity":-1}`, operator, 400, "MALFORMED"},
			"a wrong type":        {"PATCH", "/admin/api/instances/main", `{"capacity":"x"}`, operator, 400, "MALFORMED"},
		} {
			response, answer := h.send(c.method, c.path, c.body, c.header)
			if response.StatusCode != c.status || answer["code"] != c.code {
				t.Errorf("%s answered %d %v", name, response.StatusCode, answer)
			}
			if kind := response.Header.Get("Content-Type"); kind != "application/problem+json" {
				t.Errorf("%s answered as %s", name, kind)
			}
		}
	})
}

func TestACharacterInUseStays(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.visitor("ana").plays()
		if status, answer := ana.send("DELETE", "/characters/"+ana.character, ""); status != 409 || answer["code"] != "CHARACTER_IN_USE" {
			t.Errorf("it answered %d %v", status, answer)
		}
		ana.says(`{"type":"leave"}`)
		ana.closedWith()
		if status, _ := ana.send("DELETE", "/characters/"+ana.character, ""); status != 204 {
			t.Errorf("after leaving it answered %d", status)
		}
	})
}

func TestAnAddressThatIdentifiesNobodyIsLimited(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		// The pipe's peer is no address of the internet or of a LAN: the stricter limit counts.
		last := 0
		for range 21 {
			response, _ := h.send("GET", "/me", "", map[string]string{"Authorization": "Bearer x"})
			last = response.StatusCode
		}
		if last != 429 {
			t.Errorf("the 21st dead token answered %d", last)
		}
		if status, _ := h.visitor("ana").send("GET", "/me", ""); status != 200 {
			t.Errorf("a live token from there answered %d", status)
		}
		time.Sleep(time.Minute)
		if response, _ := h.send("GET", "/me", "", nil); response.StatusCode != 401 {
			t.Errorf("a minute later it answered %d", response.StatusCode)
		}
	})
}

func TestAPollIsAtMostOneASecond(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.visitor("ana")
		path := "/instances/main/queue/status?characterId=" + ana.character
		ana.send("GET", path, "")
		if status, answer := ana.send("GET", path, ""); status != 429 || answer["code"] != "RATE_LIMITED" {
			t.Errorf("the second answered %d %v", status, answer)
		}
		time.Sleep(time.Second)
		if status, _ := ana.send("GET", path, ""); status != 200 {
			t.Errorf("a second later it answered %d", status)
		}
	})
}

func TestARightPasswordCostsNoTryAndAWrongOneDoes(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		register := `{"name":"olga","password":"correct horse"}`
		if response, _ := h.send("POST", "/auth/register", register, nil); response.StatusCode != 201 {
			t.Fatalf("registering answered %d", response.StatusCode)
		}
		for i := range 25 {
			if response, _ := h.send("POST", "/auth/login", register, nil); response.StatusCode != 200 {
				t.Fatalf("log-in %d answered %d", i, response.StatusCode)
			}
		}
		count := map[int]int{}
		var mu sync.Mutex
		var rush sync.WaitGroup
		for range 8 { // fewer than wait for their turn to be looked at
			rush.Go(func() {
				for range 5 {
					response, _ := h.send("POST", "/auth/login", `{"name":"olga","password":"wrong"}`, nil)
					mu.Lock()
					count[response.StatusCode]++
					mu.Unlock()
				}
			})
		}
		rush.Wait()
		if count[401] != 19 || count[429] != 21 { // the registration was a try, too
			t.Errorf("40 wrong ones, eight at a time, were answered %v", count)
		}
	})
}

func TestAProxysOwnLineTellsTheClientsAddress(t *testing.T) {
	trust := func(c *httpapi.Config) {
		// The pipes' peer has no address: it counts as the unspecified one.
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("::/128")}
	}
	inHouse(t, trust, func(h *house) {
		last := 0
		for i := range 21 {
			r, _ := http.NewRequest("GET", "http://gate.example/me", nil)
			r.Header.Add("X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i)) // the client's own claim
			r.Header.Add("X-Forwarded-For", "198.51.100.7")                 // what the proxy saw
			response, err := h.http.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			last = response.StatusCode
		}
		if last != 429 {
			t.Errorf("the 21st try of one client answered %d", last)
		}
		other := map[string]string{"X-Forwarded-For": "198.51.100.8"}
		if response, _ := h.send("GET", "/me", "", other); response.StatusCode != 401 {
			t.Errorf("another client answered %d", response.StatusCode)
		}
	})
}

func TestAClientsMalformedTextStaysOutOfTheLog(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.visitor("ana")
		ana.send("POST", "/instances/main/connect", `{"characterId":"`+strings.Repeat("A", 60_000)+`"}`)
		ana.send("POST", "/instances/"+strings.Repeat("B", 5000)+"/connect", `{}`)
		events, err := h.gate.Events(h.t.Context(), admission.EventFilter{})
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(events)
		if err != nil || len(text) > 5000 {
			t.Errorf("%d events take %d bytes, %v", len(events), len(text), err)
		}
	})
}
