package games

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// arena is a game's own WebSocket, whose server the test is.
type arena struct {
	t      *testing.T
	server *httptest.Server
	comes  chan *visit
}

// visit is one player's line to the game.
type visit struct {
	*websocket.Conn
	header http.Header
	ended  chan error // how it ended, once
	heard  chan []byte
}

func newArena(t *testing.T) *arena {
	t.Helper()
	a := &arena{t: t, comes: make(chan *visit, 16)}
	a.server = httptest.NewServer(http.HandlerFunc(a.serve))
	t.Cleanup(a.server.Close)
	return a
}

func (a *arena) url() string { return "ws" + strings.TrimPrefix(a.server.URL, "http") + "/room" }

func (a *arena) serve(w http.ResponseWriter, r *http.Request) {
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	v := &visit{ws, r.Header, make(chan error, 1), make(chan []byte, 16)}
	a.comes <- v
	for {
		kind, data, err := ws.ReadMessage()
		if err != nil {
			v.ended <- err
			_ = ws.Close()
			return
		}
		v.heard <- data
		_ = ws.WriteMessage(kind, data)
	}
}

// visit waits for the next player.
func (a *arena) visit() *visit {
	a.t.Helper()
	select {
	case v := <-a.comes:
		return v
	case <-time.After(patience):
		a.t.Fatal("nobody comes to the game")
		return nil
	}
}

// end waits for the end of the player's line.
func (a *arena) end(v *visit) error {
	a.t.Helper()
	select {
	case err := <-v.ended:
		return err
	case <-time.After(patience):
		a.t.Fatal("the player stays in the game")
		return nil
	}
}

// relayed is a house whose players are relayed to an arena.
func relayed(t *testing.T) (*house, *arena) {
	t.Helper()
	h, a := newHouse(t), newArena(t)
	h.Runs(t, "instance", "set", "main", "--upstream", a.url())
	return h, a
}

func TestARelayedPlayerPlaysTheGameItself(t *testing.T) {
	h, a := relayed(t)
	ana := h.guest(0).enters()
	v := a.visit()
	ana.hears("relay")
	for kind, data := range map[int][]byte{websocket.TextMessage: []byte(`{"type":"ack"}`), websocket.BinaryMessage: bytes.Repeat([]byte{0, 255}, 512<<10)} {
		if err := ana.ws.WriteMessage(kind, data); err != nil {
			t.Fatal(err)
		}
		if got, back, err := ana.ws.ReadMessage(); got != kind || !bytes.Equal(back, data) || err != nil {
			t.Errorf("of %d bytes of kind %d come back %d of kind %d, %v", len(data), kind, len(back), got, err)
		}
		<-v.heard
	}
	ticket := strings.TrimPrefix(v.header.Get("Authorization"), "Bearer ")
	for want, given := range map[string]string{"the game's": ticket, "the player's": ana.ticket} {
		if answer := h.call(200, "POST", "/server/tickets/verify", h.key, object{"ticket": given}); answer["valid"] != true || answer["characterId"] != string(ana.Character) {
			t.Errorf("%s ticket is %v", want, answer)
		}
	}
	if v.header.Get("X-Forwarded-For") != "127.0.0.1" || v.header.Get("Sec-WebSocket-Extensions") != "" {
		t.Errorf("the handshake says %v", v.header)
	}
}

func TestTheGamesCloseReachesThePlayerAs4002(t *testing.T) {
	h, a := relayed(t)
	ana := h.guest(0).enters()
	ana.hears("relay")
	_ = a.visit().WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4321, "kicked"), time.Now().Add(time.Second))
	if reason := ana.isClosed(4002); !strings.Contains(reason, "4321") || !strings.Contains(reason, "kicked") {
		t.Errorf("the reason is %q", reason)
	}
	if state := h.live()[string(ana.Character)]; state != "grace" {
		t.Errorf("her seat is %v", state)
	}
	ana.returns().hears("relay")
	a.visit()
}

