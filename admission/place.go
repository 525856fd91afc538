package admission

import (
	"container/heap"
	"slices"
	"time"
)

// State is where a place stands in its life; see the package's diagram.
type State string

// The states of a place. The last four hold a seat; the first three have a rank in the queue.
const (
	// Waiting is a queue place whose player shows signs of life.
	Waiting State = "waiting"
	// Absent is a queue place without a sign of life: it keeps its rank and is passed over.
	Absent State = "absent"
	// Promoted is a queue place with a seat reserved, until it is claimed.
	Promoted State = "promoted"
	// Reserved is a session that was admitted and has not been attached yet.
	Reserved State = "reserved"
	// Active is a session with its socket attached.
	Active State = "active"
	// Grace is a session whose line dropped; its seat is held.
	Grace State = "grace"
)

// states is all of them.
var states = [...]State{Waiting, Absent, Promoted, Reserved, Active, Grace}

// counts tells how many places are in each state. It is looked at with every attempt, which a map is too slow for.
type counts [len(states)]int

func (c *counts) of(s State) int { return c[slices.Index(states[:], s)] }

func (c *counts) add(s State, n int) { c[slices.Index(states[:], s)] += n }

// Place is a character's one place on an instance: a queue place, a session, or, while a promotion is
// unclaimed, both. It is read and changed only under its instance's mutex.
type Place struct {
	PlaceRow
	CharacterName string
	// Written is the journal entry that holds the newest state of the place.
	Written uint64

	conn       Conn      // the attached socket, 0 = none
	due        time.Time // when its state ends by itself; zero = never
	paused     time.Time // the same, while another place replaces it and that is not certain yet
	dueIndex   int       // in the heap of deadlines; -1 = not there
	tokenUntil time.Time // the end of its sessionToken
	slot       int       // in the queue
	isReady    bool      // may be promoted
	pushed     int       // the position that its socket was told last
	isReplaced bool      // another place of its character replaces it, not yet for certain
	isClosed   bool      // its instance was closed meanwhile
	last       *undo     // of the newest attempt about it that may be undecided still
	superseded superseded
	replayedAt time.Time // when a dead token of it was told of last
}

// since tells since when the place stands, as a player would count it.
func (p *Place) since() time.Time {
	if p.SeatedAt.IsZero() {
		return p.QueuedAt
	}
	return p.SeatedAt
}

// existing describes the place to an attempt that it stands in the way of.
func (p *Place) existing() *Existing {
	return &Existing{Instance: p.Instance, State: p.State, Since: p.since()}
}

// isQueued reports whether the place has a rank.
func (p *Place) isQueued() bool { return p.Line != 0 }

// event starts an event about the place.
func (p *Place) event(name EventName, now time.Time) Event {
	return Event{
		Time: now, Name: name, Instance: p.Instance, Attempt: p.Attempt, Session: p.Session,
		Account: p.Account, Character: p.Character,
	}
}

// deadlines is a heap of places, earliest deadline first.
type deadlines []*Place

func (d deadlines) Len() int           { return len(d) }
func (d deadlines) Less(i, j int) bool { return d[i].due.Before(d[j].due) }
func (d deadlines) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].dueIndex, d[j].dueIndex = i, j
}

// Push is for package heap.
func (d *deadlines) Push(x any) {
	p := x.(*Place)
	p.dueIndex = len(*d)
	*d = append(*d, p)
}

// Pop is for package heap.
func (d *deadlines) Pop() any {
	last := len(*d) - 1
	p := (*d)[last]
	(*d)[last] = nil
	*d = (*d)[:last]
	p.dueIndex = -1
	return p
}

// set gives a place its deadline; the zero time takes it away.
func (d *deadlines) set(p *Place, due time.Time) {
	p.due = due
	switch {
	case due.IsZero() && p.dueIndex >= 0:
		heap.Remove(d, p.dueIndex)
	case due.IsZero():
	case p.dueIndex >= 0:
		heap.Fix(d, p.dueIndex)
	default:
		heap.Push(d, p)
	}
}

// earliest returns the place whose deadline comes first, or nil.
func (d deadlines) earliest() *Place {
	if len(d) == 0 {
		return nil
	}
	return d[0]
}
