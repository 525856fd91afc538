package httpapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"gatekeeper/admission"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/wire"
)

// disk is the house's store, which can be made slow or broken.
type disk struct {
	gate.Store

	mu       sync.Mutex
	pause    time.Duration
	isBroken bool
}

var errDisk = errors.New("the disk is full")

// Commit implements gate.Store.
func (d *disk) Commit(records []admission.Record, events []admission.Event, more admission.More) error {
	d.mu.Lock()
	pause, isBroken := d.pause, d.isBroken
	d.mu.Unlock()
	time.Sleep(pause)
	if isBroken {
		return errDisk
	}
	return d.Store.Commit(records, events, more)
}

func (d *disk) slow(pause time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pause = pause
}

func (d *disk) fails(isBroken bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.isBroken = isBroken
}

// reply is what a request was answered with, and how long that took.
type reply struct {
	status int
	header http.Header
	body   object
	took   time.Duration
}

// ask makes a request on a token; "" = without one.
func (h *house) ask(token, method, path, body string) reply {
	h.t.Helper()
	header := map[string]string{}
	if token != "" {
		header["Authorization"] = "Bearer " + token
	}
	began := time.Now()
	response, answer := h.send(method, path, body, header)
	return reply{response.StatusCode, response.Header, answer, time.Since(began)}
}

// order makes an operator's request, which must succeed, once everything that is due has happened.
func (h *house) order(method, path, body string) object {
	h.t.Helper()
	synctest.Wait()
	r := h.ask(operatorKey, method, path, body)
	if r.status >= 300 {
		h.t.Fatalf("the operator's %s %s %s answered %d %v", method, path, body, r.status, r.body)
	}
	return r.body
}

// set changes the instance main.
func (h *house) set(settings string) {
	h.t.Helper()
	h.order("PATCH", "/admin/api/instances/main", settings)
}

// annex makes a second instance.
func (h *house) annex(settings string) {
	h.t.Helper()
	h.order("POST", "/admin/api/instances", `{"instanceId":"annex"}`)
	h.order("PATCH", "/admin/api/instances/annex", settings)
}

// seats is what the instance counts: reserved, active, grace.
func (h *house) seats(instance string) [3]float64 {
	h.t.Helper()
	s := h.order("GET", "/admin/api/instances/"+instance, "")["seats"].(object)
	return [3]float64{s["reserved"].(float64), s["active"].(float64), s["grace"].(float64)}
}

// log reads all events, once everything that happened is written.
func (h *house) log() (events []object) {
	h.t.Helper()
	synctest.Wait()
	r, _ := http.NewRequest("GET", "http://gate.example/admin/api/events", nil)
	r.Header.Set("Authorization", "Bearer "+operatorKey)
	response, err := h.http.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer response.Body.Close()
	for decoder := json.NewDecoder(response.Body); ; {
		var event object
		err := decoder.Decode(&event)
		if errors.Is(err, io.EOF) {
			return events
		}
		if err != nil {
			h.t.Fatal(err)
		}
		events = append(events, event)
	}
}

// happened returns the events of a name, in order.
func (h *house) happened(name string) (events []object) {
	h.t.Helper()
	for _, event := range h.log() {
		if event["event"] == name {
			events = append(events, event)
		}
	}
	return events
}

// attempted checks that an attempt is in the log as exactly its arrival and one end, and returns the end.
func (h *house) attempted(r reply, end, reason string) object {
	h.t.Helper()
	var told []object
	for _, event := range h.log() {
		if event["attemptId"] == r.body["attemptId"] && strings.HasPrefix(event["event"].(string), "connection.") {
			told = append(told, event)
		}
	}
	if len(told) != 2 || told[0]["event"] != "connection.attempt" || told[1]["event"] != end {
		h.t.Fatalf("the log tells of the attempt %v", told)
	}
	if got, _ := told[1]["reason"].(string); got != reason {
		h.t.Errorf("%s has the reason %q, not %q", end, got, reason)
	}
	return told[1]
}

// unlogged checks that an attempt is no event.
func (h *house) unlogged(r reply) {
	h.t.Helper()
	for _, event := range h.log() {
		if event["attemptId"] == r.body["attemptId"] {
			h.t.Errorf("the log tells of the attempt: %v", event)
		}
	}
}

// refusal is a row of the table of checks.
type refusal struct {
	status     int // 0 = 200
	reason     string
	retryable  bool
	after      float64 // retryAfterSeconds; 0 = none
	counts     bool
	isUnlogged bool
	with       []string // the fields beside those of every failure and retryAfterSeconds
}

