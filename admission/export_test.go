package admission

// Existing describes a character's place as an attempt that it stands in the way of would; nil = there is none.
func (in *Instance) Existing(character CharacterID) *Existing {
	p := in.characters[character]
	if p == nil {
		return nil
	}
	return p.existing()
}

// Stands returns the place that the outcome gave out, if it is still there, or nil.
func (d Decision) Stands() *Place { return d.standing() }

// IsQueued reports whether the character has a place in the queue.
func (in *Instance) IsQueued(character CharacterID) bool { return in.queued(character) != nil }
