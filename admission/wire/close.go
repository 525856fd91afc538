package wire

import "gatekeeper/admission"

// CloseCode is why the server closes a socket. From 4000 to 4499 the client should come back, from 4500 to
// 4999 stop and say so; that holds for codes that it has never heard of too.
type CloseCode int

// The close codes of the contract.
const (
	CloseLeft         CloseCode = 1000
	CloseRestart      CloseCode = 4000
	CloseSlow         CloseCode = 4001 // too slow to read, or silent
	CloseGameGone     CloseCode = 4002 // the game server that the player was relayed to
	CloseDeadToken    CloseCode = 4010
	CloseClaimExpired CloseCode = 4011
	ClosePlaceGone    CloseCode = 4012
	CloseReplaced     CloseCode = 4500
	CloseRemoved      CloseCode = 4501
	CloseClosed       CloseCode = 4502
	CloseProtocol     CloseCode = 4503
)

// Hangups gives each of the engine's reasons to hang up its code.
var Hangups = map[admission.HangupReason]CloseCode{
	admission.HangupLeft:         CloseLeft,
	admission.HangupTakenOver:    CloseReplaced,
	admission.HangupReplaced:     CloseReplaced,
	admission.HangupClaimExpired: CloseClaimExpired,
	admission.HangupPlaceGone:    ClosePlaceGone,
	admission.HangupRemoved:      CloseRemoved,
	admission.HangupClosed:       CloseClosed,
}
