package games

import (
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/gorilla/websocket"

	"gatekeeper/admission"
	"gatekeeper/admission/ticket"
)

// games are those that check tickets themselves.
var games = map[string]func(h *house, instance string) hands{
	"go":       func(h *house, instance string) hands { return &goHands{game: h.goGame(instance)} },
	"colyseus": func(h *house, instance string) hands { return h.colyseus(instance) },
}

func eachGame(t *testing.T, play func(*house, hands)) {
	for name, begin := range games {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			play(h, begin(h, "main"))
		})
	}
}

func TestAPlayerIsAdmittedAndPlays(t *testing.T) {
	eachGame(t, func(h *house, game hands) {
		ana := h.guest(0).enters()
		game.isIn(ana.ticket)
		game.plays("hello")
		game.agrees(1)
		game.isOut(ana.ticket) // it was used
		ana.says(`{"type":"leave"}`)
		ana.isClosed(1000)
		game.isLetGo()
		game.agrees(0)
	})
}

func TestABadTicketIsRefusedByTheGame(t *testing.T) {
	eachGame(t, func(h *house, game hands) {
		seat := admission.Seated{Instance: "main", Session: "s", Character: "c"}
		forger, err := ticket.NewKey()
		if err != nil {
			t.Fatal(err)
		}
		forged, _ := forger.Sign(h.URL(), seat, time.Now())
		none, _ := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"iss": h.URL(), "aud": "main", "exp": 1e12, "sid": "s", "jti": "j"}).
			SignedString(jwt.UnsafeAllowNoneSignatureType)
		for _, bad := range []string{forged, none, "hello", strings.Repeat("x", 2000)} {
			game.isOut(bad)
		}
	})
}

func TestATicketOfAnotherInstanceIsRefusedByTheGame(t *testing.T) {
	for name, begin := range games {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.Runs(t, "instance", "add", "annex")
			begin(h, "annex").isOut(h.guest(0).enters().ticket)
		})
	}
}

// TestAnOldTicketIsRefusedByTheGame signs one with the server's own key, as of a minute ago.
func TestAnOldTicketIsRefusedByTheGame(t *testing.T) {
	eachGame(t, func(h *house, game hands) {
		old, err := h.keys().Sign(h.URL(), admission.Seated{Instance: "main", Session: "s", Character: "c"}, time.Now().Add(-2*ticket.Life))
		if err != nil {
			t.Fatal(err)
		}
		game.isOut(old)
	})
}

func TestAReplacedPlayerIsLetGoByTheGame(t *testing.T) {
	eachGame(t, func(h *house, game hands) {
		first := h.guest(0).enters()
		game.isIn(first.ticket)
		again := h.guest(0).replaces()
		game.isLetGo()
		game.isIn(again.ticket)
		game.agrees(1)
	})
}

func TestATicketKeptAfterItsSessionIsRefusedByTheGame(t *testing.T) {
	eachGame(t, func(h *house, game hands) {
		ana, ben := h.guest(0).enters(), h.guest(1).enters()
		game.isIn(ben.ticket)
		ana.says(`{"type":"leave"}`)
		ana.isClosed(1000)
		ben.says(`{"type":"leave"}`)
		ben.isClosed(1000)
		game.isLetGo() // the end of ben's session was heard, and so that of ana's before it
		game.isOut(ana.ticket)
	})
}

func TestAKillOfGatekeeperDoesNotDisturbTheGame(t *testing.T) {
	eachGame(t, func(h *house, game hands) {
		ben, ana := h.guest(1).enters(), h.guest(0).enters()
		game.isIn(ben.ticket)
		game.isIn(ana.ticket)
		game.agrees(2)
		h.Kill()
		game.plays("still here")
		h.Start(h.t)
		ana.returns()
		ben.returns()
		game.plays("and after")
		game.agrees(2)
		ana.says(`{"type":"leave"}`)
		ana.isClosed(1000)
		game.isLetGo()
		game.agrees(1)
	})
}

// TestAGameThatKnowsNothingIsPlayedByRelay plays the echo game as it is.
func TestAGameThatKnowsNothingIsPlayedByRelay(t *testing.T) {
	h := newHouse(t)
	echo := h.runs(example(t, "echo"), "--listen", "127.0.0.1:0")
	h.Runs(t, "instance", "set", "main", "--upstream", echo.url)
	ana := h.guest(0).enters()
	ana.hears("relay")
	line{ana.ws, h}.plays("hello")
	again := h.guest(0).replaces()
	ana.isClosed(4500)
	again.hears("relay")
	line{again.ws, h}.plays("me again")
	h.Kill()
	h.Start(t)
	again.returns().hears("relay")
	line{again.ws, h}.plays("after a crash")
	_ = again.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(time.Second))
	again.isClosed(1000)
	h.until("the seat is free", func() bool { return len(h.live()) == 0 })
}

// keys are those of the running server, from its database.
func (h *house) keys() *ticket.Ring {
	h.t.Helper()
	ring, err := ticket.ParseRing(h.setting("ticket-key"), time.Now())
	if err != nil {
		h.t.Fatal(err)
	}
	return ring
}
