package httpapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"gatekeeper/admission"
	"gatekeeper/admission/auth"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/httpapi"
	"gatekeeper/admission/wire"
	"gatekeeper/storage"
)

// live is a whole server in real time: a real store behind a real listener.
type live struct {
	t    testing.TB
	addr string
	gate *gate.Gate
	hub  *httpapi.Hub
	http *http.Client
	dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// livePatience bounds every wait for the server.
const livePatience = 20 * time.Second

// newLive starts a server; each instance is the settings that make it. Those leave minutes to whoever is slow, so that
// nothing expires while a test runs; for the same reason no commit waits for the disk, which changes no order.
func newLive(t *testing.T, instances ...string) *live {
	t.Helper()
	l := openLive(t, "tcp", "127.0.0.1:0", storage.Options{Normal: true}, nil)
	for _, settings := range instances {
		if made := l.order("POST", "/admin/api/instances", settings); made.Status != 201 {
			t.Fatalf("an instance was not made: %+v", made)
		}
	}
	return l
}

// openLive starts a server that listens there, set up as edit leaves it; nil = as usual.
func openLive(t testing.TB, network, address string, o storage.Options, edit func(*httpapi.Config)) *live {
	t.Helper()
	schema, err := os.ReadFile("../../schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	store, err := storage.Open(filepath.Join(t.TempDir(), "gatekeeper.db"), string(schema), o)
	if err != nil {
		t.Fatal(err)
	}
	hub := httpapi.NewHub()
	g := gate.New(gate.Config{Store: store, Deliver: hub.Deliver, FoldName: auth.FoldName})
	if err := g.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), network, address)
	if err != nil {
		t.Fatal(err)
	}
	l := &live{t: t, addr: listener.Addr().String(), gate: g, hub: hub}
	l.dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, listener.Addr().String())
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 2000, DialContext: l.dial}
	l.http = &http.Client{Transport: transport, Timeout: livePatience}
	cfg := configOf(g)
	if edit != nil {
		edit(&cfg)
	}
	t.Cleanup(runs(t, cfg, hub, listener, store, transport))
	return l
}

// told is what the server says: an answer, a frame, or the end of a socket.
type told struct {
	Status int `json:"-"` // of an answer; 0 = there was none
	Closed int `json:"-"` // the close code; -1 = the line was cut

	Type              string `json:"type"`
	Outcome           string `json:"outcome"`
	Reason            string `json:"reason"`
	State             string `json:"state"`
	Attempt           string `json:"attemptId"`
	Session           string `json:"sessionId"`
	SessionToken      string `json:"sessionToken"`
	ReconnectionToken string `json:"reconnectionToken"`
	QueueToken        string `json:"queueToken"`
	ReplaceToken      string `json:"replaceToken"`
	Resumed           bool   `json:"resumed"`
	Replaced          bool   `json:"replaced"`
	Position          int    `json:"position"`
	Depth             int    `json:"depth"`
	SeatsTaken        int    `json:"seatsTaken"`
	QueueDepth        int    `json:"queueDepth"`
	Existing          struct {
		Instance string `json:"instanceId"`
		State    string `json:"state"`
	} `json:"existing"`
}

// ask may be called by any goroutine: what cannot be asked at all is an error of the test and no answer.
func (l *live) ask(token, method, path, body string) (answer told) {
	r, err := http.NewRequest(method, "http://"+l.addr+path, strings.NewReader(body))
	if err != nil {
		l.t.Error(err)
		return answer
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	response, err := l.http.Do(r)
	if err != nil {
		l.t.Error(err)
		return answer
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		l.t.Error(err)
		return answer
	}
	if len(data) > 0 {
		_ = json.Unmarshal(data, &answer)
	}
	answer.Status = response.StatusCode
	return answer
}

func (l *live) order(method, path, body string) told { return l.ask(operatorKey, method, path, body) }

// guest is a character of the live server, with its account's token.
type guest struct {
	l         *live
	token     string
	character string
}

// guests makes accounts, each with so many characters.
func (l *live) guests(prefix string, accounts, each int) []*guest {
	l.t.Helper()
	made := make([]*guest, accounts*each)
	var making sync.WaitGroup
	for i := range accounts {
		making.Go(func() { l.fill(made[i*each:][:each], fmt.Sprintf("%s %d", prefix, i)) })
	}
	making.Wait()
	if l.t.Failed() {
		l.t.FailNow()
	}
	return made
}

func (l *live) fill(characters []*guest, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), livePatience)
	defer cancel()
	token := auth.NewPlayerToken()
	account, _, err := l.gate.Register(ctx, admission.AccountRow{Name: name, PasswordHash: "-"}, admission.HashToken(token))
	for i := range characters {
		var row admission.CharacterRow
		if err == nil {
			row, err = l.gate.AddCharacter(ctx, account, fmt.Sprintf("Hero %d", i))
		}
		characters[i] = &guest{l, token, string(row.ID)}
	}
	if err != nil {
		l.t.Error(err)
	}
}

