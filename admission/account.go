package admission

import (
	"cmp"
	"errors"
	"time"
)

// MaxCharacters is how many characters an account may have.
const MaxCharacters = 20

// Errors of an account's own affairs.
var (
	ErrInvalidName       = errors.New("the name must be 1 to 32 printable characters")
	ErrTooManyCharacters = errors.New("an account has at most 20 characters")
	ErrUnknownCharacter  = errors.New("there is no such character")
	ErrCharacterInUse    = errors.New("the character holds a place")
	ErrNotAGuest         = errors.New("the account is no guest's")
)

// Account is a player's account: characters, the active one, failures. It is plain data; the gate holds its
// lock around every method.
type Account struct {
	AccountRow
	Characters []*Character // oldest first
	Failures   Failures

	offers []offer
	polled map[CharacterID]time.Time
}

// Character is one of an account's characters.
type Character struct{ CharacterRow }

// NewAccount returns an account as it was stored or is about to be.
func NewAccount(row AccountRow) *Account { return &Account{AccountRow: row} }

// RestoreFailures reads the failures back at a start; now bounds what a jumped clock could do.
func (a *Account) RestoreFailures(row ThrottleRow, now time.Time) {
	a.Failures = restoreFailures(row, now)
}

// TellUntold tells now, as one event, of the refusals of a lock that were not events of their own: at its end, or when
// the server stops.
func (a *Account) TellUntold(now time.Time) *Change {
	c := &Change{}
	a.tellUntold(c, a.Failures.Untold(), now)
	a.Failures.throttled = min(a.Failures.throttled, throttledEvents)
	return c
}

func (a *Account) tellUntold(c *Change, count int, now time.Time) {
	if count > 0 {
		c.event(Event{
			Time: now, Name: EventThrottled, Account: a.ID, Reason: string(RateLimited), Data: map[string]any{"count": count},
		})
	}
}

