package httpapi

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"gatekeeper/admission"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/relay"
	"gatekeeper/admission/wire"
)

// socket is one player's WebSocket. One goroutine waits for what comes, and has workers read it; others write while frames
// wait.
type socket struct {
	id       admission.Conn
	hub      *Hub
	ws       *websocket.Conn
	instance admission.InstanceID
	address  netip.Addr     // of the player, for the game
	in       *gate.Instance // the reader's own: nil until attached
	gone     func()         // is told once, when the socket is no more

	readable readable
	heard    chan bool // by a worker that has read: whether the socket goes on
	answered time.Time // the reader's own: when a heartbeat was answered last
	bad      int       // the reader's own: frames that were not understood
	isAcked  bool      // the reader's own: the player has its seat, and waits for the game

	seat    atomic.Pointer[admission.Seated] // that was told of, where its player is to be relayed
	relayed atomic.Pointer[relay.Relay]      // from the last frame of ours on; nil = frames are ours

	isUnclaimed atomic.Bool  // a seat waits for a sign of life
	lastSent    atomic.Int64 // unix nanoseconds
	lastPing    atomic.Int64

	mu        sync.Mutex // guards everything below
	out       []any      // frames, in order
	isWriting bool
	isClosing bool // nothing more is sent after the close frame
}

const (
	maxOut       = 64 // frames that may wait for a slow reader
	writeWait    = 10 * time.Second
	closeWait    = 3 * time.Second
	answerPause  = time.Second // between two answers to heartbeats
	maxBadFrames = 3
)

// Frames that are not JSON.
type (
	pingFrame  struct{}
	closeFrame struct {
		code wire.CloseCode
		text string
	}
)

var writeBuffers sync.Pool

// upgrader checks no origin: the guard in front of every route has.
var upgrader = websocket.Upgrader{
	HandshakeTimeout: 5 * time.Second, WriteBufferSize: 1024, WriteBufferPool: &writeBuffers,
	Subprotocols: []string{wire.Subprotocol}, CheckOrigin: func(*http.Request) bool { return true },
}

// socket upgrades, attaches and returns: a handler that stays would keep its whole frame in memory for as long as the
// player plays. A bad token is told by a close code, because a browser cannot see the status of an upgrade. Whoever has
// a live one comes in also from an address that has used its tries up: else somebody who guesses passwords would cost
// everybody behind the same address their seats.
func (s *Server) socket(w http.ResponseWriter, r *http.Request) {
	// A copy: the path would hold on to the whole request, token and all, for as long as the player plays.
	arrived, instance := s.Gate.Now(), admission.InstanceID(strings.Clone(r.PathValue("id")))
	kind, token, err := presented(r)
	if err == nil {
		err = s.struck(r)
		if err != nil && s.Gate.Accepts(instance, token, kind) {
			err = nil
		}
	}
	if err == nil {
		err = s.Gate.Health()
	}
	addr, isPrivate := s.client.of(r)
	if err == nil && !s.sockets.Take(addr, isPrivate) {
		s.Metrics.ConnectionRefused()
		err = tooManyLines
	}
	if err != nil {
		s.reply(w, r, answer{}, err)
		return
	}
	line := capture{ResponseWriter: w}
	ws, err := upgrader.Upgrade(&line, r, nil)
	if err != nil {
		s.sockets.GiveBack(addr)
		return // the upgrader has answered
	}
	sock := newSocket(s.Gate.NewConn(), instance, s.hub, ws, line.ahead)
	sock.gone = func() { s.sockets.GiveBack(addr) }
	sock.address = addr
	if !s.hub.add(sock) {
		sock.gone()
		_ = ws.Close()
		return
	}
	defer func() { go sock.read() }() // with a small stack of its own: what attaching needs stays here
	if s.attach(r, sock, instance, kind, token) {
		s.Metrics.Handshake(s.Gate.Now().Sub(arrived))
	}
}

// newSocket begins the silence now: the first that a client hears is its place, not a heartbeat.
func newSocket(id admission.Conn, instance admission.InstanceID, hub *Hub, ws *websocket.Conn, ahead *bufio.Reader) *socket {
	s := &socket{id: id, instance: instance, hub: hub, ws: ws, readable: newReadable(ws, ahead), heard: make(chan bool)}
	now := time.Now().UnixNano()
	s.lastSent.Store(now)
	s.lastPing.Store(now)
	return s
}

