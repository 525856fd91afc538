package httpapi

import (
	"net/http"

	"gatekeeper/admission"
	"gatekeeper/admission/auth"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/wire"
)

func adminAccount(v gate.AccountView) wire.Account {
	body := wire.Account{
		AccountID: v.ID, Name: v.Name, IsGuest: v.IsGuest, MustChange: v.MustChange, Issuer: v.Issuer, CreatedAt: wire.Time(v.CreatedAt), Characters: []wire.Character{},
		LockedSeconds: wire.Seconds(v.LockedFor), Failures: v.Failures, Places: []wire.Listed{},
	}
	for _, c := range v.Characters {
		body.Characters = append(body.Characters, wire.NewCharacter(c))
	}
	if v.Active != "" {
		body.ActiveCharacterID = &v.Active
	}
	for _, p := range v.Places {
		body.Places = append(body.Places, wire.NewListed(p, v.Name))
	}
	return body
}

func adminAccounts(views []gate.AccountView, total int) (answer, error) {
	body := wire.Accounts{Accounts: []wire.Account{}, Total: total}
	for _, v := range views {
		body.Accounts = append(body.Accounts, adminAccount(v))
	}
	return ok(body)
}

func (s *Server) listAccounts(r *http.Request, _ *principal) (answer, error) {
	offset, limit, err := page(r, maxPage)
	if err != nil {
		return answer{}, err
	}
	return adminAccounts(s.Gate.Accounts(r.URL.Query().Get("search"), offset, limit))
}

func (s *Server) showAccount(r *http.Request, _ *principal) (answer, error) {
	v, err := s.Gate.Account(admission.AccountID(r.PathValue("id")))
	if err != nil {
		return answer{}, err
	}
	return ok(adminAccount(v))
}

func (s *Server) listLocks(*http.Request, *principal) (answer, error) {
	locked := s.Gate.Locks()
	return adminAccounts(locked, len(locked))
}

func (s *Server) clearLock(r *http.Request, p *principal) (answer, error) {
	if err := s.by(p).ClearLock(r.Context(), admission.AccountID(r.PathValue("id"))); err != nil {
		return answer{}, err
	}
	return noContent()
}

// resetPassword gives an account another password, which is told this once, and logs it out everywhere.
func (s *Server) resetPassword(r *http.Request, p *principal) (answer, error) {
	body, err := decode[wire.NewPassword](r)
	if err != nil {
		return answer{}, err
	}
	if body.Password == "" {
		body.Password = auth.NewPassword()
	}
	if !auth.ValidPassword(body.Password) {
		return answer{}, badPassword
	}
	hash, err := s.AdminPasswords.Hash(r.Context(), body.Password)
	if err != nil {
		return answer{}, err
	}
	if err := s.by(p).ResetPassword(r.Context(), admission.AccountID(r.PathValue("id")), hash, body.MustChange); err != nil {
		return answer{}, err
	}
	return ok(body)
}

// deleteAccount is [Server.deleteMe] on an operator's word.
func (s *Server) deleteAccount(r *http.Request, p *principal) (answer, error) {
	id := admission.AccountID(r.PathValue("id"))
	name := s.Gate.AccountName(id)
	if err := s.by(p).DeleteAccount(r.Context(), id); err != nil {
		return answer{}, err
	}
	s.Names.Forget(auth.FoldName(name))
	return noContent()
}

func (s *Server) changeCharacter(r *http.Request, p *principal) (answer, error) {
	body, err := decode[wire.CharacterChange](r)
	if err != nil {
		return answer{}, err
	}
	if body.Suspended == nil {
		return answer{}, wire.Malformed.Saying("suspended must be true or false")
	}
	row, err := s.by(p).Suspend(r.Context(), admission.CharacterID(r.PathValue("id")), *body.Suspended)
	if err != nil {
		return answer{}, err
	}
	return ok(wire.AdminCharacter{Character: wire.NewCharacter(row), AccountID: row.Account})
}
