package gate

import (
	"context"
	"time"

	"gatekeeper/admission"
)

// Provision makes a character under an id of the caller's choice, or renames the one that has it; "" leaves the name.
// Where isSuspended is not nil, it bars or restores the character as [Operator.Suspend] does. A new name reaches the next
// ticket of a session that goes on. Errors: ErrUnknownAccount, ErrCharacterTaken, admission.ErrInvalidName,
// admission.ErrTooManyCharacters, ErrUnavailable.
func (o Operator) Provision(ctx context.Context, account admission.AccountID, id admission.CharacterID, name string, isSuspended *bool) (row admission.CharacterRow, isNew bool, err error) {
	g := o.gate
	a := g.AccountByID(account)
	if a == nil {
		return row, false, ErrUnknownAccount
	}
	if err := g.Health(); err != nil {
		return row, false, err
	}
	row, isNew, entry, err := o.provision(a, id, name, isSuspended)
	if err != nil {
		return row, false, err
	}
	return row, isNew, g.durable(ctx, entry)
}

func (o Operator) provision(a *Account, id admission.CharacterID, name string, isSuspended *bool) (row admission.CharacterRow, isNew bool, entry uint64, err error) {
	g := o.gate
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.isGone {
		return row, false, 0, ErrUnknownAccount
	}
	isOurs, isNew := g.accounts.claim(id, a)
	if !isOurs {
		return row, false, 0, ErrCharacterTaken
	}
	before := ""
	if ch := a.core.Character(id); ch != nil {
		before = ch.Name
	}
	now := g.cfg.Now()
	ch, c, err := a.core.Provision(id, name, now)
	if err != nil {
		if isNew {
			g.accounts.disown(id)
		}
		return row, false, 0, err
	}
	if before != ch.Name {
		e := o.deed(admission.EventAdminProvisioned, now, map[string]any{"before": before, "after": ch.Name})
		e.Account, e.Character = a.core.ID, id
		c.Events = append(c.Events, e)
		entry = g.journal.append(c)
		g.rename(ch)
	}
	if isSuspended != nil && *isSuspended != ch.Suspended {
		entry = o.bar(a, ch, *isSuspended)
	}
	return ch.CharacterRow, isNew, entry, nil
}

// rename tells the place of a character, if it has one.
func (g *Gate) rename(ch *admission.Character) {
	if in := g.instance(g.claims.holder(ch.ID)); in != nil {
		in.do(func(core *admission.Instance, _ time.Time) *admission.Change {
			core.Rename(ch.ID, ch.Name)
			return &admission.Change{}
		})
	}
}
