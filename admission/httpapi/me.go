package httpapi

import (
	"encoding/base64"
	"errors"
	"net/http"

	"gatekeeper/admission"
	"gatekeeper/admission/auth"
	"gatekeeper/admission/shed"
	"gatekeeper/admission/wire"
)

func (s *Server) about(name string, role admission.Role, hasTOTP bool) wire.AdminMe {
	return wire.AdminMe{Name: name, Role: role, HasTOTP: hasTOTP, IsLab: s.Lab != nil, Version: s.Version.Version}
}

func (s *Server) adminMe(_ *http.Request, p *principal) (answer, error) {
	row, _ := s.Gate.Admin(p.name)
	return ok(s.about(p.name, p.role, !p.session.IsZero() && row.TOTPSecret != ""))
}

// changeMe applies an edit to the asker's own account; a key has none.
func (s *Server) changeMe(r *http.Request, p *principal, edit func(*admission.AdminRow) error) (answer, error) {
	if p.session.IsZero() {
		return answer{}, wire.NotAllowed.Saying("A key has no password and no second factor.")
	}
	if err := s.by(p).ChangeAdmin(r.Context(), p.name, p.session, edit); err != nil {
		return answer{}, err
	}
	return noContent()
}

// ownPassword changes it for whoever knows the present one. Guesses are counted as those at the log-in are.
func (s *Server) ownPassword(r *http.Request, p *principal) (answer, error) {
	body, err := decode[wire.PasswordChange](r)
	if err != nil {
		return answer{}, err
	}
	if err := s.confirmPassword(r, p, body.Current); err != nil {
		return answer{}, err
	}
	hash, err := s.hashAdminPassword(r.Context(), body.Password)
	if err != nil {
		return answer{}, err
	}
	return s.changeMe(r, p, func(row *admission.AdminRow) error {
		row.PasswordHash = hash
		return nil
	})
}

func (s *Server) confirmPassword(r *http.Request, p *principal, password string) error {
	row, found := s.Gate.Admin(p.name)
	if !found || p.session.IsZero() {
		return wire.NotAllowed.Saying("A key has no password and no second factor.")
	}
	name, addr := auth.FoldName(p.name), s.address(r)
	now := s.Gate.Now()
	if wait, ok := s.AdminLocks.Take(name, addr, now); !ok {
		return wire.TooManyRequests.After(wait)
	}
	right, err := s.AdminPasswords.Verify(r.Context(), password, row.PasswordHash)
	switch {
	case errors.As(err, new(shed.Busy)):
		s.AdminLocks.GiveBack(name, addr, now)
		return err
	case err != nil:
		return err
	case !right:
		s.loginFailed(r, row, wire.BadCredentials)
		return wire.NotAllowed.Saying("The present password is wrong.")
	}
	s.AdminLocks.Succeeded(name, addr)
	return nil
}

// offerTOTP makes a second factor, which nothing keeps until it is confirmed.
func (s *Server) offerTOTP(_ *http.Request, p *principal) (answer, error) {
	made, err := auth.NewTOTP("gatekeeper", p.name)
	if err != nil {
		return answer{}, err
	}
	qr := "data:image/png;base64," + base64.StdEncoding.EncodeToString(made.QR)
	return ok(wire.TOTPOffer{Secret: made.Secret, URI: made.URI, QR: qr})
}

func (s *Server) confirmTOTP(r *http.Request, p *principal) (answer, error) {
	body, err := decode[wire.TOTPConfirm](r)
	if err != nil {
		return answer{}, err
	}
	if len(body.Secret) < 16 || len(body.Secret) > 64 || !s.Codes.Check(body.Secret, body.Code, s.Gate.Now()) {
		return answer{}, wire.NotAllowed.Saying("The code does not belong to this second factor.")
	}
	return s.changeMe(r, p, func(row *admission.AdminRow) error {
		row.TOTPSecret = body.Secret
		return nil
	})
}

func (s *Server) dropTOTP(r *http.Request, p *principal) (answer, error) {
	body, err := decode[wire.PasswordChange](r)
	if err != nil {
		return answer{}, err
	}
	if err := s.confirmPassword(r, p, body.Current); err != nil {
		return answer{}, err
	}
	return s.changeMe(r, p, func(row *admission.AdminRow) error {
		row.TOTPSecret = ""
		return nil
	})
}
