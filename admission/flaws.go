package admission

import "fmt"

// Flaws looks at a stored state for what the engine would never have written, and says what breaks which promise. An
// instance with more sessions than seats is none: an operator may have lowered its capacity.
func (s *Snapshot) Flaws() []string {
	f := flawFinder{
		instances: make(map[InstanceID]Settings), accounts: make(map[AccountID]bool), characters: make(map[CharacterID]CharacterRow),
		holders: make(map[CharacterID]PlaceKey), ranks: make(map[rank]PlaceKey), sessions: make(map[SessionID]PlaceKey),
	}
	for _, in := range s.Instances {
		f.instances[in.ID] = in
	}
	for _, a := range s.Accounts {
		f.accounts[a.ID] = true
	}
	for _, c := range s.Characters {
		f.characters[c.ID] = c
		f.report(!f.accounts[c.Account], "character %s belongs to account %s, which does not exist", c.ID, c.Account)
	}
	for _, t := range s.Tokens {
		f.report(!f.accounts[t.Account], "a player token belongs to account %s, which does not exist", t.Account)
	}
	for _, p := range s.Places {
		f.place(p)
	}
	return f.flaws
}

type rank struct {
	instance InstanceID
	line     uint64
}

type flawFinder struct {
	flaws      []string
	instances  map[InstanceID]Settings
	accounts   map[AccountID]bool
	characters map[CharacterID]CharacterRow
	holders    map[CharacterID]PlaceKey
	ranks      map[rank]PlaceKey
	sessions   map[SessionID]PlaceKey
}

func (f *flawFinder) report(isFlaw bool, format string, args ...any) {
	if isFlaw {
		f.flaws = append(f.flaws, fmt.Sprintf(format, args...))
	}
}

func (f *flawFinder) place(p PlaceRow) {
	in, known := f.instances[p.Instance]
	f.report(!known, "place %d is on instance %s, which does not exist", p.Key, p.Instance)
	f.report(in.Mode == ModeClosed, "place %d is on instance %s, which is closed", p.Key, p.Instance)
	c, known := f.characters[p.Character]
	f.report(!known || c.Account != p.Account, "place %d is of character %s, which account %s does not have", p.Key, p.Character, p.Account)
	if other, taken := f.holders[p.Character]; taken {
		f.report(true, "character %s has the places %d and %d; it may have one", p.Character, other, p.Key)
	}
	f.holders[p.Character] = p.Key
	if p.Line != 0 {
		r := rank{p.Instance, p.Line}
		other, taken := f.ranks[r]
		f.report(taken, "places %d and %d share a rank on instance %s", other, p.Key, p.Instance)
		f.ranks[r] = p.Key
	}
	if p.Session != "" {
		other, taken := f.sessions[p.Session]
		f.report(taken, "places %d and %d share session %s", other, p.Key, p.Session)
		f.sessions[p.Session] = p.Key
	}
}
