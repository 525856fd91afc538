package wire

import (
	"time"

	"gatekeeper/admission"
)

// Subprotocol is what both sides of a socket name.
const Subprotocol = "gatekeeper.v1"

// MaxFrame is how many bytes a client's frame may have.
const MaxFrame = 4096

// ClientFrame is any frame of a client.
type ClientFrame struct {
	Type string `json:"type"`
}

// The types of a client's frames.
const (
	FrameAck       = "ack"
	FrameLeave     = "leave"
	FrameHeartbeat = "heartbeat"
)

// The frames of the server.
type (
	// QueuedFrame tells a position.
	QueuedFrame struct {
		Type     string `json:"type"`
		Position int    `json:"position"`
		Depth    int    `json:"depth"`
		estimate
		QueueToken string `json:"queueToken,omitempty"`
	}
	// AdmittedFrame tells that the seat is the player's.
	AdmittedFrame struct {
		Type              string              `json:"type"`
		SessionID         admission.SessionID `json:"sessionId"`
		ReconnectionToken string              `json:"reconnectionToken"`
		GraceSeconds      float64             `json:"graceSeconds"`
		Ticket            string              `json:"ticket"`
		Resumed           bool                `json:"resumed"`
		Replaced          bool                `json:"replaced"`
	}
	// NoticeFrame tells what the operator or the server is about to do.
	NoticeFrame struct {
		Type      string               `json:"type"`
		Kind      string               `json:"kind"`
		Message   string               `json:"message"`
		Code      admission.NoticeCode `json:"code,omitempty"`
		InSeconds float64              `json:"inSeconds"`
	}
	// HeartbeatFrame shows that the server is alive.
	HeartbeatFrame struct {
		Type       string `json:"type"`
		ServerTime Time   `json:"serverTime"`
	}
	// RelayFrame is the last frame of the server's own: what follows is the game's.
	RelayFrame struct {
		Type string `json:"type"`
	}
	// ErrorFrame answers a bad frame.
	ErrorFrame struct {
		Type    string `json:"type"`
		Code    string `json:"code"`
		Message string `json:"message"`
	}
)

// Queued returns the frame that tells a position.
func Queued(q admission.Queued) QueuedFrame {
	return QueuedFrame{Type: "queued", Position: q.Position, Depth: q.Depth, estimate: newEstimate(q.Estimate), QueueToken: q.QueueToken}
}

// Notice returns the frame that tells a notice.
func Notice(n admission.Notice) NoticeFrame {
	return NoticeFrame{Type: "notice", Kind: n.Kind, Message: n.Message, Code: n.Code}
}

// NewHeartbeat returns the frame that shows a sign of life.
func NewHeartbeat(now time.Time) HeartbeatFrame {
	return HeartbeatFrame{Type: "heartbeat", ServerTime: Time(now)}
}

// Admitted returns the frame that hands a seat over.
func Admitted(s admission.Seated, ticket string) AdmittedFrame {
	return AdmittedFrame{"admitted", s.Session, s.ReconnectionToken, Seconds(s.Grace), ticket, s.Resumed, s.Replaced}
}
