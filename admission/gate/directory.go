package gate

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"gatekeeper/admission"
)

// Account is a live account. Its lock comes before every other.
type Account struct {
	mu     sync.Mutex // guards core and isGone
	core   *admission.Account
	isGone bool // it was deleted: nothing may be written of it any more

	tokens []admission.TokenHash // oldest first; the directory's lock guards it
}

// ID needs no lock: it never changes.
func (a *Account) ID() admission.AccountID { return a.core.ID }

// Name returns its name, which changes when a guest takes one to log in with.
func (a *Account) Name() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.core.Name
}

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
	vouched map[vouching]*Account
}

// vouching is who somebody else says that a player is.
type vouching struct{ issuer, subject string }

type liveToken struct {
	account *Account
	expires time.Time
}

func newDirectory(fold func(string) string) *directory {
	return &directory{
		fold: fold, byID: make(map[admission.AccountID]*Account), byName: make(map[string]*Account),
		byToken: make(map[admission.TokenHash]liveToken), owner: make(map[admission.CharacterID]*Account),
		vouched: make(map[vouching]*Account),
	}
}

// restore fills the directory at a start, before anybody else sees it, but for the names and the tokens. Accounts are here
// to stay: they and their characters are laid out in one piece each.
func (d *directory) restore(s *admission.Snapshot, now time.Time) {
	d.byID = make(map[admission.AccountID]*Account, len(s.Accounts))
	d.owner = make(map[admission.CharacterID]*Account, len(s.Characters))
	accounts, cores := make([]Account, len(s.Accounts)), make([]admission.Account, len(s.Accounts))
	for i, row := range s.Accounts {
		cores[i].AccountRow, accounts[i].core = row, &cores[i]
		d.byID[row.ID] = &accounts[i]
	}
	characters := make([]admission.Character, len(s.Characters))
	for i, row := range s.Characters {
		if a := d.byID[row.Account]; a != nil {
			characters[i].CharacterRow = row
			a.core.Characters = append(a.core.Characters, &characters[i])
			d.owner[row.ID] = a
		}
	}
	for i := range cores {
		slices.SortFunc(cores[i].Characters, olderCharacter)
	}
	for _, row := range s.Throttles {
		if a := d.byID[row.Account]; a != nil {
			a.core.RestoreFailures(row, now)
		}
	}
}

func olderCharacter(a, b *admission.Character) int {
	return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
}

// restoreNames makes the accounts findable by their names. Of two that look alike, which an older version may have let
// pass, the older one keeps the name.
func (d *directory) restoreNames(rows []admission.AccountRow) {
	d.byName = make(map[string]*Account, len(rows))
	for _, row := range rows {
		if row.Issuer != "" {
			d.vouched[vouching{row.Issuer, row.Subject}] = d.byID[row.ID]
			continue // nobody logs in here by that name, and others may have it
		}
		name := d.fold(row.Name)
		if other := d.byName[name]; other == nil || row.CreatedAt.Before(other.core.CreatedAt) {
			d.byName[name] = d.byID[row.ID]
		}
	}
}

// restoreTokens takes the live ones in, oldest first, and returns the removal of the others.
func (d *directory) restoreTokens(rows []admission.TokenRow, now time.Time) *admission.Change {
	slices.SortFunc(rows, func(a, b admission.TokenRow) int { return a.ExpiresAt.Compare(b.ExpiresAt) })
	d.byToken = make(map[admission.TokenHash]liveToken, len(rows))
	c := &admission.Change{}
	for _, row := range rows {
		if a := d.byID[row.Account]; a != nil && row.ExpiresAt.After(now) {
			c.Records = append(c.Records, d.keep(a, row.Hash, row.ExpiresAt)...)
		} else {
			c.Records = append(c.Records, admission.DropToken{Hash: row.Hash})
		}
	}
	return c
}

// maxTokens is how many player tokens an account has; the oldest gives way to one more.
const maxTokens = 20

// keep makes a token good and returns the removal of the one that it pushed out. d.mu is held, or nobody else is there.
func (d *directory) keep(a *Account, token admission.TokenHash, expires time.Time) (dropped []admission.Record) {
	d.byToken[token] = liveToken{a, expires}
	a.tokens = append(a.tokens, token)
	if len(a.tokens) <= maxTokens {
		return nil
	}
	oldest := a.tokens[0]
	a.tokens = a.tokens[1:]
	delete(d.byToken, oldest)
	return []admission.Record{admission.DropToken{Hash: oldest}}
}

// forget makes a token dead.
func (d *directory) forget(token admission.TokenHash) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if live, found := d.byToken[token]; found {
		live.account.tokens = slices.DeleteFunc(live.account.tokens, func(h admission.TokenHash) bool { return h == token })
		delete(d.byToken, token)
	}
}

// forgetTokens makes every token of an account dead but one, and returns the dead.
func (d *directory) forgetTokens(a *Account, spare admission.TokenHash) (dead []admission.TokenHash) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var kept []admission.TokenHash
	for _, token := range a.tokens {
		if token == spare {
			kept = append(kept, token)
			continue
		}
		delete(d.byToken, token)
		dead = append(dead, token)
	}
	a.tokens = kept
	return dead
}

// rename makes an account findable by another name, unless somebody else has it. The account's lock is held.
func (d *directory) rename(a *Account, name string) (isTaken bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	before, after := d.fold(a.core.Name), d.fold(name)
	if other := d.byName[after]; other != nil && other != a {
		return true
	}
	delete(d.byName, before)
	d.byName[after] = a
	return false
}

// remove makes an account unknown, with its characters and tokens, which it returns. The account's lock is held.
func (d *directory) remove(a *Account) []admission.TokenHash {
	dead := d.forgetTokens(a, admission.TokenHash{})
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range a.core.Characters {
		delete(d.owner, c.ID)
	}
	if key := d.fold(a.core.Name); d.byName[key] == a {
		delete(d.byName, key)
	}
	delete(d.vouched, vouching{a.core.Issuer, a.core.Subject})
	delete(d.byID, a.core.ID)
	return dead
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

// claim makes a character the account's, unless it is somebody else's.
func (d *directory) claim(id admission.CharacterID, a *Account) (isOurs, isNew bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch d.owner[id] {
	case a:
		return true, false
	case nil:
		d.owner[id] = a
		return true, true
	}
	return false, false
}

func (d *directory) disown(id admission.CharacterID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.owner, id)
}
