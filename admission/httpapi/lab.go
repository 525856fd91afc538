package httpapi

import (
	"context"
	"net/http"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// Lab is the test lab. Its methods may be called concurrently; their errors are problems of the contract, or texts for
// operators.
type Lab interface {
	Status() wire.Lab
	StartPlayers(wire.LabPlayers) error
	StopPlayers()
	SetFault(kind string, fault wire.LabFault) error
	ClearFault(kind string) error
	StartDrill() error
	StopDrill()
	// BeforeAttempt waits as long as attempts are delayed, at most for ctx.
	BeforeAttempt(ctx context.Context)
}

// lab serves a call of the test lab, where there is one.
func (s *Server) lab(needed admission.Role, call func(*http.Request) error) http.HandlerFunc {
	return s.as(needed, func(r *http.Request, p *principal) (answer, error) {
		if s.Lab == nil {
			return answer{}, wire.LabOff
		}
		if err := call(r); err != nil {
			return answer{}, err
		}
		if needed != admission.Viewer {
			told := map[string]any{"what": r.Method + " " + r.URL.Path}
			if err := s.by(p).Note(r.Context(), admission.EventAdminLab, "", told); err != nil {
				s.Log.Warn().Err(err).Msg("a deed in the test lab could not be written down") // a fault may be why
			}
		}
		return ok(s.Lab.Status())
	})
}

func (s *Server) labStatus(*http.Request) error { return nil }

func (s *Server) startPlayers(r *http.Request) error {
	body, err := decode[wire.LabPlayers](r)
	if err != nil {
		return err
	}
	return s.Lab.StartPlayers(body)
}

func (s *Server) stopPlayers(*http.Request) error {
	s.Lab.StopPlayers()
	return nil
}

func (s *Server) setFault(r *http.Request) error {
	body, err := decode[wire.LabFault](r)
	if err != nil {
		return err
	}
	return s.Lab.SetFault(r.PathValue("kind"), body)
}

func (s *Server) clearFault(r *http.Request) error { return s.Lab.ClearFault(r.PathValue("kind")) }

func (s *Server) startDrill(*http.Request) error { return s.Lab.StartDrill() }

func (s *Server) stopDrill(*http.Request) error {
	s.Lab.StopDrill()
	return nil
}
