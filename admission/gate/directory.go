package gate

import (
	"sync"
	"time"

	"gatekeeper/admission"
)

// Account is a live account. Its lock comes before every other.
type Account struct {
	mu   sync.Mutex // guards core
	core *admission.Account
}

// ID needs no lock: it never changes.
func (a *Account) ID() admission.AccountID { return a.core.ID }

// Name needs no lock: it never changes.
func (a *Account) Name() string { return a.core.Name }

// PasswordHash returns the stored hash; "" for a guest.
func (a *Account) PasswordHash() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.core.PasswordHash
}

// directory finds accounts by what a request brings.
type directory struct {
	fold func(string) string

	mu      sync.RWMutex // guards the maps, not the accounts; a leaf
	byID    map[admission.AccountID]*Account
	byName  map[string]*Account
	byToken map[admission.TokenHash]liveToken
	owner   map[admission.CharacterID]*Account
}

type liveToken struct {
	account *Account
	expires time.Time
}

func newDirectory(fold func(string) string) *directory {
	return &directory{
		fold: fold, byID: make(map[admission.AccountID]*Account), byName: make(map[string]*Account),
		byToken: make(map[admission.TokenHash]liveToken), owner: make(map[admission.CharacterID]*Account),
	}
}

// restore fills the directory at a start, before anybody else sees it.
func (d *directory) restore(s *admission.Snapshot, now time.Time) {
	for _, row := range s.Accounts {
		a := &Account{core: admission.NewAccount(row)}
		d.byID[row.ID] = a
		d.byName[d.fold(row.Name)] = a
	}
	for _, row := range s.Characters {
		if a := d.byID[row.Account]; a != nil {
			a.core.Characters = append(a.core.Characters, &admission.Character{CharacterRow: row})
			d.owner[row.ID] = a
		}
	}
	for _, row := range s.Throttles {
		if a := d.byID[row.Account]; a != nil {
			a.core.RestoreFailures(row, now)
		}
	}
	for _, row := range s.Tokens {
		if a := d.byID[row.Account]; a != nil && row.ExpiresAt.After(now) {
			d.byToken[row.Hash] = liveToken{a, row.ExpiresAt}
		}
	}
}

func (d *directory) characterName(id admission.CharacterID) string {
	if a := d.owner[id]; a != nil {
		return a.core.Character(id).Name
	}
	return ""
}

func (d *directory) named(name string) *Account {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.byName[d.fold(name)]
}

func (d *directory) ownerOf(id admission.CharacterID) *Account {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.owner[id]
}

func (d *directory) own(id admission.CharacterID, a *Account) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.owner[id] = a
}

func (d *directory) disown(id admission.CharacterID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.owner, id)
}
