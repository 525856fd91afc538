package gate

import (
	"context"

	"gatekeeper/admission"
)

// endTokens makes every token of an account dead but one, with a change, and counts them. The account's lock is held.
func (g *Gate) endTokens(c *admission.Change, a *Account, spare admission.TokenHash) int {
	dead := g.accounts.forgetTokens(a, spare)
	for _, token := range dead {
		c.Records = append(c.Records, admission.DropToken{Hash: token})
	}
	return len(dead)
}

// own starts an event about what a player did with the own account.
func (g *Gate) own(a *Account, name admission.EventName, data map[string]any) admission.Event {
	return admission.Event{Time: g.cfg.Now(), Name: name, Account: a.ID(), Data: data}
}

// ChangePassword gives an account another password, by its hash, for whoever knew the one of the hash verified. Every
// token dies but the spared one. Sessions go on. Errors: ErrPasswordChanged, ErrUnknownAccount, ErrUnavailable.
func (g *Gate) ChangePassword(ctx context.Context, a *Account, verified, hash string, spare admission.TokenHash) error {
	return g.edit(ctx, a, func(core *admission.Account) (*admission.Change, error) {
		if core.PasswordHash != verified {
			return nil, ErrPasswordChanged
		}
		c := core.SetPassword(hash, false)
		ended := g.endTokens(c, a, spare)
		c.Events = append(c.Events, g.own(a, admission.EventAccountPassword, map[string]any{"tokensRevoked": ended}))
		return c, nil
	})
}

// LogOutEverywhere ends every token of an account. Sessions go on. Errors: ErrUnknownAccount, ErrUnavailable.
func (g *Gate) LogOutEverywhere(ctx context.Context, a *Account) error {
	return g.edit(ctx, a, func(*admission.Account) (*admission.Change, error) {
		c := &admission.Change{}
		ended := g.endTokens(c, a, admission.TokenHash{})
		c.Events = append(c.Events, g.own(a, admission.EventAccountLoggedOut, map[string]any{"tokensRevoked": ended}))
		return c, nil
	})
}

// Upgrade makes a guest's account one with a name and a password, by its hash. Characters, tokens and places stay.
// Errors: admission.ErrNotAGuest, ErrNameTaken, ErrUnknownAccount, ErrUnavailable.
func (g *Gate) Upgrade(ctx context.Context, a *Account, name, hash string) error {
	return g.edit(ctx, a, func(core *admission.Account) (*admission.Change, error) {
		switch {
		case !core.Guest:
			return nil, admission.ErrNotAGuest
		case g.accounts.rename(a, name):
			return nil, ErrNameTaken
		}
		c, err := core.Upgrade(name, hash)
		if err == nil {
			c.Events = append(c.Events, g.own(a, admission.EventAccountUpgraded, nil))
		}
		return c, err
	})
}

// DeleteAccount removes an account on its player's word, which is the one of the hash verified ("" where it has no
// password): its places end at once, then all that is stored of it goes but the events, which hold only ids. Errors:
// ErrPasswordChanged, ErrUnknownAccount, ErrUnavailable.
func (g *Gate) DeleteAccount(ctx context.Context, a *Account, verified string) error {
	return g.edit(ctx, a, func(core *admission.Account) (*admission.Change, error) {
		if core.PasswordHash != verified {
			return nil, ErrPasswordChanged
		}
		return g.remove(a, "player"), nil
	})
}

// remove ends the places before the account goes, in changes of their own: a kill in between leaves an account without
// places, which can be deleted again. The account's lock is held, so that no attempt comes in between.
func (g *Gate) remove(a *Account, by string) *admission.Change {
	for _, ch := range a.core.Characters {
		g.removePlace(ch.ID, "account deleted")
	}
	a.isGone = true
	e := g.own(a, admission.EventAccountDeleted, nil)
	e.Reason = by
	c := a.core.Delete(g.accounts.remove(a), e.Time)
	c.Events = append(c.Events, e)
	return c
}
