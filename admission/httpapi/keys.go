package httpapi

import (
	"net/http"
	"slices"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/auth"
	"gatekeeper/admission/wire"
)

func (s *Server) listKeys(*http.Request, *principal) (answer, error) {
	body := wire.Keys{Keys: []wire.Key{}}
	for _, row := range s.Gate.Keys() {
		body.Keys = append(body.Keys, wire.NewKeyView(row))
	}
	return ok(body)
}

// maxKeyInstances is how many instances a key may be bound to.
const maxKeyInstances = 64

// addKey makes a key, which is told this once.
func (s *Server) addKey(r *http.Request, p *principal) (answer, error) {
	body, err := decode[wire.NewKey](r)
	if err != nil {
		return answer{}, err
	}
	if err := s.checkKey(body); err != nil {
		return answer{}, err
	}
	secret := auth.NewKey("gka_")
	row := admission.KeyRow{Name: body.Name, Hash: admission.HashToken(secret), Scopes: body.Scopes, Instances: body.Instances}
	if body.ExpiresAt != nil {
		row.ExpiresAt = time.Time(*body.ExpiresAt)
	}
	made, err := s.by(p).AddKey(r.Context(), row)
	if err != nil {
		return answer{}, err
	}
	return created(wire.MadeKey{Key: wire.NewKeyView(made), Secret: secret})
}

func (s *Server) checkKey(body wire.NewKey) error {
	if !admission.ValidName(body.Name, 1, 64) {
		return wire.Malformed.Saying("the name must be 1 to 64 printable characters")
	}
	if len(body.Scopes) == 0 || len(body.Scopes) > 4 || slices.ContainsFunc(body.Scopes, func(scope admission.Scope) bool { return !scope.IsValid() }) {
		return wire.Malformed.Saying("scopes must be some of server, viewer, operator and owner")
	}
	if body.ExpiresAt != nil && !time.Time(*body.ExpiresAt).After(s.Gate.Now()) {
		return wire.Malformed.Saying("expiresAt must be in the future")
	}
	if len(body.Instances) > maxKeyInstances {
		return wire.Malformed.Saying("instances may be at most 64")
	}
	for _, id := range body.Instances {
		if _, err := s.Gate.Instance(id); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) revokeKey(r *http.Request, p *principal) (answer, error) {
	if err := s.by(p).RevokeKey(r.Context(), r.PathValue("id")); err != nil {
		return answer{}, err
	}
	return noContent()
}
