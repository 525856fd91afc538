// Package admission decides who gets onto a game server. It is a state machine without I/O, clock, goroutine
// or lock: its methods take the time and a request, change memory, and hand back what to answer, what to write
// and whom to tell. The same code runs behind the server, under the tests and in simulations.
//
// # The life of a place
//
// A character has at most one place, over all instances:
//
//	          seat free, nobody present waits
//	newcomer ──────────────────────────────▶ Reserved ──attach──▶ Active ◀──attach── Grace
//	   │                                        │ unclaimed         │ line drops ─────▲ │ grace over
//	   │ else                                   ▼                   ▼ leave, removed    ▼
//	   ▼            seat freed                 gone                gone                gone
//	Waiting ──────────────────────▶ Promoted ──claim──▶ Active
//	   ▲ │ no sign of life             │ unclaimed: first time back to its own rank, absent; then gone
//	   │ ▼                             │
//	Absent ◀───────────────────────────┘   too long absent: gone
//
// # What always holds
//
//   - I1 Seats taken (promoted, reserved, active, grace) never exceed the capacity at an admission.
//   - I2 A character has at most one place over all instances.
//   - I3 Promotion is first come, first served among those present; nobody loses a rank by a blink.
//   - I4 A freed seat never stays free while somebody present waits, unless in maintenance or while the game
//     server is silent.
//   - I5 An attempt ends in exactly one of admitted, queued, failed, timeout.
//   - I6 A token works at most once after its successor is confirmed; a dead one never works again.
//   - I7 Nothing is told before it is durable: a [Change] carries its effects, and the gate releases them.
//   - I8 In drain nobody new gets in and everybody queued still does; in maintenance nobody moves or is lost.
//   - I9 Five failures in any rolling 60 s lock the account for 60 s from the fifth.
//   - I10 Every attempt is one connection.attempt and one terminal event.
//
// # Places on several instances
//
// A character that asks for a place here while it has one elsewhere is asked first; a confirmed move ends the old place
// and makes the new one in one [Change], so that no crash can leave two or none. In memory the old place keeps its seat
// or its rank until that change is durable: only [Decision.Complete] gives them to the next. So a move that cannot be
// told in time is taken back exactly, although seats cannot be taken back from whoever got them meanwhile.
//
// Attempts of one character may be undecided side by side, and each may be taken back: what it superseded goes to the
// next one that stands, so that the last to go brings back what was before all of them (see undo in withdraw.go).
//
// # Attempts that are asked twice
//
// A client that did not hear the answer asks again under the same attempt id. That is no new attempt: it is not checked,
// counted or told of again ([Decision.Repeat]), but its place, if it stands, gets a fresh token, even while a socket is
// attached to it: the socket may be half open, and nobody else knows the id.
//
// # Why a replacement makes a new session
//
// A confirmed replacement keeps the seat but not the session: a game server that was told of the old session
// sees it end and another begin, and tokens of the old tab cannot reach the new one.
package admission
