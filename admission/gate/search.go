package gate

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"gatekeeper/admission"
)

// Sessions lists who holds a seat on an instance, in no order. Error: ErrUnknownInstance.
func (g *Gate) Sessions(id admission.InstanceID) ([]admission.Listed, error) {
	return g.list(id, (*admission.Instance).Sessions)
}

// Queue lists an instance's queue in order. Error: ErrUnknownInstance.
func (g *Gate) Queue(id admission.InstanceID) ([]admission.Listed, error) {
	return g.list(id, (*admission.Instance).Queued)
}

func (g *Gate) list(id admission.InstanceID, which func(*admission.Instance) []admission.Listed) ([]admission.Listed, error) {
	in := g.instance(id)
	if in == nil {
		return nil, ErrUnknownInstance
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	return which(in.core), nil
}

// Session finds where a session is, and whose.
func (g *Gate) Session(session admission.SessionID) (id admission.InstanceID, character admission.CharacterID, found bool) {
	for _, in := range g.all() {
		list, _ := g.list(in.id, (*admission.Instance).Sessions)
		for _, p := range list {
			if p.Session == session {
				return in.id, p.Character, true
			}
		}
	}
	return "", "", false
}

// Builds counts the clients on an instance by build. Error: ErrUnknownInstance.
func (g *Gate) Builds(id admission.InstanceID) (map[string]int, error) {
	in := g.instance(id)
	if in == nil {
		return nil, ErrUnknownInstance
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.core.Builds(), nil
}

// Emptying tells when an instance would be empty if nobody new came. Error: ErrUnknownInstance.
func (g *Gate) Emptying(id admission.InstanceID) (admission.Estimate, error) {
	in := g.instance(id)
	if in == nil {
		return admission.Estimate{}, ErrUnknownInstance
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.core.Emptying(g.cfg.Now()), nil
}

// AccountView is an account as operators see it.
type AccountView struct {
	Profile
	// MustChange says that the player has to choose another password to log in.
	MustChange bool
	// Issuer is the identity provider that vouches for the player; "" = this server does.
	Issuer    string
	CreatedAt time.Time
	// LockedFor is how long its lock lasts yet; zero = it is not locked.
	LockedFor time.Duration
	// Failures are those within the window.
	Failures int
	// Places are those of its characters.
	Places []admission.Listed
}

// AccountByID finds an account, or nil.
func (g *Gate) AccountByID(id admission.AccountID) *Account {
	g.accounts.mu.RLock()
	defer g.accounts.mu.RUnlock()
	return g.accounts.byID[id]
}

// Account looks at one account. Error: ErrUnknownAccount.
func (g *Gate) Account(id admission.AccountID) (AccountView, error) {
	a := g.AccountByID(id)
	if a == nil {
		return AccountView{}, ErrUnknownAccount
	}
	v := a.view(g.cfg.Now())
	g.addPlaces(&v)
	return v, nil
}

func (a *Account) view(now time.Time) AccountView {
	v := AccountView{Profile: a.Profile()}
	a.mu.Lock()
	defer a.mu.Unlock()
	v.MustChange, v.Issuer, v.CreatedAt = a.core.MustChange, a.core.Issuer, a.core.CreatedAt
	v.LockedFor, v.Failures = max(0, a.core.Failures.Locked(now)), a.core.Failures.Count(now)
	return v
}

func (g *Gate) addPlaces(v *AccountView) {
	for _, c := range v.Characters {
		in := g.instance(g.claims.holder(c.ID))
		if in == nil {
			continue
		}
		in.mu.Lock()
		p, found := in.core.Listed(c.ID)
		in.mu.Unlock()
		if found {
			v.Places = append(v.Places, p)
		}
	}
}

// AccountName returns an account's name; "" = there is no such account.
func (g *Gate) AccountName(id admission.AccountID) string {
	if a := g.AccountByID(id); a != nil {
		return a.Name()
	}
	return ""
}

// Accounts searches by a part of the name of an account or a character, or by the whole id of either; "" finds all. It
// returns a page of what it found, in order of the names, and how many there are.
func (g *Gate) Accounts(search string, offset, limit int) (page []AccountView, total int) {
	found := g.findAccounts(search)
	total = len(found)
	for _, a := range found[min(offset, total):min(offset+limit, total)] {
		v := a.view(g.cfg.Now())
		g.addPlaces(&v)
		page = append(page, v)
	}
	return page, total
}

func (g *Gate) findAccounts(search string) (found []*Account) {
	folded := g.cfg.FoldName(strings.TrimSpace(search))
	names := make(map[*Account]string) // as they are while sorting
	for _, a := range g.allAccounts() {
		if name := a.Name(); a.matches(name, folded, g.cfg.FoldName) {
			found = append(found, a)
			names[a] = name
		}
	}
	slices.SortFunc(found, func(a, b *Account) int {
		return cmp.Or(strings.Compare(names[a], names[b]), strings.Compare(string(a.ID()), string(b.ID())))
	})
	return found
}

func (g *Gate) allAccounts() []*Account {
	g.accounts.mu.RLock()
	defer g.accounts.mu.RUnlock()
	all := make([]*Account, 0, len(g.accounts.byID))
	for _, a := range g.accounts.byID {
		all = append(all, a)
	}
	return all
}

func (a *Account) matches(name, folded string, fold func(string) string) bool {
	if folded == "" || strings.Contains(fold(name), folded) || fold(string(a.ID())) == folded {
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.ContainsFunc(a.core.Characters, func(c *admission.Character) bool {
		return strings.Contains(fold(c.Name), folded) || fold(string(c.ID)) == folded
	})
}

// Locks lists the accounts that are locked now, the longest first.
func (g *Gate) Locks() (locked []AccountView) {
	now := g.cfg.Now()
	for _, a := range g.allAccounts() {
		if v := a.view(now); v.LockedFor > 0 {
			locked = append(locked, v)
		}
	}
	slices.SortFunc(locked, func(a, b AccountView) int { return cmp.Compare(b.LockedFor, a.LockedFor) })
	return locked
}
