package wire

import "gatekeeper/admission"

// Messages of the game servers' calls.
type (
	// Heartbeat says that a game server is alive.
	Heartbeat struct {
		Build   string `json:"build"`
		Message string `json:"message"`
	}
	// HeartbeatAnswer tells it what its instance does.
	HeartbeatAnswer struct {
		State    admission.Mode `json:"state"`
		Capacity int            `json:"capacity"`
		Sessions int            `json:"sessions"`
	}
	// TicketCheck asks whether a ticket is good; InstanceID "" = of whichever instance the asker sees.
	TicketCheck struct {
		Ticket     string               `json:"ticket"`
		InstanceID admission.InstanceID `json:"instanceId"`
	}
	// CheckedTicket tells whose ticket it is, or why it is not good.
	CheckedTicket struct {
		Valid         bool                  `json:"valid"`
		Reason        TicketFlaw            `json:"reason,omitempty"`
		SessionID     admission.SessionID   `json:"sessionId,omitempty"`
		AccountID     admission.AccountID   `json:"accountId,omitempty"`
		CharacterID   admission.CharacterID `json:"characterId,omitempty"`
		CharacterName string                `json:"characterName,omitempty"`
		InstanceID    admission.InstanceID  `json:"instanceId,omitempty"`
		State         admission.State       `json:"state,omitempty"`
	}
	// LiveSession is who holds a seat.
	LiveSession struct {
		SessionID     admission.SessionID   `json:"sessionId"`
		AccountID     admission.AccountID   `json:"accountId"`
		CharacterID   admission.CharacterID `json:"characterId"`
		CharacterName string                `json:"characterName"`
		State         admission.State       `json:"state"`
		Since         Time                  `json:"since"`
	}
	// LiveSessions lists all who hold a seat. Seq is the number of an event from which on the log tells what changed since.
	LiveSessions struct {
		Seq      uint64        `json:"seq"`
		Sessions []LiveSession `json:"sessions"`
	}
	// Provision makes or changes a character; IsSuspended nil = as it is.
	Provision struct {
		Name        string `json:"name"`
		IsSuspended *bool  `json:"suspended"`
	}
)

// TicketFlaw is why a ticket is not good.
type TicketFlaw string

// The flaws of a ticket.
const (
	// TicketForged is no ticket of this server, or not as it was signed.
	TicketForged TicketFlaw = "FORGED"
	// TicketExpired was good once.
	TicketExpired TicketFlaw = "EXPIRED"
	// TicketElsewhere is for another instance than the one that asks.
	TicketElsewhere TicketFlaw = "OTHER_INSTANCE"
	// TicketUsed was checked before.
	TicketUsed TicketFlaw = "USED"
	// TicketOver belongs to a session that is over, or was replaced.
	TicketOver TicketFlaw = "SESSION_ENDED"
)

// NewLiveSession tells game servers of a place.
func NewLiveSession(p admission.Listed) LiveSession {
	return LiveSession{p.Session, p.Account, p.Character, p.CharacterName, p.State, Time(p.SeatedAt)}
}
