package gate

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"gatekeeper/admission"
)

// access knows the operators, who of them is logged in, and the API keys.
type access struct {
	fold func(string) string

	mu       sync.RWMutex // guards the maps; taken before the journal, so that both have one order
	admins   map[string]admission.AdminRow
	sessions map[admission.TokenHash]admission.AdminSessionRow
	keys     map[admission.TokenHash]admission.KeyRow
}

func newAccess(fold func(string) string) *access {
	return &access{
		fold: fold, admins: make(map[string]admission.AdminRow),
		sessions: make(map[admission.TokenHash]admission.AdminSessionRow), keys: make(map[admission.TokenHash]admission.KeyRow),
	}
}

// restore fills it at a start, before anybody else sees it.
func (a *access) restore(s *admission.Snapshot) {
	for _, row := range s.Admins {
		a.admins[a.fold(row.Name)] = row
	}
	for _, row := range s.AdminSessions {
		a.sessions[row.Hash] = row
	}
	for _, row := range s.Keys {
		a.keys[row.Hash] = row
	}
}

// alter runs one step on it and waits for its commit. The step's own error changes nothing.
func (g *Gate) alter(ctx context.Context, step func(a *access, now time.Time) (*admission.Change, error)) error {
	return g.under(ctx, &g.access.mu, func(now time.Time) (*admission.Change, error) { return step(g.access, now) })
}

