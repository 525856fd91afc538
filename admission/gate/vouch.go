package gate

import (
	"context"

	"gatekeeper/admission"
)

// Vouched finds the account of a player whom somebody else vouches for, and makes it, durably, when the player comes for the
// first time. Error: ErrUnavailable.
func (g *Gate) Vouched(ctx context.Context, issuer, subject, name string) (*Account, error) {
	if a := g.accounts.vouchedFor(issuer, subject); a != nil {
		return a, nil
	}
	if err := g.Health(); err != nil {
		return nil, err
	}
	a, entry := g.welcome(issuer, subject, name)
	return a, g.durable(ctx, entry)
}

// welcome makes the account, unless another request of the player has meanwhile: then that one's commit is waited for.
func (g *Gate) welcome(issuer, subject, name string) (a *Account, entry uint64) {
	d := g.accounts
	d.mu.Lock()
	defer d.mu.Unlock()
	key := vouching{issuer, subject}
	if a := d.vouched[key]; a != nil {
		return a, g.journal.newest()
	}
	row := admission.AccountRow{
		ID: admission.AccountID(g.UUID()), Name: name, Issuer: issuer, Subject: subject, CreatedAt: g.cfg.Now(),
	}
	a = &Account{core: admission.NewAccount(row)}
	d.vouched[key], d.byID[row.ID] = a, a
	return a, g.journal.append(&admission.Change{Records: []admission.Record{admission.PutAccount{Row: row}}})
}

func (d *directory) vouchedFor(issuer, subject string) *Account {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.vouched[vouching{issuer, subject}]
}
