package admission

import "time"

// Effect is what a socket is told once its change is durable.
type Effect interface{ isEffect() }

type (
	// Seated tells a socket that the seat is its own.
	Seated struct {
		Conn              Conn
		Instance          InstanceID
		Session           SessionID
		Account           AccountID
		Character         CharacterID
		CharacterName     string
		ReconnectionToken string
		Grace             time.Duration
		Resumed           bool
		Replaced          bool
		// Upstream is where the player's frames are relayed to; "" = nowhere.
		Upstream string
		// Unclaimed asks for a sign of life: the seat is only reserved until one comes.
		Unclaimed bool
	}
	// Queued tells a waiting socket its position; QueueToken comes with the first frame only.
	Queued struct {
		Conn       Conn
		Position   int
		Depth      int
		Estimate   Estimate
		QueueToken string
	}
	// Notice tells sockets what the operator does, or how the game server is.
	Notice struct {
		Conns []Conn
		Kind  string // draining, maintenance or message
		// Message is what a person reads. The empty one of kind message takes back all that was told before.
		Message string
		Code    NoticeCode // "" = the operator's own words
	}
	// Hangup closes a socket.
	Hangup struct {
		Conn Conn
		Why  HangupReason
		// Message is the operator's reason where there is one.
		Message string
	}
)

func (Seated) isEffect() {}
func (Queued) isEffect() {}
func (Notice) isEffect() {}
func (Hangup) isEffect() {}

// HangupReason is why the engine lets go of a socket; package wire gives each its close code.
type HangupReason string

// The reasons to hang up.
const (
	HangupLeft         HangupReason = "left"
	HangupTakenOver    HangupReason = "taken over"
	HangupReplaced     HangupReason = "replaced"
	HangupClaimExpired HangupReason = "claim expired"
	HangupPlaceGone    HangupReason = "place gone"
	HangupRemoved      HangupReason = "removed"
	HangupClosed       HangupReason = "closed"
)