// under runs one step under a lock that comes before the journal, and waits, without it, for its commit.
func (g *Gate) under(ctx context.Context, mu sync.Locker, step func(now time.Time) (*admission.Change, error)) error {
	if err := g.Health(); err != nil {
		return err
	}
	entry, err := func() (uint64, error) {
		mu.Lock()
		defer mu.Unlock()
		c, err := step(g.cfg.Now())
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

// HasAdmin reports whether the set-up is done.
func (g *Gate) HasAdmin() bool {
	g.access.mu.RLock()
	defer g.access.mu.RUnlock()
	return len(g.access.admins) > 0
}

// SetUpAdmin makes the first admin. Errors: ErrAlreadySetUp, ErrUnavailable.
func (g *Gate) SetUpAdmin(ctx context.Context, row admission.AdminRow) error {
	return g.alter(ctx, func(a *access, now time.Time) (*admission.Change, error) {
		if len(a.admins) > 0 {
			return nil, ErrAlreadySetUp
		}
		return a.put(row, now, g.As(row.Name).deed(admission.EventAdminSetUp, now, map[string]any{"name": row.Name, "role": row.Role})), nil
	})
}

func (a *access) put(row admission.AdminRow, now time.Time, told admission.Event) *admission.Change {
	if row.CreatedAt.IsZero() {
		row.CreatedAt = now
	}
	a.admins[a.fold(row.Name)] = row
	return &admission.Change{Records: []admission.Record{admission.PutAdmin{Row: row}}, Events: []admission.Event{told}}
}

// Admins lists the operators in order of their names.
func (g *Gate) Admins() []admission.AdminRow {
	g.access.mu.RLock()
	defer g.access.mu.RUnlock()
	return slices.SortedFunc(maps.Values(g.access.admins), func(a, b admission.AdminRow) int { return strings.Compare(a.Name, b.Name) })
}

// Admin finds an operator by name.
func (g *Gate) Admin(name string) (row admission.AdminRow, found bool) {
	g.access.mu.RLock()
	defer g.access.mu.RUnlock()
	row, found = g.access.admins[g.access.fold(name)]
	return row, found
}

// AddAdmin makes an operator. Errors: ErrAdminExists, ErrUnavailable.
func (o Operator) AddAdmin(ctx context.Context, row admission.AdminRow) error {
	return o.gate.alter(ctx, func(a *access, now time.Time) (*admission.Change, error) {
		if _, taken := a.admins[a.fold(row.Name)]; taken {
			return nil, ErrAdminExists
		}
		return a.put(row, now, o.deed(admission.EventAdminAdded, now, map[string]any{"name": row.Name, "after": described(row)})), nil
	})
}

// described tells in the audit trail what an operator is, without a secret.
func described(row admission.AdminRow) map[string]any {
	return map[string]any{"role": row.Role, "hasTotp": row.TOTPSecret != ""}
}

// ChangeAdmin applies what edit does to an operator, unless edit returns an error, which is returned. Where the password
// or the role changes, every log-in of it ends but the one to spare. Errors: ErrUnknownAdmin, ErrLastOwner,
// ErrUnavailable.
func (o Operator) ChangeAdmin(ctx context.Context, name string, spare admission.TokenHash, edit func(*admission.AdminRow) error) error {
	return o.gate.alter(ctx, func(a *access, now time.Time) (*admission.Change, error) {
		before, found := a.admins[a.fold(name)]
		if !found {
			return nil, ErrUnknownAdmin
		}
		after := before
		if err := edit(&after); err != nil {
			return nil, err
		}
		if before.Role == admission.Owner && after.Role != admission.Owner && a.owners() == 1 {
			return nil, ErrLastOwner
		}
		isNewPassword := after.PasswordHash != before.PasswordHash
		c := a.put(after, now, o.deed(admission.EventAdminChanged, now, map[string]any{
			"name": after.Name, "before": described(before), "after": described(after), "password": isNewPassword,
		}))
		if isNewPassword || after.Role != before.Role {
			a.endSessions(c, after.Name, spare)
		}
		return c, nil
	})
}

// RemoveAdmin takes an operator out and ends its log-ins. Errors: ErrUnknownAdmin, ErrLastOwner, ErrUnavailable.
func (o Operator) RemoveAdmin(ctx context.Context, name string) error {
	return o.gate.alter(ctx, func(a *access, now time.Time) (*admission.Change, error) {
		row, found := a.admins[a.fold(name)]
		switch {
		case !found:
			return nil, ErrUnknownAdmin
		case row.Role == admission.Owner && a.owners() == 1:
			return nil, ErrLastOwner
		}
		c := &admission.Change{Events: []admission.Event{
			o.deed(admission.EventAdminRemoved, now, map[string]any{"name": row.Name, "before": described(row)}),
		}}
		a.endSessions(c, row.Name, admission.TokenHash{})
		c.Records = append(c.Records, admission.DropAdmin{Name: row.Name})
		delete(a.admins, a.fold(name))
		return c, nil
	})
}

func (a *access) owners() (count int) {
	for _, row := range a.admins {
		if row.Role == admission.Owner {
			count++
		}
	}
	return count
}

func (a *access) endSessions(c *admission.Change, admin string, spare admission.TokenHash) {
	for hash, row := range a.sessions {
		if row.Admin == admin && hash != spare {
			delete(a.sessions, hash)
			c.Records = append(c.Records, admission.DropAdminSession{Hash: hash})
		}
	}
}

// AdminSessionLife is how long an operator may do nothing until the log-in ends.
const AdminSessionLife = 12 * time.Hour

// renewal is how much of its life a log-in has lost before it is written again.
const renewal = 10 * time.Minute

// LogIn makes a log-in of an operator, by the hash of what its cookie holds. Errors: ErrUnknownAdmin, ErrUnavailable.
func (o Operator) LogIn(ctx context.Context, hash admission.TokenHash) error {
	return o.gate.alter(ctx, func(a *access, now time.Time) (*admission.Change, error) {
		admin, found := a.admins[a.fold(o.name)]
		if !found {
			return nil, ErrUnknownAdmin
		}
		c := &admission.Change{Events: []admission.Event{o.deed(admission.EventAdminLoggedIn, now, nil)}}
		for old, row := range a.sessions {
			if !row.ExpiresAt.After(now) {
				delete(a.sessions, old)
				c.Records = append(c.Records, admission.DropAdminSession{Hash: old})
			}
		}
		row := admission.AdminSessionRow{Hash: hash, Admin: admin.Name, ExpiresAt: now.Add(AdminSessionLife)}
		a.sessions[hash] = row
		c.Records = append(c.Records, admission.PutAdminSession{Row: row})
		return c, nil
	})
}

// LogOut ends a log-in. Error: ErrUnavailable.
func (o Operator) LogOut(ctx context.Context, hash admission.TokenHash) error {
	return o.gate.alter(ctx, func(a *access, now time.Time) (*admission.Change, error) {
		delete(a.sessions, hash)
		return &admission.Change{
			Records: []admission.Record{admission.DropAdminSession{Hash: hash}},
			Events:  []admission.Event{o.deed(admission.EventAdminLoggedOut, now, nil)},
		}, nil
	})
}

// LoggedIn finds the operator of a live log-in, which it prolongs.
func (g *Gate) LoggedIn(hash admission.TokenHash) (admin admission.AdminRow, found bool) {
	now, a := g.cfg.Now(), g.access
	a.mu.RLock()
	row, found := a.sessions[hash]
	admin = a.admins[a.fold(row.Admin)]
	a.mu.RUnlock()
	if !found || !row.ExpiresAt.After(now) {
		return admission.AdminRow{}, false
	}
	if row.ExpiresAt.Sub(now) < AdminSessionLife-renewal {
		row.ExpiresAt = now.Add(AdminSessionLife)
		a.touch(g, func() admission.Record { a.sessions[hash] = row; return admission.PutAdminSession{Row: row} }, func() bool {
			_, stillThere := a.sessions[hash]
			return stillThere
		})
	}
	return admin, true
}

// touch writes that something was used, which nobody waits for, if it is still there.
func (a *access) touch(g *Gate, write func() admission.Record, isThere func() bool) {
	if g.Health() != nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if isThere() {
		g.journal.append(&admission.Change{Records: []admission.Record{write()}})
	}
}

// Keys lists the API keys, oldest first.
func (g *Gate) Keys() []admission.KeyRow {
	g.access.mu.RLock()
	defer g.access.mu.RUnlock()
	return slices.SortedFunc(maps.Values(g.access.keys), func(a, b admission.KeyRow) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), strings.Compare(a.ID, b.ID))
	})
}

