package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/gorilla/websocket"

	"gatekeeper/admission/admissiontest"
)

// binary is the program under test.
var binary string

func TestMain(m *testing.M) { admissiontest.Main(m, &binary) }

// program is a running gatekeeper.
type program struct {
	*admissiontest.Program
	t    *testing.T
	http *http.Client
}

// serve starts the binary on a fresh folder and waits until it is ready.
func serve(t *testing.T, args ...string) *program {
	t.Helper()
	p := &program{Program: admissiontest.NewProgram(t, binary, args...), t: t, http: contractClient(t)}
	p.Start(t)
	return p
}

// restart starts it again on what the former process left.
func (p *program) restart() {
	p.t.Helper()
	p.Start(p.t)
}

func (p *program) read(path string) string {
	p.t.Helper()
	return admissiontest.ReadFile(p.t, path)
}

// runs runs a command of the binary against the program.
func (p *program) runs(args ...string) string {
	p.t.Helper()
	return p.Runs(p.t, args...)
}

// contractClient checks every request and response against the contract that the server itself serves.
func contractClient(t *testing.T) *http.Client {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("../wire/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc.Servers = nil
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Timeout: 15 * time.Second, Transport: contractTransport{t, router}}
}

type contractTransport struct {
	t      *testing.T
	router routers.Router
}

func (c contractTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	route, params, err := c.router.FindRoute(r)
	if err != nil {
		c.t.Errorf("%s %s is not in the contract: %v", r.Method, r.URL.Path, err)
		return response, nil
	}
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 response.StatusCode, Header: response.Header, Body: io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if err != nil {
		c.t.Errorf("%s %s answered %d outside the contract: %v\n%s", r.Method, r.URL.Path, response.StatusCode, err, body)
	}
	return response, nil
}

type object = map[string]any

// call makes a call and returns the status and the decoded body.
func (p *program) call(method, path, token string, body any) (int, object) {
	p.t.Helper()
	status, data, err := p.Call(p.http, method, path, token, body)
	if err != nil {
		p.t.Fatal(err)
	}
	var answer object
	if status != http.StatusNoContent {
		if err := json.Unmarshal(data, &answer); err != nil {
			p.t.Fatalf("%s %s: %v", method, path, err)
		}
	}
	return status, answer
}

// must makes a call that has to end with the status.
func (p *program) must(want int, method, path, token string, body any) object {
	p.t.Helper()
	status, answer := p.call(method, path, token, body)
	if status != want {
		p.t.Fatalf("%s %s answered %d %v, want %d", method, path, status, answer, want)
	}
	return answer
}

// eventually waits for what a message under way brings about.
func (p *program) eventually(what string, holds func() bool) {
	p.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if holds() {
			return
		}
	}
	p.t.Errorf("not within 10 s: %s", what)
}

// player is a client of the program.
type player struct {
	p         *program
	name      string
	token     string
	character string
	ws        *websocket.Conn
	// what the client stores
	session, reconnection, queue string
}

func (p *program) player(name string) *player {
	p.t.Helper()
	login := p.must(201, "POST", "/auth/register", "", object{"name": name, "password": "correct horse"})
	pl := &player{p: p, name: name, token: login["token"].(string)}
	character := p.must(201, "POST", "/characters", pl.token, object{"name": "Sir " + name})
	pl.character = character["characterId"].(string)
	p.must(200, "PUT", "/me/active-character", pl.token, object{"characterId": pl.character})
	return pl
}

func (pl *player) connect(body object) object {
	pl.p.t.Helper()
	if body == nil {
		body = object{"clientBuild": "1"}
	}
	_, answer := pl.p.call("POST", "/instances/main/connect", pl.token, body)
	return answer
}

// attach opens the socket with a token of the given kind.
func (pl *player) attach(kind, token string) {
	pl.p.t.Helper()
	ws, err := pl.p.Dial("main", kind, token)
	if err != nil {
		pl.p.t.Fatalf("%s cannot attach: %v", pl.name, err)
	}
	pl.ws = ws
	pl.p.t.Cleanup(func() { _ = ws.Close() })
}

