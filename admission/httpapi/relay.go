package httpapi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/gorilla/websocket"

	"gatekeeper/admission/relay"
	"gatekeeper/admission/wire"
)

// handover is the frame after which a socket's frames are the game's.
type handover struct {
	relay *relay.Relay
	done  chan struct{} // closed once it was sent, or could not be
}

// relay connects the player to the game, and lives as long as the socket does. Who cannot be connected, or loses the game,
// keeps the seat for the grace and is told to come back.
func (s *socket) relay() {
	game, err := s.dial()
	if err != nil {
		s.hub.log.Warn().Err(err).Str("instance", string(s.instance)).Msg("a player could not be relayed")
		s.loseGame("the game server cannot be reached")
		s.awaitGoodbye()
		return
	}
	defer game.Conn.Close()
	player := relay.End{Conn: s.ws.NetConn(), Ahead: s.readable.ahead}
	h := &handover{relay.New(player, game, s.lives), make(chan struct{})}
	if !s.isHandedOver(h) {
		s.awaitGoodbye()
		return
	}
	s.carry(h.relay)
}

// dial goes to the game with a ticket of its own, so that the player's is still good elsewhere.
func (s *socket) dial() (relay.End, error) {
	seat := s.seat.Load()
	ticket, err := s.hub.ticket(*seat)
	if err != nil {
		return relay.End{}, err
	}
	header := http.Header{"Authorization": {"Bearer " + ticket}, "X-Forwarded-For": {s.address.String()}}
	return relay.Dial(s.hub.open, seat.Upstream, header)
}

// isHandedOver sends the last frame of ours, and reports false where the socket was closing already.
func (s *socket) isHandedOver(h *handover) bool {
	s.mu.Lock()
	if s.isClosing {
		s.mu.Unlock()
		return false
	}
	s.queue(h)
	s.mu.Unlock()
	select {
	case <-h.done:
		return true
	case <-time.After(2 * writeWait): // it was too slow to read, and what waited for it was dropped
		return false
	}
}

func (s *socket) handOver(h *handover) error {
	defer close(h.done)
	s.relayed.Store(h.relay)
	return s.ws.WriteJSON(wire.RelayFrame{Type: "relay"})
}

// carry runs both ways until they end. The game hears of the player's end, and has a moment to go.
func (s *socket) carry(r *relay.Relay) {
	gameEnded := make(chan struct{})
	go func() {
		defer close(gameEnded)
		s.gameEnded(r.FromGame())
	}()
	err := r.FromPlayer()
	s.playerEnded(err)
	code := codeForGame(err)
	r.CloseGame(code, "")
	_ = r.ClosePlayer(code, "") // the answer to a goodbye; whoever gave none hears nothing any more
	<-gameEnded
}

// playerEnded tells the engine how the player went, in the words of [socket.ended].
func (s *socket) playerEnded(err error) {
	var closed relay.Closed
	switch {
	case errors.As(err, &closed):
		err = &websocket.CloseError{Code: closed.Code, Text: closed.Text}
	case errors.Is(err, relay.ErrTooLong), errors.Is(err, relay.ErrProtocol):
		err = errTooLong
	}
	s.ended(err)
}

// codeForGame is what the game hears: that its player left, or only that the line is gone.
func codeForGame(err error) int {
	var closed relay.Closed
	if errors.As(err, &closed) && closed.Code == relay.Normal {
		return relay.Normal
	}
	return relay.GoingAway
}

// gameEnded ends the session where the game closed in good order. Anything else is an accident, and the seat is held.
func (s *socket) gameEnded(err error) {
	var closed relay.Closed
	switch {
	case s.closing():
	case errors.As(err, &closed) && closed.Code == relay.Normal:
		s.in.Leave(s.id)
	case errors.As(err, &closed):
		s.loseGame(fmt.Sprintf("the game closed with %d %s", closed.Code, closed.Text))
	case errors.Is(err, relay.ErrTooLong), errors.Is(err, relay.ErrProtocol):
		s.loseGame("the game sent what cannot be relayed: " + err.Error())
	default:
		s.loseGame("the game server is gone")
	}
}

// loseGame puts the session into grace before the player hears of it, who may be back at once.
func (s *socket) loseGame(why string) {
	s.in.Drop(s.id)
	s.hangUp(wire.CloseGameGone, why)
}

// putBetween sends what belongs to the line between two frames of the game. Everything else that was on its way is not for
// the game's players.
func putBetween(r *relay.Relay, frame any) error {
	switch f := frame.(type) {
	case pingFrame:
		return r.Ping()
	case closeFrame:
		r.CloseGame(relay.GoingAway, "")
		return r.ClosePlayer(int(f.code), shorten(f.text))
	}
	return nil
}

// awaitGoodbye waits until the client has answered a close, for as long as the deadline of the socket lets it.
func (s *socket) awaitGoodbye() {
	if s.relayed.Load() != nil {
		_, _ = io.Copy(io.Discard, s.ws.NetConn())
		return
	}
	for { // whatever else it had to say: to hang up sooner could cut off the close code
		if _, _, err := s.ws.NextReader(); err != nil {
			return
		}
	}
}
