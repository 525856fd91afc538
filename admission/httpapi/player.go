package httpapi

import (
	"errors"
	"net/http"

	"gatekeeper/admission"
	"gatekeeper/admission/auth"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/identity"
	"gatekeeper/admission/shed"
	"gatekeeper/admission/wire"
)

func (s *Server) authConfig(*http.Request) (answer, error) {
	ways := s.Settings.Ways()
	body := wire.AuthConfig{Local: ways.Local, Guests: ways.Guest}
	if s.Identity != nil {
		body.OIDC = s.Identity.LogIn()
	}
	return ok(body)
}

var (
	badName     = wire.Malformed.Saying("the name must be 3 to 32 printable characters of one script")
	badPassword = wire.Malformed.Saying("the password must have 8 to 256 characters")
)

// register counts by address also where it succeeds: accounts are cheap to make and cost storage.
func (s *Server) register(r *http.Request) (answer, error) {
	body, err := decode[wire.Credentials](r)
	if err != nil {
		return answer{}, err
	}
	hash, err := s.checkNew(r, body, nil)
	if err != nil {
		return answer{}, err
	}
	made, err := s.enlist(r, admission.AccountRow{Name: body.Name, PasswordHash: hash})
	if err == nil {
		addr, _ := s.client.of(r)
		s.Names.Succeeded(auth.FoldName(body.Name), addr, s.Gate.Now())
	}
	return made, err
}

// checkNew looks whether an account may have that name and password, and returns what is kept of the latter. It is a try of
// the address, given back where too many others want a password hashed. self is whose they are to be; nil = a new account's.
func (s *Server) checkNew(r *http.Request, c wire.Credentials, self *gate.Account) (hash string, err error) {
	switch {
	case !s.Settings.Ways().Local:
		return "", wire.LocalDisabled
	case !auth.ValidName(c.Name):
		return "", badName
	case !auth.ValidPassword(c.Password):
		return "", badPassword
	}
	if err := s.strike(r); err != nil {
		return "", err
	}
	if other := s.Gate.AccountNamed(c.Name); other != nil && other != self { // before the work of hashing; the gate decides
		return "", wire.NameTaken
	}
	hash, err = s.Passwords.Hash(r.Context(), c.Password)
	if errors.As(err, new(shed.Busy)) {
		s.forgive(r)
	}
	return hash, err
}

func (s *Server) guest(r *http.Request) (answer, error) {
	body, err := decode[wire.Credentials](r)
	switch {
	case err != nil:
		return answer{}, err
	case !s.Settings.Ways().Guest:
		return answer{}, wire.GuestsDisabled
	case !auth.ValidName(body.Name):
		return answer{}, badName
	}
	if err := s.strike(r); err != nil {
		return answer{}, err
	}
	return s.enlist(r, admission.AccountRow{Name: body.Name, Guest: true})
}

func (s *Server) enlist(r *http.Request, row admission.AccountRow) (answer, error) {
	token := auth.NewPlayerToken()
	account, expires, err := s.Gate.Register(r.Context(), row, admission.HashToken(token))
	if err != nil {
		return answer{}, err
	}
	return created(wire.Login{AccountID: account.ID(), Name: account.Name(), Token: token, ExpiresAt: wire.Time(expires)})
}

// login takes the same time and says the same for an unknown name and a wrong password. The try is counted before the
// password is looked at, and given back if it was right: tries in parallel get no more than one after another.
func (s *Server) login(r *http.Request) (answer, error) {
	body, err := decode[wire.Credentials](r)
	switch {
	case err != nil:
		return answer{}, err
	case !s.Settings.Ways().Local:
		return answer{}, wire.LocalDisabled
	}
	known, err := s.tryPassword(r, body)
	if err != nil {
		return answer{}, err
	}
	return s.logIn(r, known)
}

// logIn gives one more token to whoever knew the password.
func (s *Server) logIn(r *http.Request, known verified) (answer, error) {
	token := auth.NewPlayerToken()
	expires, err := s.Gate.IssueToken(r.Context(), known.account, known.hash, admission.HashToken(token))
	if err != nil {
		return answer{}, err
	}
	a := known.account
	return ok(wire.Login{AccountID: a.ID(), Name: a.Name(), Token: token, ExpiresAt: wire.Time(expires)})
}

// verified is an account whose password somebody knew, and the hash that it had then: what follows from it holds only as
// long as the password does.
type verified struct {
	account *gate.Account
	hash    string
}

// tryPassword counts the try for the address and for the name. A name at which many have guessed is slowed, but not for
// those who come from where it belongs.
func (s *Server) tryPassword(r *http.Request, body wire.Credentials) (verified, error) {
	if err := s.strike(r); err != nil {
		return verified{}, err
	}
	name, now := auth.FoldName(body.Name), s.Gate.Now()
	addr, _ := s.client.of(r)
	if wait, ok := s.Names.Take(name, addr, now); !ok {
		s.forgive(r)
		return verified{}, wire.TooManyRequests.After(wait)
	}
	known, err := s.verify(r, body)
	switch {
	case errors.As(err, new(shed.Busy)):
		s.forgive(r)
		s.Names.GiveBack(name, now)
		return verified{}, err
	case err != nil:
		return verified{}, err
	case known.account != nil:
		s.forgive(r)
		s.Names.Succeeded(name, addr, now)
		return known, nil
	}
	if known := s.Gate.AccountNamed(body.Name); s.Names.Failed(name, now) && known != nil {
		s.Gate.LoginLocked(known.ID(), nil)
	}
	return verified{}, wire.BadCredentials
}