// hears reads frames until one of the type comes.
func (pl *player) hears(kind string) object {
	pl.p.t.Helper()
	for {
		_ = pl.ws.SetReadDeadline(time.Now().Add(15 * time.Second))
		var frame object
		if err := pl.ws.ReadJSON(&frame); err != nil {
			pl.p.t.Fatalf("%s waits for %s: %v", pl.name, kind, err)
		}
		if token, given := frame["queueToken"].(string); given {
			pl.queue = token
		}
		if frame["type"] == kind {
			return frame
		}
	}
}

// isSeated reads the admitted frame and stores what it brings.
func (pl *player) isSeated() object {
	pl.p.t.Helper()
	frame := pl.hears("admitted")
	pl.session, pl.reconnection = frame["sessionId"].(string), frame["reconnectionToken"].(string)
	pl.says("ack")
	return frame
}

func (pl *player) says(kind string) {
	pl.p.t.Helper()
	if err := pl.ws.WriteJSON(object{"type": kind}); err != nil {
		pl.p.t.Fatal(err)
	}
}

// closedWith reads until the socket closes and returns the code.
func (pl *player) closedWith() int {
	for {
		_ = pl.ws.SetReadDeadline(time.Now().Add(15 * time.Second))
		if _, _, err := pl.ws.ReadMessage(); err != nil {
			if closed, isClose := err.(*websocket.CloseError); isClose {
				return closed.Code
			}
			return 0
		}
	}
}

func (pl *player) plays() *player {
	pl.p.t.Helper()
	answer := pl.connect(nil)
	if answer["outcome"] != "admitted" {
		pl.p.t.Fatalf("%s is %v", pl.name, answer)
	}
	pl.attach("sessionToken", answer["sessionToken"].(string))
	pl.isSeated()
	return pl
}

func (pl *player) queues(position int) *player {
	pl.p.t.Helper()
	answer := pl.connect(nil)
	if answer["outcome"] != "queued" || answer["position"] != float64(position) {
		pl.p.t.Fatalf("%s is %v, want queued at %d", pl.name, answer, position)
	}
	pl.attach("queueToken", answer["queueToken"].(string))
	if frame := pl.hears("queued"); frame["position"] != float64(position) {
		pl.p.t.Fatalf("%s hears %v", pl.name, frame)
	}
	return pl
}

func TestAPlayerIsAdmittedWaitsAndIsPromoted(t *testing.T) {
	p := serve(t)
	p.runs("instance", "set", "main", "--capacity", "1")
	ana, ben := p.player("ana").plays(), p.player("ben").queues(1)
	ana.says("leave")
	if code := ana.closedWith(); code != 1000 {
		t.Errorf("ana's socket closed with %d", code)
	}
	if frame := ben.isSeated(); frame["ticket"] == "" || frame["resumed"] != false {
		t.Errorf("ben hears %v", frame)
	}
	p.eventually("ben's ack claims the seat and ends the queue", func() bool {
		list := p.must(200, "GET", "/instances", "", nil)["instances"].([]any)[0].(object)
		return list["seatsTaken"] == 1.0 && list["queueDepth"] == 0.0
	})
	status := p.must(200, "GET", "/instances/main/queue/status?characterId="+ana.character, ana.token, nil)
	if status["state"] != "none" || status["reason"] != "LEFT" {
		t.Errorf("ana's status is %v", status)
	}
	p.must(204, "POST", "/sessions/"+ben.session+"/leave", ben.token, nil)
	p.must(204, "POST", "/sessions/"+ben.session+"/leave", ben.token, nil)
	if code := ben.closedWith(); code != 1000 {
		t.Errorf("ben's socket closed with %d", code)
	}
}

