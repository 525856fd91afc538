package gate

import (
	"hash/maphash"
	"sync"

	"gatekeeper/admission"
)

const claimShards = 64

// claims knows, over all instances, where a character has its one place (I2).
type claims struct {
	seed   maphash.Seed
	shards [claimShards]claimShard
}

type claimShard struct {
	mu     sync.Mutex // guards holder; a leaf
	holder map[admission.CharacterID]admission.InstanceID
}

func newClaims() *claims {
	c := &claims{seed: maphash.MakeSeed()}
	c.expect(0)
	return c
}

// expect makes room for so many at a start, before anybody else sees it.
func (c *claims) expect(places int) {
	for i := range c.shards {
		c.shards[i].holder = make(map[admission.CharacterID]admission.InstanceID, places/claimShards)
	}
}

func (c *claims) shard(id admission.CharacterID) *claimShard {
	return &c.shards[maphash.String(c.seed, string(id))%claimShards]
}

// holder returns the instance where the character has its place; "" = nowhere.
func (c *claims) holder(id admission.CharacterID) admission.InstanceID {
	s := c.shard(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.holder[id]
}

// apply notes what a change did; the mutex of every instance that it touched is held.
func (c *claims) apply(changes []admission.Claim) {
	for _, change := range changes {
		s := c.shard(change.Character)
		s.mu.Lock()
		if change.Instance != "" {
			s.holder[change.Character] = change.Instance
		} else {
			delete(s.holder, change.Character)
		}
		s.mu.Unlock()
	}
}
