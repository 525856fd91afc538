package auth

import (
	"net/netip"
	"sync"
)

// AddressBound bounds what an address holds at a time, connections say: an IPv4 address or an IPv6 /64. Many players of a
// LAN sit behind one address, so private ones have a bound of their own. It remembers nobody who holds nothing.
type AddressBound struct {
	internet, private int

	mu   sync.Mutex // guards held
	held map[netip.Prefix]int
}

// NewAddressBound returns a bound of what an address of either kind may hold.
func NewAddressBound(internet, private int) *AddressBound {
	return &AddressBound{internet: internet, private: private, held: make(map[netip.Prefix]int)}
}

// Take counts one more. It reports false, and counts nothing, when the address holds all that it may. Whoever took gives
// back once.
func (b *AddressBound) Take(addr netip.Addr, isPrivate bool) bool {
	most := b.internet
	if isPrivate {
		most = b.private
	}
	key := bucket(addr)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.held[key] >= most {
		return false
	}
	b.held[key]++
	return true
}

// GiveBack counts one less.
func (b *AddressBound) GiveBack(addr netip.Addr) {
	key := bucket(addr)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.held[key]--; b.held[key] <= 0 {
		delete(b.held, key)
	}
}