func TestAGameThatSaysGoodbyeEndsTheSession(t *testing.T) {
	h, a := relayed(t)
	ana := h.guest(0).enters()
	ana.hears("relay")
	_ = a.visit().WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, "over"), time.Now().Add(time.Second))
	ana.isClosed(1000)
	h.until("the seat is free", func() bool { return len(h.live()) == 0 })
}

func TestAGameThatIsGoneIsComeBackToWhenItIsBack(t *testing.T) {
	h, a := relayed(t)
	ana := h.guest(0).enters()
	ana.hears("relay")
	_ = a.visit().NetConn().Close()
	ana.isClosed(4002)
	h.Runs(t, "instance", "set", "main", "--upstream", "ws://127.0.0.1:1/")
	if reason := ana.returns().isClosed(4002); !strings.Contains(reason, "cannot be reached") {
		t.Errorf("the reason is %q", reason)
	}
	h.Runs(t, "instance", "set", "main", "--upstream", a.url())
	ana.returns().hears("relay")
	a.visit()
	if state := h.live()[string(ana.Character)]; state != "active" {
		t.Errorf("her seat is %v", state)
	}
}

func TestAReplacedPlayerLosesTheGame(t *testing.T) {
	h, a := relayed(t)
	first := h.guest(0).enters()
	first.hears("relay")
	v := a.visit()
	second := h.guest(0).replaces()
	first.isClosed(4500)
	if err := a.end(v); !websocket.IsCloseError(err, websocket.CloseGoingAway) {
		t.Errorf("the game hears %v", err)
	}
	second.hears("relay")
	a.visit()
}

func TestTheGameHearsHowThePlayerWent(t *testing.T) {
	h, a := relayed(t)
	ana, ben := h.guest(0).enters(), h.guest(1)
	ana.hears("relay")
	left := a.visit()
	_ = ana.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(time.Second))
	if err := a.end(left); !websocket.IsCloseError(err, websocket.CloseNormalClosure) {
		t.Errorf("of one who left the game hears %v", err)
	}
	ana.isClosed(1000)
	h.until("ana's seat is free", func() bool { return len(h.live()) == 0 })
	ben.enters().hears("relay")
	lost := a.visit()
	ben.leavesTheLine()
	if err := a.end(lost); !websocket.IsCloseError(err, websocket.CloseGoingAway) {
		t.Errorf("of a lost line the game hears %v", err)
	}
	if state := h.live()[string(ben.Character)]; state != "grace" {
		t.Errorf("his seat is %v", state)
	}
}

func TestALeaveByAnotherWayEndsTheRelay(t *testing.T) {
	h, a := relayed(t)
	ana := h.guest(0).enters()
	ana.hears("relay")
	v := a.visit()
	session := h.call(200, "GET", "/server/instances/main/sessions", h.key, nil)["sessions"].([]any)[0].(object)["sessionId"].(string)
	h.call(204, "POST", "/sessions/"+session+"/leave", ana.Token, nil)
	ana.isClosed(1000)
	_ = a.end(v)
}

func TestAMessageOverAMiBBreaksTheProtocol(t *testing.T) {
	h, a := relayed(t)
	ana := h.guest(0).enters()
	ana.hears("relay")
	a.visit()
	go func() { _ = ana.ws.WriteMessage(websocket.BinaryMessage, make([]byte, 1<<20+1)) }()
	ana.isClosed(4503)
}

func TestARestartTellsARelayedPlayerToComeBack(t *testing.T) {
	h, a := relayed(t)
	ana := h.guest(0).enters()
	ana.hears("relay")
	v := a.visit()
	if err := h.Stop(); err != nil {
		t.Fatal(err)
	}
	ana.isClosed(4000)
	_ = a.end(v)
	h.Start(t)
	ana.returns().hears("relay")
	a.visit()
}
