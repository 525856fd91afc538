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

const (
	// eveningSpan is how far back an evening goes from the newest event, and maxEveningEvents how many are read.
	eveningSpan      = 12 * time.Hour
	maxEveningEvents = 500_000
	eveningPage      = 5000
)

// evening makes a plan of the instance's last evening.
func (s *Server) evening(r *http.Request, _ *principal) (answer, error) {
	v, err := s.Gate.Instance(admission.InstanceID(r.PathValue("id")))
	if err != nil {
		return answer{}, err
	}
	newest, err := s.Gate.Events(r.Context(), admission.EventFilter{Instance: v.ID, Name: "connection.", NewestFirst: true, Limit: 1})
	if err != nil {
		return answer{}, err
	}
	if len(newest) == 0 {
		return answer{}, wire.NothingRecorded
	}
	recording, err := s.record(r.Context(), v.ID, newest[0].Time.Add(-eveningSpan))
	if err != nil {
		return answer{}, err
	}
	body, isRecorded := recording.Plan(v.Settings)
	if !isRecorded {
		return answer{}, wire.NothingRecorded.Saying("No session has ended here yet, so nobody knows how long players stay.")
	}
	return ok(body)
}

// record reads an instance's events from a time on, a page at a time.
func (s *Server) record(ctx context.Context, id admission.InstanceID, from time.Time) (*plan.Recording, error) {
	recording := plan.NewRecording()
	filter := admission.EventFilter{Instance: id, From: from, Limit: eveningPage}
	for range maxEveningEvents / eveningPage {
		events, err := s.Gate.Events(ctx, filter)
		if err != nil || len(events) == 0 {
			return recording, err
		}
		for _, e := range events {
			recording.Add(e)
		}
		filter.Since = events[len(events)-1].Seq
	}
	return recording, nil
}