// AddKey makes an API key, whose ID and CreatedAt it sets. Error: ErrUnavailable.
func (o Operator) AddKey(ctx context.Context, row admission.KeyRow) (admission.KeyRow, error) {
	err := o.gate.alter(ctx, func(a *access, now time.Time) (*admission.Change, error) {
		row.ID, row.CreatedBy, row.CreatedAt = o.gate.UUID(), o.name, now
		a.keys[row.Hash] = row
		return &admission.Change{
			Records: []admission.Record{admission.PutKey{Row: row}},
			Events: []admission.Event{o.deed(admission.EventAdminKeyAdded, now, map[string]any{
				"name": row.Name, "keyId": row.ID, "scopes": row.Scopes, "instances": row.Instances,
			})},
		}, nil
	})
	return row, err
}

// RevokeKey ends an API key. Errors: ErrUnknownKey, ErrUnavailable.
func (o Operator) RevokeKey(ctx context.Context, id string) error {
	return o.gate.alter(ctx, func(a *access, now time.Time) (*admission.Change, error) {
		for hash, row := range a.keys {
			if row.ID != id {
				continue
			}
			delete(a.keys, hash)
			return &admission.Change{
				Records: []admission.Record{admission.DropKey{ID: id}},
				Events:  []admission.Event{o.deed(admission.EventAdminKeyRevoked, now, map[string]any{"name": row.Name, "keyId": id})},
			}, nil
		}
		return nil, ErrUnknownKey
	})
}

// Key finds a live API key, and notes to the minute that it was used.
func (g *Gate) Key(hash admission.TokenHash) (row admission.KeyRow, found bool) {
	now, a := g.cfg.Now(), g.access
	a.mu.RLock()
	row, found = a.keys[hash]
	a.mu.RUnlock()
	if !found || !row.ExpiresAt.IsZero() && !row.ExpiresAt.After(now) {
		return admission.KeyRow{}, false
	}
	if now.Sub(row.LastUsedAt) >= time.Minute {
		row.LastUsedAt = now
		a.touch(g, func() admission.Record { a.keys[hash] = row; return admission.PutKey{Row: row} }, func() bool {
			_, stillThere := a.keys[hash]
			return stillThere
		})
	}
	return row, true
}

// LoginLocked tells of a name at which so many passwords were guessed that it is slowed.
func (g *Gate) LoginLocked(account admission.AccountID, data map[string]any) {
	g.journal.append(&admission.Change{Events: []admission.Event{{
		Time: g.cfg.Now(), Name: admission.EventLoginLocked, Account: account, Data: data,
	}}})
}