// connect tries to get in; a replaceToken confirms what was asked.
func (g *guest) connect(instance, replaceToken string) told {
	path := "/instances/" + instance + "/connect"
	if replaceToken != "" {
		path += "?replaceToken=" + replaceToken
	}
	return g.l.ask(g.token, "POST", path, `{"characterId":"`+g.character+`"}`)
}

func (g *guest) poll(instance string) told {
	return g.l.ask(g.token, "GET", "/instances/"+instance+"/queue/status?characterId="+g.character, "")
}

func (g *guest) leaveQueue(instance string) told {
	return g.l.ask(g.token, "DELETE", "/instances/"+instance+"/queue?characterId="+g.character, "")
}

func (g *guest) leaveSession(session string) told {
	return g.l.ask(g.token, "POST", "/sessions/"+session+"/leave", "")
}

// line is a socket of the live server. It answers no ping: what the server hears, the test said.
type line struct {
	ws     *websocket.Conn
	frames chan told
}

// dial opens a socket; it returns nil where that cannot be done at all.
func (g *guest) dial(instance, kind, token string) *line {
	dialer := websocket.Dialer{HandshakeTimeout: livePatience, Subprotocols: []string{wire.Subprotocol}}
	ws, _, err := dialer.Dial("ws://"+g.l.addr+"/instances/"+instance+"/ws?"+kind+"="+token, nil)
	if err != nil {
		g.l.t.Error(err)
		return nil
	}
	ws.SetPingHandler(func(string) error { return nil })
	l := &line{ws: ws, frames: make(chan told, 1024)}
	go l.listen()
	return l
}

func (l *line) listen() {
	defer close(l.frames)
	defer l.ws.Close()
	for {
		var frame told
		if err := l.ws.ReadJSON(&frame); err != nil {
			end := told{Closed: -1}
			var closed *websocket.CloseError
			if errors.As(err, &closed) {
				end.Closed = closed.Code
			}
			l.frames <- end
			return
		}
		l.frames <- frame
	}
}

// next returns the next frame; one without a type nor a close code came not in time.
func (l *line) next(within time.Duration) told {
	select {
	case frame := <-l.frames:
		return frame
	case <-time.After(within):
		return told{}
	}
}

// hears returns the next frame of a kind, or how the socket ended before.
func (l *line) hears(kind string) told {
	for deadline := time.Now().Add(livePatience); ; {
		frame := l.next(time.Until(deadline))
		if frame.Type == kind || frame.Type == "" {
			return frame
		}
	}
}

// news returns the next frame but heartbeats, which may come at any time, or how the socket ended.
func (l *line) news() told {
	for deadline := time.Now().Add(livePatience); ; {
		if frame := l.next(time.Until(deadline)); frame.Type != "heartbeat" {
			return frame
		}
	}
}

// ends waits for the close frame.
func (l *line) ends() int { return l.hears("closed").Closed }

func (l *line) says(text string) error {
	return l.ws.WriteMessage(websocket.TextMessage, []byte(text))
}

// happening is an event of the log.
type happening struct {
	Seq       uint64         `json:"seq"`
	Event     string         `json:"event"`
	Instance  string         `json:"instanceId"`
	Attempt   string         `json:"attemptId"`
	Session   string         `json:"sessionId"`
	Character string         `json:"characterId"`
	Reason    string         `json:"reason"`
	Data      map[string]any `json:"data"`
}

// log reads all events and checks that their numbers have no gap.
func (l *live) log() (events []happening) {
	l.t.Helper()
	r, _ := http.NewRequest("GET", "http://"+l.addr+"/admin/api/events", nil)
	r.Header.Set("Authorization", "Bearer "+operatorKey)
	response, err := l.http.Do(r)
	if err != nil {
		l.t.Fatal(err)
	}
	defer response.Body.Close()
	for decoder := json.NewDecoder(response.Body); ; {
		var e happening
		if err := decoder.Decode(&e); errors.Is(err, io.EOF) {
			return events
		} else if err != nil {
			l.t.Fatal(err)
		}
		if events = append(events, e); e.Seq != uint64(len(events)) {
			l.t.Fatalf("event %d has the number %d", len(events), e.Seq)
		}
	}
}

// attempts checks that each attempt is in the log as exactly its arrival and one end (I10), and counts the ends.
func (l *live) attempts(events []happening) map[string]int {
	l.t.Helper()
	begun, ended, count := map[string]int{}, map[string]int{}, map[string]int{}
	for _, e := range events {
		_, isClaim := e.Data["waitSeconds"] // the later end of an attempt that was queued
		switch {
		case e.Event == "connection.attempt":
			begun[e.Attempt]++
		case isEnd[e.Event] && !isClaim:
			ended[e.Attempt]++
			count[e.Event]++
		}
	}
	for id, n := range begun {
		if n != 1 || ended[id] != 1 {
			l.t.Errorf("attempt %s began %d times and ended %d times", id, n, ended[id])
		}
	}
	if len(ended) != len(begun) {
		l.t.Errorf("%d attempts began, %d ended", len(begun), len(ended))
	}
	return count
}

var isEnd = map[string]bool{
	"connection.queued": true, "connection.admitted": true, "connection.failed": true, "connection.timeout": true,
	"connection.throttled": true,
}