// presented reads the one token of the query.
func presented(r *http.Request) (kind admission.TokenKind, token string, err error) {
	query := r.URL.Query()
	given := 0
	for name, k := range tokenNames {
		for _, value := range query[name] {
			kind, token = k, value
			given++
		}
	}
	if given != 1 || token == "" {
		return 0, "", wire.Malformed.Saying("give exactly one of sessionToken, reconnectionToken and queueToken")
	}
	return kind, token, nil
}

var tokenNames = map[string]admission.TokenKind{
	"sessionToken": admission.SessionTokenKind, "reconnectionToken": admission.ReconnectionTokenKind,
	"queueToken": admission.QueueTokenKind,
}

// attach binds the socket or says why not.
func (s *Server) attach(r *http.Request, sock *socket, id admission.InstanceID, kind admission.TokenKind, token string) bool {
	in, err := s.Gate.Attach(context.WithoutCancel(r.Context()), id, token, kind, sock.id)
	switch {
	case err == nil:
		sock.in = in
	case errors.Is(err, gate.ErrUnavailable), errors.Is(err, gate.ErrShuttingDown):
		sock.hangUp(wire.CloseRestart, "storage unavailable")
	default:
		_ = s.strike(r) // refused from the next one on
		if kind == admission.ReconnectionTokenKind && errors.Is(err, gate.ErrDeadToken) {
			s.Metrics.ReconnectionRefused(id)
		}
		sock.hangUp(wire.CloseDeadToken, "token unknown, used or expired")
	}
	return err == nil
}

// read lives as long as the socket, and waits for most of that time. Whatever ends it, the engine hears of it once.
func (s *socket) read() {
	defer s.gone()
	defer s.hub.remove(s)
	defer func() { _ = s.ws.Close() }()
	s.ws.SetPongHandler(func(string) error {
		s.lives()
		return nil
	})
	s.extend()
	for goesOn := true; goesOn; goesOn = <-s.heard {
		if s.isAcked {
			s.relay()
			return
		}
		s.readable.wait()
		s.hub.workers.start(job{socket: s, reads: true})
	}
}

// hear takes the frames that have come, and reports whether more may come.
func (s *socket) hear() (goesOn bool) {
	for {
		if s.readable.skipPongs() > 0 {
			s.lives()
			if s.readable.ahead.Buffered() == 0 {
				return true
			}
		}
		if !s.hearFrame() {
			return false
		}
		if s.isAcked || s.readable.ahead.Buffered() == 0 {
			return true
		}
	}
}

func (s *socket) hearFrame() (goesOn bool) {
	kind, data, err := s.next()
	if err != nil {
		s.ended(err)
		return false
	}
	s.lives()
	if kind == websocket.TextMessage && s.obey(data) {
		return true
	}
	s.send(wire.ErrorFrame{Type: "error", Code: "BAD_FRAME", Message: "the frame was not understood"})
	if s.bad++; s.bad < maxBadFrames {
		return true
	}
	s.expel()
	return false
}

// errTooLong is a frame over the limit.
var errTooLong = errors.New("frame too long")

func (s *socket) next() (kind int, data []byte, err error) {
	kind, reader, err := s.ws.NextReader()
	if err != nil {
		return 0, nil, err
	}
	data, err = io.ReadAll(io.LimitReader(reader, wire.MaxFrame+1))
	if err == nil && len(data) > wire.MaxFrame {
		err = errTooLong
	}
	return kind, data, err
}

// lives extends the socket's life, and claims a seat that waits for a sign of it.
func (s *socket) lives() {
	s.extend()
	if s.in != nil && s.isUnclaimed.CompareAndSwap(true, false) {
		s.in.Hear(s.id)
	}
}

func (s *socket) extend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.isClosing {
		_ = s.ws.SetReadDeadline(time.Now().Add(silenceLimit))
	}
}

// obey carries out a frame and reports whether it was one.
func (s *socket) obey(data []byte) bool {
	var frame wire.ClientFrame
	if unmarshal(data, &frame) != nil {
		return false
	}
	switch {
	case frame.Type == wire.FrameHeartbeat:
		s.answer(time.Now())
	case s.in == nil:
	case frame.Type == wire.FrameAck:
		s.in.Ack(s.id)
		s.isAcked = s.seat.Load() != nil
	case frame.Type == wire.FrameLeave:
		s.in.Leave(s.id)
	default:
		return false
	}
	return true
}

// answer lets a client that comes back from sleep see at once that its line is alive. One that asks without end is
// heard, and not answered each time: it must not cost the server a frame for each of its own.
func (s *socket) answer(now time.Time) {
	if now.Sub(s.answered) < answerPause {
		return
	}
	s.answered = now
	s.send(wire.NewHeartbeat(now))
}

