package gate

import (
	"context"
	"slices"
	"time"

	"gatekeeper/admission"
)

// Operator is somebody who may change things, by the name that the audit trail tells. Every change is one transaction
// with the event that tells of it.
type Operator struct {
	gate *Gate
	name string
}

// As returns an operator. Whether that is one is known to the caller.
func (g *Gate) As(name string) Operator { return Operator{g, name} }

// deed starts an event about what the operator did.
func (o Operator) deed(name admission.EventName, now time.Time, data map[string]any) admission.Event {
	if data == nil {
		data = make(map[string]any)
	}
	data["by"] = o.name
	return admission.Event{Time: now, Name: name, Data: data}
}

// Note tells of a deed that changed nothing in here. Error: ErrUnavailable.
func (o Operator) Note(ctx context.Context, name admission.EventName, instance admission.InstanceID, data map[string]any) error {
	e := o.deed(name, o.gate.cfg.Now(), data)
	e.Instance = instance
	return o.gate.write(ctx, &admission.Change{Events: []admission.Event{e}})
}

// CreateInstance adds an instance. Errors: admission.ErrInvalidSettings, ErrInstanceExists, ErrUnavailable.
func (o Operator) CreateInstance(ctx context.Context, s admission.Settings) (View, error) {
	e := o.deed(admission.EventAdminInstanceAdded, o.gate.cfg.Now(), map[string]any{"after": s.ChangedFrom(admission.Settings{})})
	e.Instance = s.ID
	return o.gate.createInstance(ctx, s, []admission.Event{e})
}

// ChangeInstance applies what edit does to the settings, unless edit returns an error, which is returned. Errors:
// ErrUnknownInstance, admission.ErrInvalidSettings, ErrUnavailable.
func (o Operator) ChangeInstance(ctx context.Context, id admission.InstanceID, edit func(*admission.Settings) error) (View, error) {
	in, err := o.gate.working(id)
	if err != nil {
		return View{}, err
	}
	entry, err := in.try(func(core *admission.Instance, now time.Time) (*admission.Change, error) {
		before, settings := core.Settings, core.Settings
		settings.AcceptedBuilds = slices.Clone(settings.AcceptedBuilds)
		if err := edit(&settings); err != nil {
			return nil, err
		}
		if err := validate(settings); err != nil {
			return nil, err
		}
		c, err := core.Apply(settings, now)
		if err != nil {
			return nil, err
		}
		e := o.deed(admission.EventAdminInstanceChanged, now, map[string]any{"changed": core.ChangedFrom(before)})
		e.Instance = id
		c.Events = append(c.Events, e)
		return c, nil
	})
	if err != nil {
		return View{}, err
	}
	return in.view(), o.gate.durable(ctx, entry)
}

// SetBuild makes a build the required one of an instance, or of all where id is "". Those accepted come in beside it,
// and no others. Errors: ErrUnknownInstance, admission.ErrInvalidSettings, ErrUnavailable.
func (o Operator) SetBuild(ctx context.Context, build string, accepted []admission.AcceptedBuild, id admission.InstanceID) ([]View, error) {
	targets := o.gate.all()
	if id != "" {
		in := o.gate.instance(id)
		if in == nil {
			return nil, ErrUnknownInstance
		}
		targets = []*Instance{in}
	}
	views := make([]View, 0, len(targets))
	for _, in := range targets {
		view, err := o.ChangeInstance(ctx, in.id, func(s *admission.Settings) error {
			s.RequiredBuild, s.AcceptedBuilds = build, accepted
			return nil
		})
		if err != nil {
			return nil, err
		}
		views = append(views, view)
	}
	return views, nil
}

// MoveInQueue gives a character another position in an instance's queue. Errors: ErrUnknownInstance,
// admission.ErrNotQueued, ErrUnavailable.
func (o Operator) MoveInQueue(ctx context.Context, id admission.InstanceID, character admission.CharacterID, position int) error {
	return o.operate(ctx, id, character, admission.EventAdminQueueMoved, func(core *admission.Instance, now time.Time) (*admission.Change, error) {
		return core.Move(character, position, now)
	}, map[string]any{"after": map[string]any{"position": position}})
}

