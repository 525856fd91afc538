package gate

import (
	"context"
	"time"

	"gatekeeper/admission"
)

// PlayerTokenLife is how long a player token is good.
const PlayerTokenLife = 30 * 24 * time.Hour

// Register makes an account and its first player token, durably. Errors: ErrNameTaken, ErrUnavailable.
func (g *Gate) Register(ctx context.Context, row admission.AccountRow, token admission.TokenHash) (*Account, time.Time, error) {
	if err := g.Health(); err != nil {
		return nil, time.Time{}, err
	}
	now := g.cfg.Now()
	row.ID, row.CreatedAt = admission.AccountID(g.UUID()), now
	a := &Account{core: admission.NewAccount(row)}
	expires := now.Add(PlayerTokenLife)
	entry, taken := g.enlist(a, token, expires)
	if taken {
		return nil, time.Time{}, ErrNameTaken
	}
	return a, expires, g.durable(ctx, entry)
}

// enlist reserves the name, then appends the account's records before its lock lets anybody else write of it.
func (g *Gate) enlist(a *Account, token admission.TokenHash, expires time.Time) (entry uint64, taken bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	d := g.accounts
	d.mu.Lock()
	key := d.fold(a.core.Name)
	if d.byName[key] != nil {
		d.mu.Unlock()
		return 0, true
	}
	d.byName[key], d.byID[a.core.ID] = a, a
	d.keep(a, token, expires)
	d.mu.Unlock()
	return g.journal.append(&admission.Change{Records: []admission.Record{
		admission.PutAccount{Row: a.core.AccountRow},
		admission.PutToken{Row: admission.TokenRow{Hash: token, Account: a.core.ID, ExpiresAt: expires}},
	}}), false
}

// AccountNamed finds an account by its name, or nil.
func (g *Gate) AccountNamed(name string) *Account { return g.accounts.named(name) }

// Authenticate finds the account of a live player token, or nil.
func (g *Gate) Authenticate(token admission.TokenHash) *Account {
	d := g.accounts
	d.mu.RLock()
	defer d.mu.RUnlock()
	live, found := d.byToken[token]
	if !found || !live.expires.After(g.cfg.Now()) {
		return nil
	}
	return live.account
}

// IssueToken gives an account one more player token, durably, to whoever knew the password of a hash. Errors:
// ErrPasswordChanged, ErrMustChange, ErrUnknownAccount, ErrUnavailable.
func (g *Gate) IssueToken(ctx context.Context, a *Account, verified string, token admission.TokenHash) (expires time.Time, err error) {
	err = g.edit(ctx, a, func(core *admission.Account) (*admission.Change, error) {
		switch {
		case core.PasswordHash != verified:
			return nil, ErrPasswordChanged
		case core.MustChange:
			return nil, ErrMustChange
		}
		expires = g.cfg.Now().Add(PlayerTokenLife)
		g.accounts.mu.Lock()
		defer g.accounts.mu.Unlock()
		return &admission.Change{Records: append(g.accounts.keep(a, token, expires),
			admission.PutToken{Row: admission.TokenRow{Hash: token, Account: a.ID(), ExpiresAt: expires}})}, nil
	})
	return expires, err
}

// RevokeToken ends a player token, durably. Error: ErrUnavailable.
func (g *Gate) RevokeToken(ctx context.Context, token admission.TokenHash) error {
	if err := g.Health(); err != nil {
		return err
	}
	g.accounts.forget(token)
	return g.write(ctx, &admission.Change{Records: []admission.Record{admission.DropToken{Hash: token}}})
}

// Profile is an account as its player sees it.
type Profile struct {
	ID         admission.AccountID
	Name       string
	Characters []admission.CharacterRow
	Active     admission.CharacterID
	IsGuest    bool
	// HasPassword says whether it is the account's player who knows the way in, and nobody else who vouches.
	HasPassword bool
}

// Me returns an account's profile once everything in it is durable. Error: ErrUnavailable.
func (g *Gate) Me(ctx context.Context, a *Account) (Profile, error) {
	p := a.Profile()
	return p, g.durable(ctx, g.journal.newest())
}

// Profile copies what the player may see.
func (a *Account) Profile() Profile {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := Profile{
		ID: a.core.ID, Name: a.core.Name, Active: a.core.Active, IsGuest: a.core.Guest, HasPassword: a.core.PasswordHash != "",
		Characters: []admission.CharacterRow{},
	}
	for _, c := range a.core.Characters {
		p.Characters = append(p.Characters, c.CharacterRow)
	}
	return p
}