func TestAKillLosesNobody(t *testing.T) {
	p := serve(t)
	p.runs("instance", "set", "main", "--capacity", "20")
	players, waiting := make([]*player, 20), make([]*player, 10)
	for i := range players {
		players[i] = p.player(fmt.Sprintf("player-%02d", i)).plays()
	}
	for i := range waiting {
		waiting[i] = p.player(fmt.Sprintf("waiting-%02d", i)).queues(i + 1)
	}
	p.Kill()
	p.restart()

	sessions := map[*player]string{}
	var back sync.WaitGroup
	for _, pl := range players {
		sessions[pl] = pl.session
		back.Go(func() { pl.attach("reconnectionToken", pl.reconnection) })
	}
	back.Wait()
	for _, pl := range players {
		if frame := pl.isSeated(); frame["sessionId"] != sessions[pl] || frame["resumed"] != true {
			t.Errorf("%s is back in %v, was in %s", pl.name, frame, sessions[pl])
		}
	}
	for i, pl := range waiting {
		pl.attach("queueToken", pl.queue)
		if frame := pl.hears("queued"); frame["position"] != float64(i+1) {
			t.Errorf("%s is at %v, was at %d", pl.name, frame["position"], i+1)
		}
	}
	for i, pl := range waiting {
		players[i].says("leave")
		if frame := pl.isSeated(); frame["resumed"] != false {
			t.Errorf("%s hears %v", pl.name, frame)
		}
	}
	checkEvents(t, p, 20, 10)
}

// checkEvents reads the log as an operator would: gapless over the kill, every attempt with one end. The last claims may
// be told before their events are committed.
func checkEvents(t *testing.T, p *program, admitted, queued int) {
	t.Helper()
	want := map[string]int{
		"connection.attempt": admitted + queued, "connection.queued": queued, "connection.admitted": admitted + queued,
		"queue.promoted": queued, "connection.reconnected": admitted, "instance.recovered": 1,
	}
	var count map[string]int
	p.eventually("the log tells it all", func() bool {
		count = countEvents(t, p)
		for name, least := range want {
			if count[name] < least {
				return false
			}
		}
		return true
	})
	for name, exactly := range want {
		if count[name] != exactly {
			t.Errorf("%d events %s, want %d", count[name], name, exactly)
		}
	}
}

// countEvents counts the events by their names, and wants none missing.
func countEvents(t *testing.T, p *program) map[string]int {
	t.Helper()
	count := map[string]int{}
	lines := bufio.NewScanner(strings.NewReader(p.runs("export", "events")))
	for want := 1.0; lines.Scan(); want++ {
		var e object
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil || e["seq"] != want {
			t.Fatalf("event %v is %s", want, lines.Text())
		}
		count[e["event"].(string)]++
	}
	return count
}

func TestAStopTellsPlayersToComeBack(t *testing.T) {
	p := serve(t)
	ana := p.player("ana").plays()
	began := time.Now()
	_ = p.Cmd.Process.Signal(syscall.SIGTERM)
	if notice := ana.hears("notice"); notice["kind"] != "restart" {
		t.Errorf("ana hears %v", notice)
	}
	if code := ana.closedWith(); code != 4000 {
		t.Errorf("ana's socket closed with %d", code)
	}
	if err := p.Cmd.Wait(); err != nil {
		t.Errorf("the program ended with %v\n%s", err, p.read(p.Stderr))
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("stopping took %s", took)
	}
	p.restart()
	ana.attach("reconnectionToken", ana.reconnection)
	ana.isSeated()
}

