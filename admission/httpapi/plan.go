package httpapi

import (
	"net/http"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// simulate plays a plan.
func (s *Server) simulate(r *http.Request, _ *principal) (answer, error) {
	body, err := decode[wire.Plan](r)
	if err != nil {
		return answer{}, err
	}
	return ok(wire.Simulation{Plan: body, Runs: []wire.PlanRun{}})
}

// evening makes a plan of the instance's last evening.
func (s *Server) evening(r *http.Request, _ *principal) (answer, error) {
	if _, err := s.Gate.Instance(admission.InstanceID(r.PathValue("id"))); err != nil {
		return answer{}, err
	}
	return answer{}, wire.NothingRecorded
}
