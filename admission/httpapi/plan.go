package httpapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/plan"
	"gatekeeper/admission/wire"
)

const (
	// simulationLimit is how long a simulation may take, and simulationWait how long one waits for its turn.
	simulationLimit = 10 * time.Second
	simulationWait  = 5 * time.Second
)

// simulate plays a plan: one at a time, so that the players' calls keep most of the machine.
func (s *Server) simulate(r *http.Request, _ *principal) (answer, error) {
	body, err := decode[wire.Plan](r)
	if err != nil {
		return answer{}, err
	}
	select {
	case s.simulating <- struct{}{}:
		defer func() { <-s.simulating }()
	case <-time.After(simulationWait):
		return answer{}, wire.SimulationBusy.After(simulationLimit)
	case <-r.Context().Done():
		return answer{}, wire.SimulationBusy.After(simulationLimit)
	}
	ctx, cancel := context.WithTimeout(r.Context(), simulationLimit)
	defer cancel()
	simulation, err := plan.Simulate(ctx, body)
	switch {
	case errors.Is(err, plan.ErrInvalid):
		return answer{}, wire.Malformed.Saying(err.Error())
	case err != nil:
		return answer{}, wire.TooLong
	}
	return ok(simulation)
}

// evening makes a plan of the instance's last evening.
func (s *Server) evening(r *http.Request, _ *principal) (answer, error) {
	if _, err := s.Gate.Instance(admission.InstanceID(r.PathValue("id"))); err != nil {
		return answer{}, err
	}
	return answer{}, wire.NothingRecorded
}
