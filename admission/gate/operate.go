package gate

import (
	"context"
	"time"

	"gatekeeper/admission"
)

// Suspend bars a character from connecting and ends its place at once, or restores it. Errors:
// admission.ErrUnknownCharacter, ErrUnavailable.
func (g *Gate) Suspend(ctx context.Context, id admission.CharacterID, suspended bool) (row admission.CharacterRow, err error) {
	a := g.accounts.ownerOf(id)
	if a == nil {
		return row, admission.ErrUnknownCharacter
	}
	if err := g.Health(); err != nil {
		return row, err
	}
	row, entry, err := g.suspend(a, id, suspended)
	if err != nil {
		return row, err
	}
	return row, g.durable(ctx, entry)
}

func (g *Gate) suspend(a *Account, id admission.CharacterID, suspended bool) (admission.CharacterRow, uint64, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	ch := a.core.Character(id)
	if ch == nil {
		return admission.CharacterRow{}, 0, admission.ErrUnknownCharacter
	}
	entry := g.journal.append(a.core.Suspend(ch, suspended, g.cfg.Now()))
	in := g.instance(g.claims.holder(id))
	if suspended && in != nil {
		entry = max(entry, in.do(func(core *admission.Instance, now time.Time) *admission.Change {
			return core.Remove(id, "suspended", now)
		}))
	}
	return ch.CharacterRow, entry, nil
}

// SetBuild makes a build the required one of an instance, or of all where id is "". Those accepted come in beside it,
// and no others. Errors: ErrUnknownInstance, admission.ErrInvalidSettings, ErrUnavailable.
func (g *Gate) SetBuild(ctx context.Context, build string, accepted []admission.AcceptedBuild, id admission.InstanceID) ([]View, error) {
	targets := g.all()
	if id != "" {
		in := g.instance(id)
		if in == nil {
			return nil, ErrUnknownInstance
		}
		targets = []*Instance{in}
	}
	views := make([]View, 0, len(targets))
	for _, in := range targets {
		view, err := g.ChangeInstance(ctx, in.id, func(s *admission.Settings) {
			s.RequiredBuild, s.AcceptedBuilds = build, accepted
		})
		if err != nil {
			return nil, err
		}
		views = append(views, view)
	}
	return views, nil
}

// GameServer is what an instance's game server said of itself last.
type GameServer struct{ Build, Message string }

// Heartbeat notes that an instance's game server is alive. Errors: ErrUnknownInstance, also for a closed one,
// ErrUnavailable: an outage of the store is charged to no game server.
func (g *Gate) Heartbeat(ctx context.Context, id admission.InstanceID, says GameServer) (View, error) {
	in := g.instance(id)
	if in == nil || in.view().Mode == admission.ModeClosed {
		return View{}, ErrUnknownInstance
	}
	if err := g.Health(); err != nil {
		return View{}, err
	}
	entry := in.do(func(core *admission.Instance, now time.Time) *admission.Change {
		in.server = says
		return core.Heartbeat(now)
	})
	return in.view(), g.durable(ctx, entry)
}

// MoveInQueue gives a character another position in an instance's queue. Errors: ErrUnknownInstance,
// admission.ErrNotQueued, ErrUnavailable.
func (g *Gate) MoveInQueue(ctx context.Context, id admission.InstanceID, character admission.CharacterID, position int) error {
	return g.operate(ctx, id, func(core *admission.Instance, now time.Time) (*admission.Change, error) {
		return core.Move(character, position, now)
	})
}

// RemoveFromQueue ends a queue place on an operator's word, which its player is told. Errors: ErrUnknownInstance,
// admission.ErrNotQueued, ErrUnavailable.
func (g *Gate) RemoveFromQueue(ctx context.Context, id admission.InstanceID, character admission.CharacterID, reason string) error {
	return g.operate(ctx, id, func(core *admission.Instance, now time.Time) (*admission.Change, error) {
		return core.RemoveQueued(character, reason, now)
	})
}

// operate runs one step on an instance and waits for its commit. The step's own error changes nothing.
func (g *Gate) operate(ctx context.Context, id admission.InstanceID, step func(*admission.Instance, time.Time) (*admission.Change, error)) error {
	in, err := g.working(id)
	if err != nil {
		return err
	}
	entry, err := in.try(step)
	if err != nil {
		return err
	}
	return g.durable(ctx, entry)
}

// LoginLocked tells of a name at which so many passwords were guessed that it is slowed.
func (g *Gate) LoginLocked(a *Account) {
	g.journal.append(&admission.Change{Events: []admission.Event{{
		Time: g.cfg.Now(), Name: admission.EventLoginLocked, Account: a.ID(),
	}}})
}

// HasAdmin reports whether the set-up is done.
func (g *Gate) HasAdmin() bool {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return len(g.admins) > 0
}

// SetUpAdmin makes the first admin. Errors: ErrAlreadySetUp, ErrUnavailable.
func (g *Gate) SetUpAdmin(ctx context.Context, row admission.AdminRow) error {
	if err := g.Health(); err != nil {
		return err
	}
	row.CreatedAt = g.cfg.Now()
	g.mu.Lock()
	if len(g.admins) > 0 {
		g.mu.Unlock()
		return ErrAlreadySetUp
	}
	g.admins[row.Name] = row
	g.mu.Unlock()
	return g.write(ctx, &admission.Change{
		Records: []admission.Record{admission.PutAdmin{Row: row}},
		Events: []admission.Event{{
			Time: row.CreatedAt, Name: admission.EventAdminSetUp, Data: map[string]any{"name": row.Name, "role": row.Role},
		}},
	})
}

// Setting returns one of the server's own stored values; nil = there is none.
func (g *Gate) Setting(name string) []byte {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.settings[name]
}

// PutSetting stores one of the server's own values, durably. Error: ErrUnavailable.
func (g *Gate) PutSetting(ctx context.Context, name string, value []byte) error {
	g.mu.Lock()
	g.settings[name] = value
	g.mu.Unlock()
	return g.write(ctx, &admission.Change{Records: []admission.Record{admission.PutSetting{Name: name, Value: value}}})
}
