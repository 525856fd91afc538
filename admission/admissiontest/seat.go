package admissiontest

import (
	"fmt"
	"time"

	"gatekeeper/admission"
)

// HeldSeat is a seat of main that a start finds taken, and what its player comes back with.
type HeldSeat struct {
	Player
	Session      admission.SessionID
	Reconnection string // token
}

// NewHeldSeat returns the seat of the i-th player.
func NewHeldSeat(i int, player Player) HeldSeat {
	return HeldSeat{Player: player, Session: admission.SessionID(NumberedUUID(1, i)), Reconnection: NumberedUUID(2, i)}
}

// Row is the seat as the last process left it.
func (h HeldSeat) Row(key admission.PlaceKey) admission.PutPlace {
	return admission.PutPlace{Row: admission.PlaceRow{
		Key: key, Instance: "main", Account: h.Account, Character: h.Character, State: admission.Grace,
		Attempt: admission.AttemptID(NumberedUUID(3, int(key))), Session: h.Session, Build: "1", SeatedAt: time.Now(),
		Reconnect: admission.TokenPair{Current: admission.HashToken(h.Reconnection)},
	}}
}

// NumberedUUID is the same in every run; family keeps one number's ids and tokens apart.
func NumberedUUID(family, i int) string { return fmt.Sprintf("%08x-0000-4000-8000-%012x", family, i) }