// RemoveFromQueue ends a queue place, which its player is told. Errors: ErrUnknownInstance, admission.ErrNotQueued,
// ErrUnavailable.
func (o Operator) RemoveFromQueue(ctx context.Context, id admission.InstanceID, character admission.CharacterID, reason string) error {
	return o.operate(ctx, id, character, admission.EventAdminQueueRemoved, func(core *admission.Instance, now time.Time) (*admission.Change, error) {
		return core.RemoveQueued(character, reason, now)
	}, map[string]any{"reason": reason})
}

// EndSession ends a session, whose player is told the reason. Errors: ErrUnknownSession, ErrUnavailable.
func (o Operator) EndSession(ctx context.Context, session admission.SessionID, reason string) error {
	id, character, found := o.gate.Session(session)
	if !found {
		return ErrUnknownSession
	}
	return o.operate(ctx, id, character, admission.EventAdminSessionEnded, func(core *admission.Instance, now time.Time) (*admission.Change, error) {
		if p := core.Place(character); p == nil || p.Session != session {
			return nil, ErrUnknownSession
		}
		return core.Remove(character, reason, now), nil
	}, map[string]any{"reason": reason})
}

// Silence makes an instance's game server count as silent, or ends that; see [admission.Instance.Silence]. Errors:
// ErrUnknownInstance, ErrUnavailable.
func (g *Gate) Silence(ctx context.Context, id admission.InstanceID, isOn bool) error {
	in, err := g.working(id)
	if err != nil {
		return err
	}
	return g.durable(ctx, in.do(func(core *admission.Instance, now time.Time) *admission.Change { return core.Silence(isOn, now) }))
}

// operate runs one step on a character's place and waits for its commit. The step's own error changes nothing.
func (o Operator) operate(ctx context.Context, id admission.InstanceID, character admission.CharacterID, name admission.EventName,
	step func(*admission.Instance, time.Time) (*admission.Change, error), data map[string]any,
) error {
	in, err := o.gate.working(id)
	if err != nil {
		return err
	}
	entry, err := in.try(func(core *admission.Instance, now time.Time) (*admission.Change, error) {
		before, _ := core.Listed(character)
		c, err := step(core, now)
		if err != nil {
			return nil, err
		}
		e := o.deed(name, now, data)
		e.Instance, e.Account, e.Character, e.Session = id, before.Account, character, before.Session
		e.Data["before"] = standing(before)
		c.Events = append(c.Events, e)
		return c, nil
	})
	if err != nil {
		return err
	}
	return o.gate.durable(ctx, entry)
}

// standing tells in the audit trail where a place stood.
func standing(p admission.Listed) map[string]any {
	told := map[string]any{"state": string(p.State)}
	if p.Position > 0 {
		told["position"] = p.Position
	}
	return told
}

// Suspend bars a character from connecting and ends its place at once, or restores it. Errors:
// admission.ErrUnknownCharacter, ErrUnavailable.
func (o Operator) Suspend(ctx context.Context, id admission.CharacterID, suspended bool) (row admission.CharacterRow, err error) {
	g := o.gate
	a := g.accounts.ownerOf(id)
	if a == nil {
		return row, admission.ErrUnknownCharacter
	}
	if err := g.Health(); err != nil {
		return row, err
	}
	row, entry, err := o.suspend(a, id, suspended)
	if err != nil {
		return row, err
	}
	return row, g.durable(ctx, entry)
}

func (o Operator) suspend(a *Account, id admission.CharacterID, suspended bool) (admission.CharacterRow, uint64, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	ch := a.core.Character(id)
	if ch == nil {
		return admission.CharacterRow{}, 0, admission.ErrUnknownCharacter
	}
	entry := o.bar(a, ch, suspended)
	return ch.CharacterRow, entry, nil
}