func TestASecondTabIsAskedOverTheWire(t *testing.T) {
	p := serve(t)
	ana := p.player("ana").plays()
	refused := ana.connect(nil)
	if refused["reason"] != "ALREADY_IN_SESSION" || refused["existing"].(object)["state"] != "active" {
		t.Fatalf("the second tab hears %v", refused)
	}
	tab := &player{p: p, name: "ana's second tab", token: ana.token}
	answer := p.must(200, "POST", "/instances/main/connect?replaceToken="+refused["replaceToken"].(string), ana.token, object{"clientBuild": "1"})
	if answer["replaced"] != true {
		t.Fatalf("the confirmation is %v", answer)
	}
	if code := ana.closedWith(); code != 4500 {
		t.Errorf("the first tab closed with %d", code)
	}
	tab.attach("sessionToken", answer["sessionToken"].(string))
	tab.isSeated()
	ana.attach("reconnectionToken", ana.reconnection)
	if code := ana.closedWith(); code != 4010 {
		t.Errorf("the first tab's token closed with %d", code)
	}
}

func TestTheOperatorsBasics(t *testing.T) {
	p := serve(t)
	ana := p.player("ana").plays()
	if out := p.runs("instance", "show", "main"); !strings.Contains(out, "1 of 50") {
		t.Errorf("show says\n%s", out)
	}
	p.runs("character", "suspend", ana.character)
	if code := ana.closedWith(); code != 4501 {
		t.Errorf("the suspended player's socket closed with %d", code)
	}
	if answer := ana.connect(nil); answer["reason"] != "CHARACTER_SUSPENDED" {
		t.Errorf("the suspended player hears %v", answer)
	}
	p.runs("character", "restore", ana.character)
	p.runs("build", "set", "2.0")
	if answer := ana.connect(nil); answer["reason"] != "VERSION_MISMATCH" || answer["requiredBuild"] != "2.0" {
		t.Errorf("the old build hears %v", answer)
	}
	p.runs("instance", "maintenance", "main", "--message", "back at nine")
	if answer := ana.connect(object{"clientBuild": "2.0"}); answer["reason"] != "MAINTENANCE" || answer["message"] != "back at nine" {
		t.Errorf("in maintenance: %v", answer)
	}
	p.runs("instance", "drain", "main", "--message", "")
	if answer := ana.connect(object{"clientBuild": "2.0"}); answer["reason"] != "DRAIN_MODE" {
		t.Errorf("in drain: %v", answer)
	}
	p.runs("instance", "open", "main")
	p.runs("instance", "add", "second", "--capacity", "0", "--queue-max", "0", "--grace", "90s")
	if _, answer := p.call("POST", "/instances/second/connect", ana.token, object{"clientBuild": "x"}); answer["reason"] != "QUEUE_FULL" {
		t.Errorf("on a full queue: %v", answer)
	}
	ana.connect(object{"clientBuild": "2.0"})
	p.runs("instance", "close", "main")
	if answer := ana.connect(object{"clientBuild": "2.0"}); answer["reason"] != "INVALID_INSTANCE" {
		t.Errorf("on a closed instance: %v", answer)
	}
	if list := p.must(200, "GET", "/instances", "", nil)["instances"].([]any); len(list) != 1 {
		t.Errorf("the closed instance is listed: %v", list)
	}
	var all struct{ Instances []object }
	if err := json.Unmarshal([]byte(p.runs("instance", "list", "--json")), &all); err != nil || len(all.Instances) != 2 {
		t.Errorf("list --json says %v, %v", all, err)
	}
}

func TestTheGamesAddressIsSetByTheCommandLine(t *testing.T) {
	p := serve(t)
	if out := p.runs("instance", "show", "main"); !strings.Contains(out, "game url        -\n") {
		t.Errorf("show says\n%s", out)
	}
	p.runs("instance", "set", "main", "--game-url", "https://game.example/play")
	p.runs("instance", "add", "native", "--game-url", "mygame://join")
	p.Kill()
	p.restart()
	for i, want := range []string{"https://game.example/play", "mygame://join"} {
		public := p.must(200, "GET", "/instances", "", nil)["instances"].([]any)[i].(object)
		if public["gameUrl"] != want || public["gameServerState"] != "unlinked" {
			t.Errorf("players read %v", public)
		}
		if out := p.runs("instance", "show", public["instanceId"].(string)); !strings.Contains(out, "game url        "+want+"\n") {
			t.Errorf("show says\n%s", out)
		}
	}
	if out, err := p.Run("instance", "set", "main", "--game-url", "javascript:alert(1)"); err == nil || !strings.Contains(out, "gameUrl") {
		t.Errorf("a script is taken: %v\n%s", err, out)
	}
	p.runs("instance", "set", "main", "--game-url", "")
	if out := p.runs("instance", "show", "main"); !strings.Contains(out, "game url        -\n") {
		t.Errorf("show says\n%s", out)
	}
}