// refused checks everything that the contract says of a refusal.
func (h *house) refused(r reply, want refusal) {
	h.t.Helper()
	if r.status != max(want.status, http.StatusOK) {
		h.t.Errorf("%s answered %d %v", want.reason, r.status, r.body)
	}
	if r.body["outcome"] != "failed" || r.body["reason"] != want.reason || r.body["retryable"] != want.retryable {
		h.t.Fatalf("%s answered %d %v", want.reason, r.status, r.body)
	}
	if message, _ := r.body["message"].(string); message == "" {
		h.t.Errorf("%s says nothing", want.reason)
	}
	if id, _ := r.body["attemptId"].(string); uuid.Validate(id) != nil {
		h.t.Errorf("%s has the attemptId %q", want.reason, id)
	}
	h.asksToWait(r, want)
	h.hasFields(r, want)
	switch {
	case want.isUnlogged:
		h.unlogged(r)
	case want.status == 429:
		h.attempted(r, "connection.throttled", want.reason)
	default:
		h.attempted(r, "connection.failed", want.reason)
	}
}

// asksToWait compares the field and the header.
func (h *house) asksToWait(r reply, want refusal) {
	h.t.Helper()
	header := ""
	if want.after > 0 {
		header = strconv.Itoa(int(math.Ceil(want.after)))
	}
	after, _ := r.body["retryAfterSeconds"].(float64)
	if after != want.after || r.header.Get("Retry-After") != header {
		h.t.Errorf("%s asks to wait %v s, in the header %q", want.reason, r.body["retryAfterSeconds"], r.header.Get("Retry-After"))
	}
}

func (h *house) hasFields(r reply, want refusal) {
	h.t.Helper()
	fields := append([]string{"attemptId", "message", "outcome", "reason", "retryable"}, want.with...)
	if want.after > 0 {
		fields = append(fields, "retryAfterSeconds")
	}
	slices.Sort(fields)
	if got := slices.Sorted(maps.Keys(r.body)); !slices.Equal(got, fields) {
		h.t.Errorf("%s has the fields %v, not %v", want.reason, got, fields)
	}
}

// rule tries six times: all are refused alike, but where the reason counts the sixth finds the account locked.
func (h *house) rule(want refusal, try func() reply) {
	h.t.Helper()
	for range 5 {
		h.refused(try(), want)
	}
	sixth := try()
	if want.counts {
		h.refused(sixth, refusal{status: 429, reason: "RATE_LIMITED", retryable: true, after: 60})
	} else {
		h.refused(sixth, want)
	}
}

// player is a visitor who keeps listening to the newest socket, so that time may pass.
type player struct {
	*visitor
	frames chan object
	isMute bool // answers no ping
}

func (h *house) player(name string) *player {
	h.t.Helper()
	return &player{visitor: h.visitor(name)}
}

// crowd is players who are in, or wait, one after another.
func (h *house) crowd(instance string, names ...string) (players []*player) {
	h.t.Helper()
	for _, name := range names {
		p := h.player(name)
		p.enters(instance)
		players = append(players, p)
	}
	return players
}

func (p *player) asks(method, path, body string) reply {
	p.h.t.Helper()
	return p.h.ask(p.token, method, path, body)
}

// tries connects with a body.
func (p *player) tries(instance, body string) reply {
	p.h.t.Helper()
	return p.asks("POST", "/instances/"+instance+"/connect", body)
}

// knocks connects with the active character.
func (p *player) knocks(instance string) reply {
	p.h.t.Helper()
	return p.tries(instance, "{}")
}

// confirms connects with a replaceToken.
func (p *player) confirms(instance string, token any) reply {
	p.h.t.Helper()
	return p.asks("POST", "/instances/"+instance+"/connect?replaceToken="+token.(string), "{}")
}

// attach opens a socket and listens to it from then on; an earlier one is left alone.
func (p *player) attach(instance, query string) {
	p.h.t.Helper()
	dialer := websocket.Dialer{NetDialContext: p.h.net.Dial, Subprotocols: []string{wire.Subprotocol}}
	ws, _, err := dialer.Dial("ws://gate.example/instances/"+instance+"/ws?"+query, nil)
	if err != nil {
		p.h.t.Fatal(err)
	}
	if p.isMute {
		ws.SetPingHandler(func(string) error { return nil })
	}
	p.ws, p.frames = ws, make(chan object, 4096)
	go p.listen(ws, p.frames)
}

func (p *player) listen(ws *websocket.Conn, frames chan<- object) {
	defer close(frames)
	defer ws.Close()
	for {
		var frame object
		err := ws.ReadJSON(&frame)
		var closed *websocket.CloseError
		if errors.As(err, &closed) {
			frames <- object{"type": "closed", "code": closed.Code, "text": closed.Text}
		}
		if err != nil {
			return
		}
		frames <- frame
	}
}

