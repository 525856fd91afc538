package httpapi

import (
	"errors"
	"net/http"

	"github.com/golang-jwt/jwt/v5"

	"gatekeeper/admission"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/ticket"
	"gatekeeper/admission/wire"
)

// maxHeartbeatText bounds what a game server says of itself, in bytes.
const maxHeartbeatText = 500

func (s *Server) heartbeat(r *http.Request, _ *principal) (answer, error) {
	body, err := decode[wire.Heartbeat](r)
	if err != nil {
		return answer{}, err
	}
	if !admission.ValidText(body.Build, admission.MaxBuild) || !admission.ValidText(body.Message, maxHeartbeatText) {
		return answer{}, wire.Malformed.Saying("build has at most 64 printable characters, message at most 500")
	}
	v, err := s.Gate.Heartbeat(r.Context(), admission.InstanceID(r.PathValue("id")), gate.GameServer(body))
	if err != nil {
		return answer{}, err
	}
	return ok(wire.HeartbeatAnswer{State: v.Mode, Capacity: v.Capacity, Sessions: v.SeatsTaken()})
}

// liveSessions lists who holds a seat.
func (s *Server) liveSessions(r *http.Request, _ *principal) (answer, error) {
	list, seq, err := s.Gate.LiveSessions(r.Context(), admission.InstanceID(r.PathValue("id")))
	if err != nil {
		return answer{}, err
	}
	body := wire.LiveSessions{Seq: seq, Sessions: make([]wire.LiveSession, len(list))}
	for i, p := range list {
		body.Sessions[i] = wire.NewLiveSession(p)
	}
	return ok(body)
}

// verifyTicket checks a ticket and uses it up. Whoever holds a key of one instance learns nothing of another's players.
func (s *Server) verifyTicket(r *http.Request, p *principal) (answer, error) {
	body, err := decode[wire.TicketCheck](r)
	if err != nil {
		return answer{}, err
	}
	if body.InstanceID != "" && !p.sees(body.InstanceID) {
		return answer{}, wire.NotAllowed
	}
	claims, err := s.Tickets.Verify(body.Ticket)
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return flawed(wire.TicketExpired)
	case err != nil:
		return flawed(wire.TicketForged)
	case body.InstanceID != "" && body.InstanceID != claims.Instance || !p.sees(claims.Instance):
		return flawed(wire.TicketElsewhere)
	}
	return s.useTicket(r, claims)
}

func flawed(why wire.TicketFlaw) (answer, error) { return ok(wire.CheckedTicket{Reason: why}) }

func (s *Server) useTicket(r *http.Request, claims *ticket.Claims) (answer, error) {
	session, err := s.Gate.UseTicket(r.Context(), gate.Ticket{
		ID: claims.ID, Instance: claims.Instance, Session: claims.Session, Character: claims.Character, ExpiresAt: claims.ExpiresAt.Time,
	})
	switch {
	case errors.Is(err, gate.ErrUnavailable):
		return answer{}, err
	case errors.Is(err, gate.ErrTicketUsed):
		return flawed(wire.TicketUsed)
	case errors.Is(err, gate.ErrUnknownSession):
		return flawed(wire.TicketOver)
	case err != nil:
		return answer{}, err
	}
	return ok(wire.CheckedTicket{
		Valid: true, SessionID: session.Session, AccountID: session.Account, CharacterID: session.Character,
		CharacterName: session.CharacterName, InstanceID: session.Instance, State: session.State,
	})
}

// provision makes or changes a character from the studio's own backend. A character may go to any instance: a key that
// works at some only may not.
func (s *Server) provision(r *http.Request, p *principal) (answer, error) {
	if len(p.instances) > 0 {
		return answer{}, wire.NotAllowed.Saying("This key works at some instances only; a character may go to any.")
	}
	body, err := decode[wire.Provision](r)
	if err != nil {
		return answer{}, err
	}
	id := admission.CharacterID(r.PathValue("character"))
	if !admission.ValidID(string(id)) {
		return answer{}, wire.Malformed.Saying("the character's id must be 1 to 64 of A-Z a-z 0-9 _ -")
	}
	row, isNew, err := s.by(p).Provision(r.Context(), admission.AccountID(r.PathValue("id")), id, body.Name, body.IsSuspended)
	if err != nil {
		return answer{}, err
	}
	if isNew {
		return created(wire.NewCharacter(row))
	}
	return ok(wire.NewCharacter(row))
}