func TestAGameOfAnotherOriginImportsTheClientLibrary(t *testing.T) {
	p := serve(t, "--allowed-origins", "https://game.example")
	for origin, shared := range map[string]string{"https://game.example": "https://game.example", "https://evil.example": ""} {
		r, _ := http.NewRequest("GET", p.URL()+"/sdk/gatekeeper.js", nil)
		r.Header.Set("Origin", origin)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		kind, allowed := response.Header.Get("Content-Type"), response.Header.Get("Access-Control-Allow-Origin")
		if response.StatusCode != 200 || kind != "text/javascript; charset=utf-8" || allowed != shared {
			t.Errorf("%s gets %d, %s, shared with %q", origin, response.StatusCode, kind, allowed)
		}
	}
}

func (p *program) operatorKey() string {
	var endpoint struct{ Key string }
	if err := json.Unmarshal([]byte(p.read(filepath.Join(p.Dir, "server.json"))), &endpoint); err != nil {
		p.t.Fatal(err)
	}
	return endpoint.Key
}

func TestARollOutLetsTheFormerBuildInUntilItsEnd(t *testing.T) {
	p := serve(t)
	ana := p.player("ana")
	p.runs("build", "set", "2.0", "--accept", "1.9", "--accept", "^1.5", "--until", "2099-01-01T00:00:00Z")
	if out := p.runs("instance", "show", "main"); !strings.Contains(out, "1.9 until 2099-01-01T00:00:00Z, ^1.5 until 2099") {
		t.Errorf("show says\n%s", out)
	}
	for _, build := range []string{"1.9", "1.7.3", "2.0"} {
		answer := ana.connect(object{"clientBuild": build})
		if answer["outcome"] != "admitted" {
			t.Fatalf("build %s hears %v", build, answer)
		}
		p.must(204, "POST", "/sessions/"+answer["sessionId"].(string)+"/leave", ana.token, nil)
	}
	p.runs("build", "set", "2.0", "--accept", "1.9", "--until", "2001-01-01T00:00:00Z")
	if answer := ana.connect(object{"clientBuild": "1.9"}); answer["reason"] != "VERSION_MISMATCH" || answer["requiredBuild"] != "2.0" {
		t.Errorf("after the end 1.9 hears %v", answer)
	}
}

func TestAMoveOutlivesAKill(t *testing.T) {
	p := serve(t)
	p.runs("instance", "set", "main", "--capacity", "1")
	p.runs("instance", "add", "arena", "--replacement", "anywhere")
	ana, ben := p.player("ana").plays(), p.player("ben").queues(1)
	asked := p.must(200, "POST", "/instances/arena/connect", ana.token, object{"clientBuild": "1"})
	if asked["reason"] != "ALREADY_IN_SESSION" || asked["existing"].(object)["instanceId"] != "main" {
		t.Fatalf("asked on the other instance: %v", asked)
	}
	moved := p.must(200, "POST", "/instances/arena/connect?replaceToken="+asked["replaceToken"].(string), ana.token, object{"clientBuild": "1"})
	if moved["outcome"] != "admitted" || moved["replaced"] != true {
		t.Fatalf("confirmed: %v", moved)
	}
	if code := ana.closedWith(); code != 4500 {
		t.Errorf("the old socket closed with %d", code)
	}
	if frame := ben.isSeated(); frame["resumed"] != false {
		t.Errorf("ben hears %v", frame)
	}
	p.Kill()
	p.restart()
	if out := p.runs("instance", "list"); !strings.Contains(out, "1/50") || !strings.Contains(out, "1/1") {
		t.Errorf("after the kill\n%s", out)
	}
	if again := p.must(200, "POST", "/instances/arena/connect", ana.token, object{"clientBuild": "1"}); again["sessionId"] != moved["sessionId"] {
		t.Errorf("ana was in %v and is in %v", moved["sessionId"], again)
	}
}