// patience ends a socket that waits in vain, in virtual time.
const patience = 5 * time.Minute

// hears returns the next frame of a kind.
func (p *player) hears(kind string) object {
	p.h.t.Helper()
	defer time.AfterFunc(patience, func() { _ = p.ws.Close() }).Stop()
	for frame := range p.frames {
		if frame["type"] == kind {
			return frame
		}
	}
	p.h.t.Fatalf("the socket closed; waiting for %s", kind)
	return nil
}

// heard returns the frames of a kind that have come by now.
func (p *player) heard(kind string) []object {
	return slices.DeleteFunc(p.heardAll(), func(frame object) bool { return frame["type"] != kind })
}

// heardAll returns the frames that have come by now, in order.
func (p *player) heardAll() (frames []object) {
	synctest.Wait()
	for {
		select {
		case frame, isOpen := <-p.frames:
			if !isOpen {
				return frames
			}
			frames = append(frames, frame)
		default:
			return frames
		}
	}
}

// closedBy waits for the close frame and compares its code; it returns what the frame says.
func (p *player) closedBy(code int) (text string) {
	p.h.t.Helper()
	closed := p.hears("closed")
	if closed["code"] != code {
		p.h.t.Errorf("the socket closed with %v %q, not %d", closed["code"], closed["text"], code)
	}
	return closed["text"].(string)
}

// follow attaches with the token of an answer and returns the first frame.
func (p *player) follow(instance string, r reply) object {
	p.h.t.Helper()
	for kind, name := range map[string]string{"admitted": "sessionToken", "queued": "queueToken"} {
		if r.body["outcome"] == kind {
			p.attach(instance, name+"="+r.body[name].(string))
			return p.hears(kind)
		}
	}
	p.h.t.Fatalf("nothing to attach to: %v", r.body)
	return nil
}

// enters connects and attaches; it returns the first frame.
func (p *player) enters(instance string) object {
	p.h.t.Helper()
	return p.follow(instance, p.knocks(instance))
}

// returns attaches with a reconnectionToken and returns the admitted frame.
func (p *player) returns(instance string, token any) object {
	p.h.t.Helper()
	p.attach(instance, "reconnectionToken="+token.(string))
	return p.hears("admitted")
}

// drops cuts the line.
func (p *player) drops() {
	_ = p.ws.Close()
	synctest.Wait()
}

// hangsUp sends a close frame.
func (p *player) hangsUp(code int) {
	_ = p.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(time.Second))
	synctest.Wait()
}

func (p *player) leaves() {
	p.h.t.Helper()
	p.says(`{"type":"leave"}`)
	p.closedBy(1000)
}

// polls asks for the status, a second after any earlier time.
func (p *player) polls(instance string) object {
	p.h.t.Helper()
	time.Sleep(time.Second)
	r := p.asks("GET", "/instances/"+instance+"/queue/status?characterId="+p.character, "")
	if r.status != 200 {
		p.h.t.Fatalf("the poll answered %d %v", r.status, r.body)
	}
	return r.body
}

// gone checks that there is no place, and why.
func (p *player) gone(instance, reason string) {
	p.h.t.Helper()
	if st := p.polls(instance); st["state"] != "none" || st["reason"] != reason {
		p.h.t.Errorf("the place is %v, not gone as %s", st, reason)
	}
}

// stands checks the state of the place.
func (p *player) stands(instance, state string) object {
	p.h.t.Helper()
	st := p.polls(instance)
	if st["state"] != state {
		p.h.t.Errorf("the place is %v, not %s", st, state)
	}
	return st
}

// another adds a character to the account and returns its id.
func (p *player) another(name string) string {
	p.h.t.Helper()
	r := p.asks("POST", "/characters", `{"name":"`+name+`"}`)
	return r.body["characterId"].(string)
}

func (p *player) activates(character string) {
	p.h.t.Helper()
	body := `{"characterId":null}`
	if character != "" {
		body = `{"characterId":"` + character + `"}`
	}
	if r := p.asks("PUT", "/me/active-character", body); r.status != 200 {
		p.h.t.Fatalf("activating answered %d %v", r.status, r.body)
	}
}

// from is a client behind an address of its own.
func (h *house) from(addr string) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			return h.net.DialAs(dressed(addr))
		},
	}}
}

// addressed is a connection from somewhere.
type addressed struct {
	net.Conn
	remote net.Addr
}

// RemoteAddr implements net.Conn.
func (a addressed) RemoteAddr() net.Addr { return a.remote }

// decoded reads a body to its end.
func decoded(body io.ReadCloser) (answer object) {
	defer body.Close()
	_ = json.NewDecoder(body).Decode(&answer)
	return answer
}
