package gate

import (
	"context"
	"errors"
	"sync"
	"time"

	"gatekeeper/admission"
)

// ErrTokenEnded is returned for a token that its issuer still vouches for and its player has ended.
var ErrTokenEnded = errors.New("the token was ended")

// endedTokens are such tokens, until they would be refused in any case.
type endedTokens struct {
	mu    sync.RWMutex // guards until; a leaf
	until map[admission.TokenHash]time.Time
}

func newEndedTokens() *endedTokens {
	return &endedTokens{until: make(map[admission.TokenHash]time.Time)}
}

func (e *endedTokens) restore(rows []admission.EndedTokenRow) {
	for _, row := range rows {
		e.until[row.Hash] = row.ExpiresAt
	}
}

func (e *endedTokens) has(token admission.TokenHash) bool {
	e.mu.RLock()
	defer e.mu.RUnlock()
	_, ended := e.until[token]
	return ended
}

// add looks at a few others, which come in no order, and lets go of those that have expired: each time of more than it
// adds, so that no more are kept than the database has.
func (e *endedTokens) add(token admission.TokenHash, expires, now time.Time) {
	const look = 8
	e.mu.Lock()
	defer e.mu.Unlock()
	e.until[token] = expires
	looked := 0
	for other, until := range e.until {
		if !until.After(now) {
			delete(e.until, other)
		}
		if looked++; looked == look {
			return
		}
	}
}

func (e *endedTokens) drop(token admission.TokenHash) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.until, token)
}

// EndVouched refuses a token of another issuer from now on, durably, until it would expire in any case. Error:
// ErrUnavailable, after which the token is as good as before.
func (g *Gate) EndVouched(ctx context.Context, token admission.TokenHash, expires time.Time) error {
	if err := g.Health(); err != nil {
		return err
	}
	now := g.cfg.Now()
	g.endedTokens.add(token, expires, now)
	row := admission.EndedTokenRow{Hash: token, ExpiresAt: expires}
	err := g.write(ctx, &admission.Change{Records: []admission.Record{admission.PutEndedToken{Row: row, Now: now}}})
	if err != nil {
		g.endedTokens.drop(token)
	}
	return err
}

// Vouched finds the account of a player whom somebody else vouches for by a token, and makes it, durably, when the player
// comes for the first time. Errors: ErrTokenEnded, ErrUnavailable.
func (g *Gate) Vouched(ctx context.Context, token admission.TokenHash, issuer, subject, name string) (*Account, error) {
	if g.endedTokens.has(token) {
		return nil, ErrTokenEnded
	}
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
