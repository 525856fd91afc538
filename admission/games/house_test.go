package games

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	_ "modernc.org/sqlite" // reads the database of a program that runs

	"gatekeeper/admission/admissiontest"
)

// binary is the program under test.
var binary string

func TestMain(m *testing.M) { admissiontest.Main(m, &binary) }

// patience bounds every wait for the other side.
const patience = 20 * time.Second

// house is the real program, with players, and a key for the game servers of its instance main.
type house struct {
	*admissiontest.Program
	t       *testing.T
	key     string
	players []admissiontest.Player
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{Program: admissiontest.NewProgram(t, binary), t: t}
	h.players = admissiontest.Seed(t, h.Database(), admissiontest.ReadFile(t, filepath.Join("..", "..", "schema.sql")), 3, 10, 10, nil)
	h.Start(t)
	for line := range strings.Lines(h.Runs(t, "key", "add", "game", "--instance", "main", "--scope", "server")) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "gka_") {
			h.key = line
		}
	}
	if h.key == "" {
		t.Fatal("the key was not told")
	}
	return h
}

type object = map[string]any

// call makes a call, which must be answered with the status.
func (h *house) call(want int, method, path, token string, body any) (answer object) {
	h.t.Helper()
	status, data, err := h.Call(http.DefaultClient, method, path, token, body)
	if err != nil || status != want {
		h.t.Fatalf("%s %s is answered %d %s, %v; want %d", method, path, status, data, err, want)
	}
	_ = json.Unmarshal(data, &answer)
	return answer
}

// live maps the characters on the live list to their states.
func (h *house) live() map[string]any {
	h.t.Helper()
	states := make(map[string]any)
	for _, s := range h.call(200, "GET", "/server/instances/main/sessions", h.key, nil)["sessions"].([]any) {
		states[s.(object)["characterId"].(string)] = s.(object)["state"]
	}
	return states
}

// until waits for what must come true.
func (h *house) until(what string, holds func() bool) {
	h.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if holds() {
			return
		}
	}
	h.t.Fatalf("it never came to this: %s; live are %v", what, h.live())
}

// guest is a player at the door.
type guest struct {
	admissiontest.Player
	h         *house
	ws        *websocket.Conn
	ticket    string
	reconnect string
}

func (h *house) guest(i int) *guest { return &guest{Player: h.players[i], h: h} }

// enters connects and attaches.
func (g *guest) enters() *guest {
	g.h.t.Helper()
	outcome := g.h.call(200, "POST", "/instances/main/connect", g.Token, object{"clientBuild": "1"})
	token, isAdmitted := outcome["sessionToken"].(string)
	if !isAdmitted {
		g.h.t.Fatalf("%s is answered %v", g.Name, outcome)
	}
	return g.attaches("sessionToken", token)
}

// replaces takes over after asking.
func (g *guest) replaces() *guest {
	g.h.t.Helper()
	asked := g.h.call(200, "POST", "/instances/main/connect", g.Token, object{"clientBuild": "1"})
	path := "/instances/main/connect?replaceToken=" + asked["replaceToken"].(string)
	return g.attaches("sessionToken", g.h.call(200, "POST", path, g.Token, object{"clientBuild": "1"})["sessionToken"].(string))
}

// returns comes back after the line was lost.
func (g *guest) returns() *guest {
	g.h.t.Helper()
	return g.attaches("reconnectionToken", g.reconnect)
}

func (g *guest) attaches(kind, token string) *guest {
	g.h.t.Helper()
	ws, err := g.h.Dial("main", kind, token)
	if err != nil {
		g.h.t.Fatal(err)
	}
	g.h.t.Cleanup(func() { _ = ws.Close() })
	g.ws = ws
	admitted := g.hears("admitted")
	g.ticket, g.reconnect = admitted["ticket"].(string), admitted["reconnectionToken"].(string)
	g.says(`{"type":"ack"}`)
	return g
}

// hears reads frames of gatekeeper's up to one of a kind.
func (g *guest) hears(kind string) (frame object) {
	g.h.t.Helper()
	for frame["type"] != kind {
		frame = nil
		_ = g.ws.SetReadDeadline(time.Now().Add(patience))
		if err := g.ws.ReadJSON(&frame); err != nil {
			g.h.t.Fatalf("%s waits for %s: %v", g.Name, kind, err)
		}
	}
	return frame
}

func (g *guest) says(text string) {
	g.h.t.Helper()
	if err := g.ws.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		g.h.t.Fatal(err)
	}
}

// isClosed reads to the end, which must come with a code; it returns the reason.
func (g *guest) isClosed(code int) (reason string) {
	g.h.t.Helper()
	_ = g.ws.SetReadDeadline(time.Now().Add(patience))
	for {
		_, _, err := g.ws.ReadMessage()
		if closed, isClose := err.(*websocket.CloseError); isClose && closed.Code == code {
			return closed.Text
		}
		if err != nil {
			g.h.t.Fatalf("%s is let go with %v, not with %d", g.Name, err, code)
		}
	}
}

// leavesTheLine breaks it without a goodbye.
func (g *guest) leavesTheLine() { _ = g.ws.NetConn().Close() }

// setting reads one of the server's own values from its database.
func (h *house) setting(name string) (value []byte) {
	h.t.Helper()
	db, err := sql.Open("sqlite", "file:"+h.Database()+"?mode=ro")
	if err != nil {
		h.t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("SELECT value FROM setting WHERE name = ?", name).Scan(&value); err != nil {
		h.t.Fatal(err)
	}
	return value
}