// bar suspends or restores; a.mu is held.
func (o Operator) bar(a *Account, ch *admission.Character, suspended bool) (entry uint64) {
	g, name := o.gate, admission.EventAdminRestored
	if suspended {
		name = admission.EventAdminSuspended
	}
	e := o.deed(name, g.cfg.Now(), map[string]any{"before": ch.Suspended, "after": suspended})
	e.Account, e.Character = a.core.ID, ch.ID
	c := a.core.Suspend(ch, suspended)
	c.Events = append(c.Events, e)
	entry = g.journal.append(c)
	if suspended {
		entry = max(entry, g.removePlace(ch.ID, "suspended"))
	}
	return entry
}

// removePlace ends a character's one place, wherever it is.
func (g *Gate) removePlace(id admission.CharacterID, reason string) (entry uint64) {
	in := g.instance(g.claims.holder(id))
	if in == nil {
		return 0
	}
	return in.do(func(core *admission.Instance, now time.Time) *admission.Change { return core.Remove(id, reason, now) })
}

// ClearLock forgets an account's failures and lock. Errors: ErrUnknownAccount, ErrUnavailable.
func (o Operator) ClearLock(ctx context.Context, id admission.AccountID) error {
	return o.edit(ctx, id, admission.EventAdminLockCleared, func(core *admission.Account, now time.Time) (*admission.Change, map[string]any, error) {
		before := map[string]any{"failures": core.Failures.Count(now), "lockedSeconds": max(0, core.Failures.Locked(now).Seconds())}
		return core.ClearLock(now), map[string]any{"before": before}, nil
	})
}

// ResetPassword gives an account another password, by its hash, and logs it out everywhere. Its sessions go on. With
// mustChange the password is good for nothing but to set another. Errors: ErrUnknownAccount, ErrIsGuest, ErrNoPassword,
// ErrUnavailable.
func (o Operator) ResetPassword(ctx context.Context, id admission.AccountID, hash string, mustChange bool) error {
	a := o.gate.AccountByID(id)
	return o.edit(ctx, id, admission.EventAdminPasswordReset, func(core *admission.Account, _ time.Time) (*admission.Change, map[string]any, error) {
		switch {
		case core.Guest:
			return nil, nil, ErrIsGuest
		case core.Issuer != "":
			return nil, nil, ErrNoPassword
		}
		c := core.SetPassword(hash, mustChange)
		ended := o.gate.endTokens(c, a, admission.TokenHash{})
		return c, map[string]any{"tokensRevoked": ended, "mustChange": mustChange}, nil
	})
}

// DeleteAccount removes an account as its player could; see [Gate.DeleteAccount]. Errors: ErrUnknownAccount,
// ErrUnavailable.
func (o Operator) DeleteAccount(ctx context.Context, id admission.AccountID) error {
	a := o.gate.AccountByID(id)
	if a == nil {
		return ErrUnknownAccount
	}
	return o.edit(ctx, id, admission.EventAdminAccountDeleted, func(*admission.Account, time.Time) (*admission.Change, map[string]any, error) {
		return o.gate.remove(a, "operator"), nil, nil
	})
}

// edit changes an account on an operator's word.
func (o Operator) edit(ctx context.Context, id admission.AccountID, name admission.EventName,
	step func(*admission.Account, time.Time) (*admission.Change, map[string]any, error),
) error {
	a := o.gate.AccountByID(id)
	if a == nil {
		return ErrUnknownAccount
	}
	return o.gate.edit(ctx, a, func(core *admission.Account) (*admission.Change, error) {
		now := o.gate.cfg.Now()
		c, data, err := step(core, now)
		if err != nil {
			return nil, err
		}
		e := o.deed(name, now, data)
		e.Account = id
		c.Events = append(c.Events, e)
		return c, nil
	})
}

// PutSetting stores one of the server's own values, durably, and tells what changed of it. Error: ErrUnavailable.
func (o Operator) PutSetting(ctx context.Context, name string, value []byte, changed map[string]any) error {
	e := o.deed(admission.EventAdminSettingsChanged, o.gate.cfg.Now(), map[string]any{"changed": changed})
	return o.gate.putSetting(ctx, name, value, e)
}
