package sim

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// Key is a token that opens a socket.
type Key struct{ Kind, Token string }

// The kinds of keys.
const (
	sessionKey   = "sessionToken"
	reconnectKey = "reconnectionToken"
	queueKey     = "queueToken"
)

// Frame is a frame of the server, whichever it is; a field that it does not have is zero.
type Frame struct {
	Type              string              `json:"type"`
	Position          int                 `json:"position"`
	QueueToken        string              `json:"queueToken"`
	SessionID         admission.SessionID `json:"sessionId"`
	ReconnectionToken string              `json:"reconnectionToken"`
	Resumed           bool                `json:"resumed"`
	Replaced          bool                `json:"replaced"`
}

// The types of frames that the lab waits for.
const (
	frameQueued   = "queued"
	frameAdmitted = "admitted"
)

var writeBuffers sync.Pool

const (
	sayLimit = 2 * time.Second
	// byeLimit is how long a player who leaves waits for the server to hang up.
	byeLimit = 3 * time.Second
)

// Line is an attached socket. One goroutine uses it at a time; [Line.Interrupt] alone may come from any.
type Line struct {
	ws *websocket.Conn

	mu        sync.Mutex // guards isLeaving
	isLeaving bool       // nothing interrupts a goodbye
}

// Next returns the next frame. The line is of no use for reading after an error; see [closeCode] and [isSilence].
func (l *Line) Next() (f Frame, err error) {
	err = l.ws.ReadJSON(&f)
	return f, err
}

// WaitUntil bounds the reading that follows.
func (l *Line) WaitUntil(at time.Time) { _ = l.ws.SetReadDeadline(at) }

// Interrupt ends a reading that waits. Whoever then calls WaitUntil must look whether it was interrupted before.
func (l *Line) Interrupt() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.isLeaving {
		_ = l.ws.SetReadDeadline(time.Now())
	}
}

// Say sends a frame of a type.
func (l *Line) Say(kind string) error {
	_ = l.ws.SetWriteDeadline(time.Now().Add(sayLimit))
	return l.ws.WriteJSON(wire.ClientFrame{Type: kind})
}

// Drop cuts the line as a lost network would: no goodbye.
func (l *Line) Drop() { _ = l.ws.Close() }

// Leave says goodbye, which gives the place up, and waits until the server has hung up, for a moment at most. It also
// works after a reading that ended by its time.
func (l *Line) Leave() {
	defer l.Drop()
	until := time.Now().Add(byeLimit)
	l.mu.Lock()
	l.isLeaving = true
	_ = l.ws.SetReadDeadline(until)
	l.mu.Unlock()
	goodbye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	if l.ws.WriteControl(websocket.CloseMessage, goodbye, until) != nil {
		return
	}
	_, _ = io.Copy(io.Discard, l.ws.NetConn())
}

// closeCode returns the code that the server closed the line with; 0 = it did not close it.
func closeCode(err error) wire.CloseCode {
	var closed *websocket.CloseError
	if !errors.As(err, &closed) || closed.Code == websocket.CloseAbnormalClosure {
		return 0
	}
	return wire.CloseCode(closed.Code)
}

// isSilence reports whether a reading ended because nothing came in its time.
func isSilence(err error) bool {
	var trouble net.Error
	return errors.As(err, &trouble) && trouble.Timeout()
}