func TestGameServersAndTheQueueUnderAnOperatorsHand(t *testing.T) {
	p := serve(t)
	p.runs("instance", "set", "main", "--capacity", "1")
	key := p.operatorKey()
	p.player("ana").plays()
	ben, cem := p.player("ben").queues(1), p.player("cem").queues(2)
	heartbeat := p.must(200, "PUT", "/server/instances/main/heartbeat", key, object{"build": "7", "message": "all well"})
	if heartbeat["state"] != "open" || heartbeat["capacity"] != 1.0 || heartbeat["sessions"] != 1.0 {
		t.Errorf("the game server hears %v", heartbeat)
	}
	if out := p.runs("instance", "show", "main"); !strings.Contains(out, "up 7 all well") {
		t.Errorf("show says\n%s", out)
	}
	p.must(401, "PUT", "/server/instances/main/heartbeat", ben.token, object{})
	p.must(404, "PUT", "/server/instances/nowhere/heartbeat", key, object{})

	p.must(204, "PUT", "/admin/api/instances/main/queue/"+cem.character, key, object{"position": 1})
	if frame := cem.hears("queued"); frame["position"] != 1.0 {
		t.Errorf("cem hears %v", frame)
	}
	p.must(400, "PUT", "/admin/api/instances/main/queue/"+cem.character, key, object{"position": 0})
	p.must(404, "PUT", "/admin/api/instances/main/queue/nobody", key, object{"position": 1})
	p.must(204, "DELETE", "/admin/api/instances/main/queue/"+ben.character, key, nil)
	if code := ben.closedWith(); code != 4501 {
		t.Errorf("ben's socket closed with %d", code)
	}
	p.must(404, "DELETE", "/admin/api/instances/main/queue/"+ben.character, key, nil)
}

func TestTheSetUpLinkMakesTheFirstAdminOnce(t *testing.T) {
	p := serve(t)
	_, token, found := strings.Cut(p.read(p.Stdout), "/admin/#setup=")
	if !found {
		t.Fatalf("the banner has no link:\n%s", p.read(p.Stdout))
	}
	token, _, _ = strings.Cut(token, "\n")
	admin := object{"setupToken": "wrong", "name": "olga", "password": "a long enough one"}
	p.must(403, "POST", "/admin/api/setup", "", admin)
	admin["setupToken"], admin["password"] = token, "short"
	p.must(400, "POST", "/admin/api/setup", "", admin)
	admin["password"] = "a long enough one"
	p.must(201, "POST", "/admin/api/setup", "", admin)
	p.must(409, "POST", "/admin/api/setup", "", admin)
	_ = p.Stop()
	p.restart()
	if strings.Contains(p.read(p.Stdout), "setup=") {
		t.Error("the link is printed again")
	}
}

func TestEveryPathOfTheContractIsServed(t *testing.T) {
	p := serve(t)
	doc := p.must(200, "GET", "/openapi.json", "", nil)
	for path, operations := range doc["paths"].(object) {
		for method := range operations.(object) {
			if method == "parameters" {
				continue
			}
			path := strings.NewReplacer("{instanceId}", "main", "{characterId}", "x", "{sessionId}", "x").Replace(path)
			r, _ := http.NewRequest(strings.ToUpper(method), "http://"+p.Addr+path, nil)
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode == 404 || response.StatusCode == 405 {
				t.Errorf("%s %s answered %d", method, path, response.StatusCode)
			}
		}
	}
}
