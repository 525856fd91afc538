package httpapi

import (
	"net/http"
	"slices"
	"strings"

	"gatekeeper/admission"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/wire"
)

// principal is who operates: an operator who is logged in, or an API key.
type principal struct {
	name         string // as the audit trail tells it
	role         admission.Role
	isGameServer bool
	instances    []admission.InstanceID // where it works; none = everywhere
	session      admission.TokenHash    // of the log-in; zero = it came with a key
}

// sees reports whether it may deal with an instance.
func (p *principal) sees(id admission.InstanceID) bool {
	return len(p.instances) == 0 || slices.Contains(p.instances, id)
}

// may reports whether it may make a call: one at an instance, or, where a key works at some only, one that looks at
// each itself.
func (p *principal) may(needed admission.Role, r *http.Request, looksItself bool) bool {
	if !p.role.May(needed) {
		return false
	}
	if strings.Contains(r.Pattern, "/instances/{id}") {
		return p.sees(admission.InstanceID(r.PathValue("id")))
	}
	return looksItself || len(p.instances) == 0
}

// by is the gate's side of who asks.
func (s *Server) by(p *principal) gate.Operator { return s.Gate.As(p.name) }

// as serves a call that needs a role. A key that works at some instances only may make it where it is at one of them.
func (s *Server) as(needed admission.Role, call func(*http.Request, *principal) (answer, error)) http.HandlerFunc {
	return s.guarded(needed, false, call)
}

// asEach is as for calls that ask themselves which instances the asker sees.
func (s *Server) asEach(needed admission.Role, call func(*http.Request, *principal) (answer, error)) http.HandlerFunc {
	return s.guarded(needed, true, call)
}

func (s *Server) guarded(needed admission.Role, looksItself bool, call func(*http.Request, *principal) (answer, error)) http.HandlerFunc {
	return s.public(func(r *http.Request) (answer, error) {
		p, err := s.permit(r, needed, looksItself)
		if err != nil {
			return answer{}, err
		}
		return call(r, p)
	})
}

// streamAs serves an answer that is written bit by bit; the stream asks itself which instances the asker sees.
func (s *Server) streamAs(needed admission.Role, stream func(http.ResponseWriter, *http.Request, *principal) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p, err := s.permit(r, needed, true)
		if err == nil {
			err = stream(w, r, p)
		}
		if err != nil {
			s.reply(w, r, answer{}, err)
		}
	}
}

// ownerOnly guards a handler that is not ours.
func (s *Server) ownerOnly(next http.HandlerFunc) http.HandlerFunc {
	return s.streamAs(admission.Owner, func(w http.ResponseWriter, r *http.Request, _ *principal) error {
		next(w, r)
		return nil
	})
}

// gameServer serves a call of game servers, which operators may make, too. Where it is not at an instance it asks itself
// which instances the asker sees.
func (s *Server) gameServer(call func(*http.Request, *principal) (answer, error)) http.HandlerFunc {
	return s.public(func(r *http.Request) (answer, error) {
		p, err := s.permitGameServer(r)
		if err != nil {
			return answer{}, err
		}
		return call(r, p)
	})
}

func (s *Server) permitGameServer(r *http.Request) (*principal, error) {
	p, err := s.identify(r)
	switch {
	case err != nil:
		return nil, err
	case !p.isGameServer && !p.role.May(admission.Operator):
		return nil, wire.NotAllowed
	case strings.Contains(r.Pattern, "/instances/{id}") && !p.sees(admission.InstanceID(r.PathValue("id"))):
		return nil, wire.NotAllowed
	}
	return p, nil
}

func (s *Server) permit(r *http.Request, needed admission.Role, looksItself bool) (*principal, error) {
	p, err := s.identify(r)
	if err != nil {
		return nil, err
	}
	if !p.may(needed, r, looksItself) {
		return nil, wire.NotAllowed
	}
	return p, nil
}

// identify finds out who operates: by a key, or by the cookie of a log-in. A dead key counts against its address.
// Hashes are compared, so that the time it takes tells nothing of a key.
func (s *Server) identify(r *http.Request) (*principal, error) {
	if token := bearer(r); token != "" {
		return s.keyHolder(r, admission.HashToken(token))
	}
	cookies := r.CookiesNamed(adminCookie)
	if len(cookies) != 1 { // of two, one was put there by a page of a neighbouring name
		return nil, wire.Unauthenticated
	}
	hash := admission.HashToken(cookies[0].Value)
	admin, found := s.Gate.LoggedIn(hash)
	if !found {
		return nil, wire.Unauthenticated
	}
	if err := crossOrigin.Check(r); err != nil {
		return nil, wire.ForeignOrigin
	}
	return &principal{name: admin.Name, role: admin.Role, session: hash}, nil
}

// crossOrigin looks at what browsers say of where a request comes from, beside the strict cookie and the check of Origin.
var crossOrigin = http.NewCrossOriginProtection()

func (s *Server) keyHolder(r *http.Request, hash admission.TokenHash) (*principal, error) {
	if hash == s.OperatorKey {
		return &principal{name: "command line", role: admission.Owner}, nil
	}
	if key, found := s.Gate.Key(hash); found {
		return &principal{
			name: "key " + key.Name, role: admission.RoleOf(key.Scopes), instances: key.Instances,
			isGameServer: slices.Contains(key.Scopes, admission.GameServers),
		}, nil
	}
	return nil, s.deny(r, wire.Unauthenticated)
}
