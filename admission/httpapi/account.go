package httpapi

import (
	"errors"
	"net/http"

	"gatekeeper/admission"
	"gatekeeper/admission/auth"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/wire"
)

// confirm looks at the password of whoever is logged in already. Guesses are counted as those at the log-in are: a token
// that was stolen is no way to try passwords.
func (s *Server) confirm(r *http.Request, a *gate.Account, password string) (verified, error) {
	known, err := s.tryPassword(r, wire.Credentials{Name: a.Name(), Password: password})
	switch {
	case errors.Is(err, wire.BadCredentials):
		return known, wire.WrongPassword
	case err == nil && known.account != a: // the name has passed to somebody else this instant
		return known, wire.WrongPassword
	}
	return known, err
}

// changePassword replaces the password for whoever knows the present one, and ends every other token.
func (s *Server) changePassword(r *http.Request, a *gate.Account) (answer, error) {
	body, err := decode[wire.OwnPassword](r)
	switch {
	case err != nil:
		return answer{}, err
	case a.PasswordHash() == "":
		return answer{}, wire.NoPassword
	}
	verify := func() (verified, error) { return s.confirm(r, a, body.Password) }
	_, err = s.setPassword(r, body.NewPassword, verify, admission.HashToken(bearer(r)))
	if err != nil {
		return answer{}, err
	}
	return noContent()
}

// replacePassword is the same for whoever is not logged in, above all because the password must be changed first. It takes
// the same time and says the same for an unknown name and a wrong password, and ends every token.
func (s *Server) replacePassword(r *http.Request) (answer, error) {
	body, err := decode[wire.OtherPassword](r)
	switch {
	case err != nil:
		return answer{}, err
	case !s.Settings.Ways().Local:
		return answer{}, wire.LocalDisabled
	case body.NewPassword == body.Password:
		return answer{}, wire.Malformed.Saying("the new password must be another one")
	}
	verify := func() (verified, error) { return s.tryPassword(r, body.Credentials) }
	known, err := s.setPassword(r, body.NewPassword, verify, admission.TokenHash{})
	if err != nil {
		return answer{}, err
	}
	return s.logIn(r, known)
}

// setPassword gives an account another password once the present one was verified. Every token dies but the spared one.
func (s *Server) setPassword(r *http.Request, password string, verify func() (verified, error), spare admission.TokenHash) (verified, error) {
	if !auth.ValidPassword(password) {
		return verified{}, badPassword
	}
	known, err := verify()
	if err != nil {
		return verified{}, err
	}
	hash, err := s.Passwords.Hash(r.Context(), password)
	if err != nil {
		return verified{}, err
	}
	err = s.Gate.ChangePassword(r.Context(), known.account, known.hash, hash, spare)
	return verified{known.account, hash}, err
}

// logOutEverywhere ends every token of this server's, and refuses the one that asks where it is somebody else's: that one's
// others are for its issuer to end.
func (s *Server) logOutEverywhere(r *http.Request, a *gate.Account) (answer, error) {
	if _, err := s.endOutside(r); err != nil {
		return answer{}, err
	}
	if err := s.Gate.LogOutEverywhere(r.Context(), a); err != nil {
		return answer{}, err
	}
	return noContent()
}

// upgrade makes a guest's account one with a name and a password. It counts by address, as a registration does: it tells
// which names are taken, and costs a hash.
func (s *Server) upgrade(r *http.Request, a *gate.Account) (answer, error) {
	body, err := decode[wire.Credentials](r)
	switch {
	case err != nil:
		return answer{}, err
	case !a.Profile().IsGuest:
		return answer{}, wire.NotAGuest
	}
	hash, err := s.checkNew(r, body, a)
	if err != nil {
		return answer{}, err
	}
	if err := s.Gate.Upgrade(r.Context(), a, body.Name, hash); err != nil {
		return answer{}, err
	}
	s.Names.Succeeded(auth.FoldName(body.Name), s.address(r), s.Gate.Now())
	return s.me(r, a)
}

// deleteMe takes the account away for good, for whoever knows its password where it has one.
func (s *Server) deleteMe(r *http.Request, a *gate.Account) (answer, error) {
	var known verified
	if a.PasswordHash() != "" {
		body, err := decode[wire.Farewell](r)
		if err != nil {
			return answer{}, err
		}
		if known, err = s.confirm(r, a, body.Password); err != nil {
			return answer{}, err
		}
	}
	if _, err := s.endOutside(r); err != nil {
		return answer{}, err
	}
	name := a.Name()
	if err := s.Gate.DeleteAccount(r.Context(), a, known.hash); err != nil {
		return answer{}, err
	}
	s.Names.Forget(auth.FoldName(name))
	return noContent()
}