func (s *Server) verify(r *http.Request, body wire.Credentials) (verified, error) {
	account := s.Gate.AccountNamed(body.Name)
	if account == nil || account.PasswordHash() == "" {
		return verified{}, s.Passwords.VerifyNobody(r.Context(), body.Password)
	}
	hash := account.PasswordHash()
	right, err := s.Passwords.Verify(r.Context(), body.Password, hash)
	if err != nil || !right {
		return verified{}, err
	}
	return verified{account, hash}, nil
}

func (s *Server) logout(r *http.Request, _ *gate.Account) (answer, error) {
	isOutside, err := s.endOutside(r)
	if !isOutside {
		err = s.Gate.RevokeToken(r.Context(), admission.HashToken(bearer(r)))
	}
	if err != nil {
		return answer{}, err
	}
	return noContent()
}

// endOutside ends the token that asks, where it is one of another issuer's.
func (s *Server) endOutside(r *http.Request) (isOutside bool, err error) {
	token := bearer(r)
	if s.Identity == nil || !identity.Looks(token) {
		return false, nil
	}
	player, err := s.Identity.Verify(r.Context(), token)
	if err != nil {
		return false, nil // it is none, or has just expired
	}
	return true, s.Gate.EndVouched(r.Context(), admission.HashToken(token), player.Expires.Add(identity.Leeway))
}

func (s *Server) me(r *http.Request, a *gate.Account) (answer, error) {
	p, err := s.Gate.Me(r.Context(), a)
	if err != nil {
		return answer{}, err
	}
	body := wire.Me{AccountID: p.ID, Name: p.Name, IsGuest: p.IsGuest, HasPassword: p.HasPassword, Characters: []wire.Character{}}
	for _, c := range p.Characters {
		body.Characters = append(body.Characters, wire.NewCharacter(c))
	}
	if p.Active != "" {
		body.ActiveCharacterID = &p.Active
	}
	return ok(body)
}

func (s *Server) activate(r *http.Request, a *gate.Account) (answer, error) {
	body, err := decode[wire.ActiveCharacter](r)
	if err != nil {
		return answer{}, err
	}
	id := admission.CharacterID("")
	if body.CharacterID != nil {
		id = *body.CharacterID
	}
	if err := s.Gate.Activate(r.Context(), a, id); err != nil {
		return answer{}, err
	}
	return s.me(r, a)
}

func (s *Server) addCharacter(r *http.Request, a *gate.Account) (answer, error) {
	body, err := decode[wire.CharacterName](r)
	if err != nil {
		return answer{}, err
	}
	row, err := s.Gate.AddCharacter(r.Context(), a, body.Name)
	if err != nil {
		return answer{}, err
	}
	return created(wire.NewCharacter(row))
}

func (s *Server) deleteCharacter(r *http.Request, a *gate.Account) (answer, error) {
	if err := s.Gate.DeleteCharacter(r.Context(), a, admission.CharacterID(r.PathValue("id"))); err != nil {
		return answer{}, err
	}
	return noContent()
}

// instances hides the closed ones.
func (s *Server) instances(*http.Request) (answer, error) {
	body := wire.Instances{Instances: []wire.Instance{}}
	for _, v := range s.Gate.Instances() {
		if v.Mode != admission.ModeClosed {
			body.Instances = append(body.Instances, publicInstance(v))
		}
	}
	return ok(body)
}

func publicInstance(v gate.View) wire.Instance {
	return wire.Instance{
		InstanceID: v.ID, Name: v.Name, State: v.Mode, Capacity: v.Capacity, SeatsTaken: v.SeatsTaken(),
		QueueDepth: v.QueueDepth, QueueMax: v.QueueMax, RequiredBuild: v.RequiredBuild, Message: v.Message,
		GameURL: v.GameURL, GameServerState: gameServerState(v),
	}
}

func gameServerState(v gate.View) wire.GameServerState {
	switch {
	case v.IsDown:
		return wire.GameServerSilent
	case v.IsLinked:
		return wire.GameServerUp
	default:
		return wire.GameServerUnlinked
	}
}

func (s *Server) queueStatus(r *http.Request, a *gate.Account) (answer, error) {
	id := r.PathValue("id")
	st, wait, err := s.Gate.QueueStatus(r.Context(), a, admission.InstanceID(id), characterInQuery(r))
	switch {
	case err != nil:
		return answer{}, err
	case wait > 0:
		return answer{}, wire.TooManyRequests.After(wait)
	}
	return ok(wire.QueueStatus(st, s.socketURL(r, id)))
}

func (s *Server) leaveQueue(r *http.Request, a *gate.Account) (answer, error) {
	err := s.Gate.LeaveQueue(r.Context(), a, admission.InstanceID(r.PathValue("id")), characterInQuery(r))
	if err != nil {
		return answer{}, err
	}
	return noContent()
}

func (s *Server) leaveSession(r *http.Request, a *gate.Account) (answer, error) {
	if err := s.Gate.LeaveSession(r.Context(), a, admission.SessionID(r.PathValue("id"))); err != nil {
		return answer{}, err
	}
	return noContent()
}

func characterInQuery(r *http.Request) admission.CharacterID {
	return admission.CharacterID(r.URL.Query().Get("characterId"))
}