// Character finds a character of the account, or nil.
func (a *Account) Character(id CharacterID) *Character {
	for _, c := range a.Characters {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// AddCharacter makes a character. Errors: ErrInvalidName, ErrTooManyCharacters.
func (a *Account) AddCharacter(id CharacterID, name string, now time.Time) (*Character, *Change, error) {
	if !ValidName(name, 1, 32) {
		return nil, nil, ErrInvalidName
	}
	if len(a.Characters) >= MaxCharacters {
		return nil, nil, ErrTooManyCharacters
	}
	ch := &Character{CharacterRow{ID: id, Account: a.ID, Name: name, CreatedAt: now}}
	a.Characters = append(a.Characters, ch)
	return ch, &Change{Records: []Record{PutCharacter{ch.CharacterRow}}}, nil
}

// Provision makes a character under an id of somebody else's choice, or gives the one of that id another name; "" leaves it
// as it is. Errors: ErrInvalidName, ErrTooManyCharacters.
func (a *Account) Provision(id CharacterID, name string, now time.Time) (*Character, *Change, error) {
	ch := a.Character(id)
	if ch == nil {
		return a.AddCharacter(id, name, now)
	}
	if name != "" && !ValidName(name, 1, 32) {
		return nil, nil, ErrInvalidName
	}
	ch.Name = cmp.Or(name, ch.Name)
	return ch, &Change{Records: []Record{PutCharacter{ch.CharacterRow}}}, nil
}

// DeleteCharacter removes a character that holds no place. Error: ErrUnknownCharacter.
func (a *Account) DeleteCharacter(id CharacterID) (*Change, error) {
	for i, c := range a.Characters {
		if c.ID != id {
			continue
		}
		a.Characters = append(a.Characters[:i:i], a.Characters[i+1:]...)
		delete(a.polled, id)
		change := &Change{Records: []Record{DropCharacter{id}}}
		if a.Active == id {
			a.Active = ""
			change.record(PutAccount{a.AccountRow})
		}
		return change, nil
	}
	return nil, ErrUnknownCharacter
}

// Activate makes a character the active one; "" makes none active. Error: ErrUnknownCharacter.
func (a *Account) Activate(id CharacterID) (*Change, error) {
	if id != "" && a.Character(id) == nil {
		return nil, ErrUnknownCharacter
	}
	a.Active = id
	return &Change{Records: []Record{PutAccount{a.AccountRow}}}, nil
}

// Suspend bars a character from connecting, or restores it. Its place is ended by [Instance.Remove].
func (a *Account) Suspend(c *Character, suspended bool) *Change {
	c.Suspended = suspended
	return &Change{Records: []Record{PutCharacter{c.CharacterRow}}}
}

// ClearLock forgets the account's failures and the lock that they led to.
func (a *Account) ClearLock(now time.Time) *Change {
	c := &Change{}
	a.tellUntold(c, a.Failures.Untold(), now)
	a.Failures = Failures{}
	c.record(PutThrottle{a.Failures.row(a.ID)})
	return c
}

// SetPassword replaces the stored hash of the password. With mustChange it is good for nothing but to set another.
func (a *Account) SetPassword(hash string, mustChange bool) *Change {
	a.PasswordHash, a.MustChange = hash, mustChange
	return &Change{Records: []Record{PutAccount{a.AccountRow}}}
}

// Upgrade makes a guest's account one with a name and a password. Its characters and tokens stay. Error: ErrNotAGuest.
func (a *Account) Upgrade(name, hash string) (*Change, error) {
	if !a.Guest {
		return nil, ErrNotAGuest
	}
	a.Name, a.PasswordHash, a.Guest = name, hash, false
	return &Change{Records: []Record{PutAccount{a.AccountRow}}}, nil
}

// Delete removes all that is stored of the account, with its tokens; its places must have ended. An attempt of its that
// is undecided yet writes nothing about it any more when it is taken back.
func (a *Account) Delete(tokens []TokenHash, now time.Time) *Change {
	c := a.TellUntold(now)
	for _, ch := range a.Characters {
		c.record(DropCharacter{ch.ID})
	}
	for _, token := range tokens {
		c.record(DropToken{token})
	}
	c.record(DropAccount{a.ID})
	a.AccountRow = AccountRow{ID: a.ID}
	a.Characters, a.Failures, a.offers = nil, Failures{}, nil
	return c
}

// pollInterval is how often a character may ask for its queue status.
const pollInterval = time.Second

// MayPoll reports whether the character may ask for its status now, and notes that it did; else how long to wait.
func (a *Account) MayPoll(id CharacterID, now time.Time) (wait time.Duration, ok bool) {
	if wait := a.polled[id].Add(pollInterval).Sub(now); wait > 0 {
		return wait, false
	}
	if a.polled == nil {
		a.polled = make(map[CharacterID]time.Time)
	}
	a.polled[id] = now
	return 0, true
}

// offer is a replacement that was asked about: bound to account, character, the existing place and the target.
type offer struct {
	hash      TokenHash
	place     PlaceKey
	wasQueued bool // a place that became a session meanwhile is another thing to give up
	target    InstanceID
	until     time.Time
}

// maxOffers bounds the questions open at a time; the oldest is forgotten.
const maxOffers = 64

func (a *Account) offer(o offer) {
	if len(a.offers) >= maxOffers {
		a.offers = a.offers[1:]
	}
	a.offers = append(a.offers, o)
}

// offered reports whether the token confirms the replacement of this place by one on the target.
func (a *Account) offered(token string, p *Place, target InstanceID, now time.Time) bool {
	hash := HashToken(token)
	for _, o := range a.offers {
		if o.hash == hash {
			return o.place == p.Key && o.wasQueued == p.isQueued() && o.target == target && now.Before(o.until)
		}
	}
	return false
}

// settleOffers forgets every question about a place that was taken up again, and returns them.
func (a *Account) settleOffers(place PlaceKey) (settled []offer) {
	kept := a.offers[:0]
	for _, o := range a.offers {
		if o.place == place {
			settled = append(settled, o)
		} else {
			kept = append(kept, o)
		}
	}
	a.offers = kept
	return settled
}