// edit runs one step on an account under its lock and waits for its commit. The step's own error changes nothing. Of an
// account that was deleted nothing is written: ErrUnknownAccount.
func (g *Gate) edit(ctx context.Context, a *Account, step func(*admission.Account) (*admission.Change, error)) error {
	if err := g.Health(); err != nil {
		return err
	}
	entry, err := func() (uint64, error) {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.isGone {
			return 0, ErrUnknownAccount
		}
		c, err := step(a.core)
		if err != nil {
			return 0, err
		}
		return g.journal.append(c), nil
	}()
	if err != nil {
		return err
	}
	return g.durable(ctx, entry)
}

// AddCharacter makes a character. Errors: admission.ErrInvalidName, admission.ErrTooManyCharacters, ErrUnavailable.
func (g *Gate) AddCharacter(ctx context.Context, a *Account, name string) (row admission.CharacterRow, err error) {
	err = g.edit(ctx, a, func(core *admission.Account) (*admission.Change, error) {
		ch, c, err := core.AddCharacter(admission.CharacterID(g.UUID()), name, g.cfg.Now())
		if err != nil {
			return nil, err
		}
		row = ch.CharacterRow
		g.accounts.own(row.ID, a)
		return c, nil
	})
	return row, err
}

// DeleteCharacter removes a character. Errors: admission.ErrUnknownCharacter, admission.ErrCharacterInUse, ErrUnavailable.
func (g *Gate) DeleteCharacter(ctx context.Context, a *Account, id admission.CharacterID) error {
	return g.edit(ctx, a, func(core *admission.Account) (*admission.Change, error) {
		if core.Character(id) != nil && g.claims.holder(id) != "" {
			return nil, admission.ErrCharacterInUse
		}
		c, err := core.DeleteCharacter(id)
		if err == nil {
			g.accounts.disown(id)
		}
		return c, err
	})
}

// Activate makes a character the active one, "" none. Errors: admission.ErrUnknownCharacter, ErrUnavailable.
func (g *Gate) Activate(ctx context.Context, a *Account, id admission.CharacterID) error {
	return g.edit(ctx, a, func(core *admission.Account) (*admission.Change, error) { return core.Activate(id) })
}

// QueueStatus tells the character's place on an instance and counts as its sign of life. wait is how long the
// player has to wait before asking again, where it is too early. Errors: ErrUnknownInstance,
// admission.ErrUnknownCharacter, ErrUnavailable.
func (g *Gate) QueueStatus(ctx context.Context, a *Account, id admission.InstanceID, character admission.CharacterID) (st admission.Status, wait time.Duration, err error) {
	in, err := g.working(id)
	if err != nil {
		return st, 0, err
	}
	if wait, err = a.mayPoll(character, g.cfg.Now()); wait > 0 || err != nil {
		return st, wait, err
	}
	entry := in.poll(character, &st)
	return st, 0, g.durable(ctx, entry)
}

func (in *Instance) poll(character admission.CharacterID, st *admission.Status) (entry uint64) {
	in.lock()
	defer in.mu.Unlock()
	status, c := in.core.Poll(character, in.gate.cfg.Now())
	*st = status
	entry = in.apply(c)
	if p := in.core.Place(character); p != nil {
		return max(entry, p.Written)
	}
	return in.gate.journal.newest() // that there is none may be news, too
}

func (a *Account) mayPoll(character admission.CharacterID, now time.Time) (time.Duration, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.core.Character(character) == nil {
		return 0, admission.ErrUnknownCharacter
	}
	wait, _ := a.core.MayPoll(character, now)
	return wait, nil
}

// LeaveQueue gives a queue place up; where there is none, nothing happens. Errors: ErrUnknownInstance,
// admission.ErrUnknownCharacter, ErrUnavailable.
func (g *Gate) LeaveQueue(ctx context.Context, a *Account, id admission.InstanceID, character admission.CharacterID) error {
	in := g.instance(id)
	if in == nil {
		return ErrUnknownInstance
	}
	if !a.owns(character) {
		return admission.ErrUnknownCharacter
	}
	if err := g.Health(); err != nil {
		return err
	}
	in.do(func(core *admission.Instance, now time.Time) *admission.Change {
		return core.LeaveQueue(character, now)
	})
	return g.durable(ctx, g.journal.newest())
}

// LeaveSession ends a session of the account; one that is over or another's is left alone. Error: ErrUnavailable.
func (g *Gate) LeaveSession(ctx context.Context, a *Account, session admission.SessionID) error {
	if err := g.Health(); err != nil {
		return err
	}
	for _, c := range a.Profile().Characters {
		in := g.instance(g.claims.holder(c.ID))
		if in == nil {
			continue
		}
		in.do(func(core *admission.Instance, now time.Time) *admission.Change {
			return core.LeaveSession(c.ID, session, now)
		})
	}
	return g.durable(ctx, g.journal.newest()) // also where an earlier call ended it
}

func (a *Account) owns(id admission.CharacterID) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.core.Character(id) != nil
}
