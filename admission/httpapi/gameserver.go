package httpapi

import (
	"net/http"

	"gatekeeper/admission"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/wire"
)

// maxHeartbeatText bounds what a game server says of itself, in bytes.
const maxHeartbeatText = 500

func (s *Server) heartbeat(r *http.Request, _ *principal) (answer, error) {
	body, err := decode[wire.Heartbeat](r)
	if err != nil {
		return answer{}, err
	}
	if len(body.Build) > admission.MaxBuild || len(body.Message) > maxHeartbeatText {
		return answer{}, wire.Malformed.Saying("build has at most 64 characters, message at most 500")
	}
	v, err := s.Gate.Heartbeat(r.Context(), admission.InstanceID(r.PathValue("id")), gate.GameServer(body))
	if err != nil {
		return answer{}, err
	}
	return ok(wire.HeartbeatAnswer{State: v.Mode, Capacity: v.Capacity, Sessions: v.SeatsTaken()})
}
