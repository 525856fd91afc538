package httpapi

import (
	"net/http"

	"gatekeeper/admission"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/wire"
)

func (s *Server) listAdmins(*http.Request, *principal) (answer, error) {
	body := wire.Admins{Admins: []wire.Admin{}}
	for _, row := range s.Gate.Admins() {
		body.Admins = append(body.Admins, wire.NewAdminView(row))
	}
	return ok(body)
}

func (s *Server) addAdmin(r *http.Request, p *principal) (answer, error) {
	body, err := decode[wire.NewAdmin](r)
	if err != nil {
		return answer{}, err
	}
	row, err := s.newAdmin(r.Context(), body)
	if err != nil {
		return answer{}, err
	}
	if err := s.by(p).AddAdmin(r.Context(), row); err != nil {
		return answer{}, err
	}
	return s.showAdmin(body.Name, http.StatusCreated)
}

func (s *Server) showAdmin(name string, status int) (answer, error) {
	row, found := s.Gate.Admin(name)
	if !found {
		return answer{}, gate.ErrUnknownAdmin
	}
	return answer{status: status, body: wire.NewAdminView(row)}, nil
}

func (s *Server) changeAdmin(r *http.Request, p *principal) (answer, error) {
	body, err := decode[wire.AdminChange](r)
	if err != nil {
		return answer{}, err
	}
	var hash string
	switch {
	case body.Role != nil && !body.Role.IsValid():
		return answer{}, wire.Malformed.Saying("role must be viewer, operator or owner")
	case body.HasTOTP != nil && *body.HasTOTP:
		return answer{}, wire.Malformed.Saying("only its holder can set a second factor up")
	case body.Password != nil:
		if hash, err = s.hashAdminPassword(r.Context(), *body.Password); err != nil {
			return answer{}, err
		}
	}
	name := r.PathValue("name")
	err = s.by(p).ChangeAdmin(r.Context(), name, p.session, func(row *admission.AdminRow) error {
		if body.Role != nil {
			row.Role = *body.Role
		}
		if hash != "" {
			row.PasswordHash = hash
		}
		if body.HasTOTP != nil {
			row.TOTPSecret = ""
		}
		return nil
	})
	if err != nil {
		return answer{}, err
	}
	return s.showAdmin(name, http.StatusOK)
}

func (s *Server) removeAdmin(r *http.Request, p *principal) (answer, error) {
	if err := s.by(p).RemoveAdmin(r.Context(), r.PathValue("name")); err != nil {
		return answer{}, err
	}
	return noContent()
}
