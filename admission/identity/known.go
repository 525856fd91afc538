package identity

import (
	"crypto/sha256"
	"sync"
	"time"
)

// maxKnown is how many tokens are known at a time; one more pushes out any other.
const maxKnown = 100_000

func hashOf(token string) [sha256.Size]byte { return sha256.Sum256([]byte(token)) }

// known are tokens that were checked, by their hashes.
type known struct {
	mu      sync.Mutex // guards the rest; a leaf
	players map[[sha256.Size]byte]Player
}

func newKnown() *known {
	return &known{players: make(map[[sha256.Size]byte]Player)}
}

func (k *known) find(id [sha256.Size]byte, now time.Time) (p Player, isKnown bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	p, isKnown = k.players[id]
	if isKnown && p.isOver(now) {
		delete(k.players, id)
		return Player{}, false
	}
	return p, isKnown
}

func (k *known) keep(id [sha256.Size]byte, p Player, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.makeRoom(now)
	k.players[id] = p
}

// makeRoom looks at a few tokens, which come in no order: those that are over go, and where it is full one more does.
func (k *known) makeRoom(now time.Time) {
	const look = 8
	looked := 0
	for id, p := range k.players {
		if looked++; p.isOver(now) || len(k.players) >= maxKnown {
			delete(k.players, id)
		}
		if looked == look {
			return
		}
	}
}

func (p Player) isOver(now time.Time) bool { return !now.Before(p.Expires.Add(Leeway)) }
