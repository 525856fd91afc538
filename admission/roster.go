package admission

import "time"

// Listed is a place as operators see it: without its tokens. It shares no memory with the engine.
type Listed struct {
	Instance      InstanceID
	Account       AccountID
	Character     CharacterID
	CharacterName string
	State         State
	Session       SessionID // "" while it only waits
	Attempt       AttemptID
	Build         string
	Position      int // in the queue, from 1; 0 = not in it
	Missed        int // unclaimed promotions
	QueuedAt      time.Time
	SeatedAt      time.Time
}

func (p *Place) listed(position int) Listed {
	return Listed{
		p.Instance, p.Account, p.Character, p.CharacterName, p.State, p.Session, p.Attempt, p.Build, position, p.Missed,
		p.QueuedAt, p.SeatedAt,
	}
}

// Sessions lists all who hold a seat, promoted places too, in no order.
func (in *Instance) Sessions() []Listed {
	list := make([]Listed, 0, in.SeatsTaken())
	for _, p := range in.characters {
		switch {
		case p.Session == "":
		case p.isQueued():
			list = append(list, p.listed(in.queue.position(p)))
		default:
			list = append(list, p.listed(0))
		}
	}
	return list
}

// Queued lists everybody in the queue, in order.
func (in *Instance) Queued() []Listed {
	list := make([]Listed, 0, in.queue.size)
	for position, p := range in.queue.all() {
		list = append(list, p.listed(position))
	}
	return list
}

// Listed looks at one character's place; ok is false where it has none here.
func (in *Instance) Listed(character CharacterID) (listed Listed, ok bool) {
	p := in.characters[character]
	if p == nil {
		return Listed{}, false
	}
	position := 0
	if p.isQueued() {
		position = in.queue.position(p)
	}
	return p.listed(position), true
}

// Rename tells a character's place what its player is called from now on.
func (in *Instance) Rename(character CharacterID, name string) {
	if p := in.characters[character]; p != nil {
		p.CharacterName = name
	}
}

// Builds counts the clients of those who have a place, by the build that they told.
func (in *Instance) Builds() map[string]int {
	count := make(map[string]int)
	for _, p := range in.characters {
		count[p.Build]++
	}
	return count
}
