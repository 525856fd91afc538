package httpapi

import (
	"context"
	"errors"
	"net/http"

	"gatekeeper/admission"
	"gatekeeper/admission/auth"
	"gatekeeper/admission/shed"
	"gatekeeper/admission/wire"
)

const (
	adminCookie      = "gatekeeper_admin"
	minAdminPassword = 12
)

func (s *Server) setupState(*http.Request) (answer, error) {
	return ok(wire.SetupState{Needed: !s.Gate.HasAdmin()})
}

// setUp makes the first admin for whoever holds the link that the start printed, and logs it in.
func (s *Server) setUp(r *http.Request) (answer, error) {
	body, err := decode[wire.Setup](r)
	if err != nil {
		return answer{}, err
	}
	if s.Gate.HasAdmin() {
		return answer{}, wire.SetupDone
	}
	if s.SetupToken.IsZero() || admission.HashToken(body.SetupToken) != s.SetupToken {
		return answer{}, s.deny(r, wire.SetupTokenBad)
	}
	row, err := s.newAdmin(r.Context(), wire.NewAdmin{Name: body.Name, Password: body.Password, Role: admission.Owner})
	if err != nil {
		return answer{}, err
	}
	if err := s.Gate.SetUpAdmin(r.Context(), row); err != nil {
		return answer{}, err
	}
	return s.welcome(r, row, http.StatusCreated)
}

func (s *Server) newAdmin(ctx context.Context, body wire.NewAdmin) (row admission.AdminRow, err error) {
	if !auth.ValidName(body.Name) {
		return row, badName
	}
	if !body.Role.IsValid() {
		return row, wire.Malformed.Saying("role must be viewer, operator or owner")
	}
	hash, err := s.hashAdminPassword(ctx, body.Password)
	return admission.AdminRow{Name: body.Name, PasswordHash: hash, Role: body.Role}, err
}

func (s *Server) hashAdminPassword(ctx context.Context, password string) (string, error) {
	if !auth.ValidPassword(password) || len([]rune(password)) < minAdminPassword {
		return "", wire.Malformed.Saying("the password must have 12 to 256 characters")
	}
	return s.AdminPasswords.Hash(ctx, password)
}

// adminLogin counts a try as failed before it looks at the password, as the players' log-in does, and locks the name for
// an address that failed ten times.
func (s *Server) adminLogin(r *http.Request) (answer, error) {
	body, err := decode[wire.AdminLogin](r)
	if err != nil {
		return answer{}, err
	}
	if err := s.strike(r); err != nil {
		return answer{}, err
	}
	name, now := auth.FoldName(body.Name), s.Gate.Now()
	addr := s.address(r)
	if wait, ok := s.AdminLocks.Take(name, addr, now); !ok {
		return answer{}, wire.TooManyRequests.Saying("Too many wrong passwords; this name is locked here for a while.").After(wait)
	}
	if wait, ok := s.AdminNames.Take(name, addr, now); !ok {
		return answer{}, wire.TooManyRequests.After(wait)
	}
	row, err := s.verifyAdmin(r, body)
	if errors.As(err, new(shed.Busy)) {
		s.forgive(r)
		s.AdminLocks.GiveBack(name, addr, now)
		s.AdminNames.GiveBack(name, now)
		return answer{}, err
	}
	if err != nil {
		s.loginFailed(r, row, err)
		return answer{}, err
	}
	s.forgive(r)
	s.AdminLocks.Succeeded(name, addr)
	s.AdminNames.Succeeded(name, addr, now)
	return s.welcome(r, row, http.StatusOK)
}

// verifyAdmin takes the same time for an unknown name and a wrong password. A right password without its code is told of
// before the code is looked at: whoever knows the password knows of the second factor.
func (s *Server) verifyAdmin(r *http.Request, body wire.AdminLogin) (admission.AdminRow, error) {
	row, found := s.Gate.Admin(body.Name)
	if !found {
		if err := s.AdminPasswords.VerifyNobody(r.Context(), body.Password); err != nil {
			return row, err
		}
		return row, wire.BadCredentials
	}
	right, err := s.AdminPasswords.Verify(r.Context(), body.Password, row.PasswordHash)
	switch {
	case err != nil:
		return row, err
	case !right:
		return row, wire.BadCredentials
	case row.TOTPSecret == "":
		return row, nil
	case body.Code == "":
		return row, wire.CodeNeeded
	case !s.Codes.Check(row.TOTPSecret, body.Code, s.Gate.Now()):
		return row, wire.BadCode
	}
	return row, nil
}

// loginFailed tells of a failure. A name that nobody has is not written down: it may be a password in the wrong field.
func (s *Server) loginFailed(r *http.Request, row admission.AdminRow, why error) {
	name, addr := auth.FoldName(row.Name), s.address(r)
	switch {
	case row.Name == "":
		return
	case errors.Is(why, wire.CodeNeeded): // the first half of a log-in
		s.AdminLocks.Succeeded(name, addr)
		s.AdminNames.Succeeded(name, addr, s.Gate.Now())
		s.forgive(r)
		return
	}
	told := map[string]any{"address": addr.String(), "left": s.AdminLocks.Left(name, addr)}
	if err := s.Gate.As(row.Name).Note(r.Context(), admission.EventAdminLoginFailed, "", told); err != nil {
		s.Log.Warn().Err(err).Msg("a failed log-in could not be written down")
	}
	if s.AdminNames.Failed(name, s.Gate.Now()) || s.AdminLocks.Left(name, addr) == 0 {
		s.Gate.LoginLocked("", map[string]any{"admin": row.Name, "address": addr.String()})
	}
}

// welcome logs an operator in.
func (s *Server) welcome(r *http.Request, row admission.AdminRow, status int) (answer, error) {
	token := auth.NewKey("gks_")
	if err := s.Gate.As(row.Name).LogIn(r.Context(), admission.HashToken(token)); err != nil {
		return answer{}, err
	}
	return answer{status: status, body: s.about(row.Name, row.Role, row.TOTPSecret != ""), cookie: s.cookie(r, token)}, nil
}

// cookie holds a log-in; an empty value takes it away. It has no age: the server knows how long it is good.
func (s *Server) cookie(r *http.Request, value string) *http.Cookie {
	c := &http.Cookie{
		Name: adminCookie, Value: value, Path: "/admin", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: s.origins.scheme(r) == "https",
	}
	if value == "" {
		c.MaxAge = -1
	}
	return c
}

func (s *Server) adminLogout(r *http.Request, p *principal) (answer, error) {
	if !p.session.IsZero() {
		if err := s.by(p).LogOut(r.Context(), p.session); err != nil {
			return answer{}, err
		}
	}
	return answer{status: http.StatusNoContent, cookie: s.cookie(r, "")}, nil
}
