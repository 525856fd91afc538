package httpapi

import (
	"errors"
	"net/http"

	"gatekeeper/admission/gate"
	"gatekeeper/admission/wire"
)

func (s *Server) healthz(*http.Request) (answer, error) { return ok(wire.Health{Status: "ok"}) }

// readyz says no, and why, while nothing new is taken.
func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	health, status := s.health(), http.StatusOK
	if health.Status != "ok" {
		status = http.StatusServiceUnavailable
		retryAfter(w, 2)
	}
	write(w, "application/json", status, health)
}

func (s *Server) health() wire.Health {
	err := s.Gate.Health()
	if err == nil {
		return wire.Health{Status: "ok"}
	}
	reason := "storage cannot be written"
	var told interface{ Why() string }
	switch {
	case errors.Is(err, gate.ErrShuttingDown):
		reason = "the server is shutting down"
	case errors.As(err, &told):
		reason = told.Why()
	}
	return wire.Health{Status: "unavailable", Reason: reason}
}

func (s *Server) version(*http.Request) (answer, error) { return ok(s.Version) }

func (s *Server) jwks(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=300")
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(s.Tickets.JWKS())
}

func (s *Server) openAPI(w http.ResponseWriter, r *http.Request) {
	data, err := wire.OpenAPI()
	if err != nil {
		s.reply(w, r, answer{}, err)
		return
	}
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(data)
}