// ended tells the engine how the socket went: a close with 1000 is a leave, anything else a drop.
func (s *socket) ended(err error) {
	switch {
	case s.in == nil:
	case websocket.IsCloseError(err, websocket.CloseNormalClosure) && !s.closing():
		s.in.Leave(s.id)
	case errors.Is(err, errTooLong):
		s.expel()
	default:
		s.in.Drop(s.id)
		s.farewell(err)
	}
}

// farewell tells a client that was silent for too long, should it be there after all, to come back.
func (s *socket) farewell(err error) {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() && !s.closing() {
		_ = s.put(closeFrame{wire.CloseSlow, "silent"})
	}
}

// expel ends the place of a client that breaks the protocol, and waits for its goodbye.
func (s *socket) expel() {
	s.hangUp(wire.CloseProtocol, "broke the protocol")
	if s.in != nil {
		s.in.Expel(s.id)
	}
	s.awaitGoodbye()
}

func (s *socket) closing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.isClosing
}

// seated tells that the seat is the player's. A promoted one is asked for a sign of life.
func (s *socket) seated(e admission.Seated) {
	if e.Unclaimed {
		s.isUnclaimed.Store(true)
	}
	s.send(e)
	if e.Unclaimed {
		s.send(pingFrame{})
	}
}

// tick keeps the socket alive: a ping so that it is noticed when it dies, a heartbeat so that the client does.
func (s *socket) tick(now time.Time) {
	nanos := now.UnixNano()
	if nanos-s.lastPing.Load() >= int64(pingInterval) {
		s.lastPing.Store(nanos)
		s.send(pingFrame{})
	}
	if nanos-s.lastSent.Load() >= int64(heartbeatInterval) {
		s.send(wire.NewHeartbeat(now))
	}
}

// send queues a frame. A client that does not read loses its socket, not its place.
func (s *socket) send(frame any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isClosing {
		return
	}
	if len(s.out) >= maxOut {
		s.out = nil
		s.close(closeFrame{wire.CloseSlow, "too slow"})
		return
	}
	s.queue(frame)
}

// hangUp closes the socket after what is queued already.
func (s *socket) hangUp(code wire.CloseCode, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.isClosing {
		s.close(closeFrame{code, text})
	}
}

// close is the last frame; s.mu is held.
func (s *socket) close(frame closeFrame) {
	s.isClosing = true
	s.queue(frame)
	_ = s.ws.SetReadDeadline(time.Now().Add(closeWait))
}

// queue needs s.mu; it starts a writer where there is none.
func (s *socket) queue(frame any) {
	s.out = append(s.out, frame)
	if !s.isWriting {
		s.isWriting = true
		s.hub.workers.start(job{socket: s})
	}
}

// write sends what waits and ends when nothing does.
func (s *socket) write() {
	for {
		frame, found := s.take()
		if !found {
			return
		}
		// A client that said goodbye hears the end of the line when its place is given up, and that is the reader's.
		if err := s.put(frame); err != nil && !errors.Is(err, websocket.ErrCloseSent) {
			_ = s.ws.Close() // the reader notices
		}
	}
}

func (s *socket) take() (frame any, found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.out) == 0 {
		s.isWriting, s.out = false, nil
		return nil, false
	}
	frame, s.out = s.out[0], s.out[1:]
	return frame, true
}

// put sends a frame. Only control frames may be put beside the writer: they have deadlines of their own.
func (s *socket) put(frame any) error {
	now := time.Now()
	if r := s.relayed.Load(); r != nil {
		s.lastSent.Store(now.UnixNano())
		return putBetween(r, frame)
	}
	switch f := frame.(type) {
	case *handover:
		_ = s.ws.SetWriteDeadline(now.Add(writeWait))
		return s.handOver(f)
	case pingFrame:
		return s.ws.WriteControl(websocket.PingMessage, nil, now.Add(writeWait))
	case closeFrame:
		return s.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(int(f.code), shorten(f.text)), now.Add(writeWait))
	case admission.Seated:
		ticket, err := s.hub.ticket(f)
		if err != nil {
			return err
		}
		if f.Upstream != "" {
			s.seat.Store(&f)
		}
		frame = wire.Admitted(f, ticket)
	}
	s.lastSent.Store(now.UnixNano())
	_ = s.ws.SetWriteDeadline(now.Add(writeWait))
	return s.ws.WriteJSON(frame)
}

// shorten cuts a close reason to what a control frame holds, between characters.
func shorten(text string) string {
	const most = 120 // bytes
	cut := 0
	for i, r := range text {
		if i+utf8.RuneLen(r) > most {
			return text[:cut]
		}
		cut = i + utf8.RuneLen(r)
	}
	return text
}
