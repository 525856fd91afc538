package auth

import (
	"net/netip"
	"sync"
	"time"
)

// AddressLimiter bounds how often an address may try what needs no account: an IPv4 address or an IPv6 /64, within a
// rolling minute. Many players of a LAN sit behind one address, so private ones have a limit of their own.
type AddressLimiter struct {
	mu                sync.Mutex // guards the rest
	internet, private int
	tries             map[netip.Prefix][]time.Time
}

const (
	limitWindow = time.Minute
	// maxAddresses bounds the memory. When it is reached, addresses are forgotten until only keptAddresses are left:
	// a sweep looks at all of them, so it must not come with each try of a flood.
	maxAddresses  = 100_000
	keptAddresses = maxAddresses * 3 / 4
)

// NewAddressLimiter returns a limiter with the tries a minute of an address of either kind.
func NewAddressLimiter(internet, private int) *AddressLimiter {
	return &AddressLimiter{internet: internet, private: private, tries: make(map[netip.Prefix][]time.Time)}
}

// Set changes the tries a minute of an address of either kind.
func (l *AddressLimiter) Set(internet, private int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.internet, l.private = internet, private
}

// Take counts a try. It reports false, and counts nothing, when the address has had its tries; then wait is the
// time until the next.
func (l *AddressLimiter) Take(addr netip.Addr, isPrivate bool, now time.Time) (wait time.Duration, ok bool) {
	return l.ask(addr, isPrivate, now, true)
}

// Check reports whether the address has tries left, and counts nothing.
func (l *AddressLimiter) Check(addr netip.Addr, isPrivate bool, now time.Time) (wait time.Duration, ok bool) {
	return l.ask(addr, isPrivate, now, false)
}

// GiveBack takes the newest try of an address back.
func (l *AddressLimiter) GiveBack(addr netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := bucket(addr)
	if tries := l.tries[key]; len(tries) > 0 {
		l.tries[key] = tries[:len(tries)-1]
	}
}

func (l *AddressLimiter) ask(addr netip.Addr, isPrivate bool, now time.Time, count bool) (time.Duration, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	limit := l.internet
	if isPrivate {
		limit = l.private
	}
	key := bucket(addr)
	tries := recent(l.tries[key], now)
	if len(tries) >= limit {
		l.tries[key] = tries
		return waitFor(tries, limit, now), false
	}
	if count {
		makeRoom(l.tries, maxAddresses, keptAddresses, func(tries []time.Time) bool { return len(recent(tries, now)) == 0 })
		l.tries[key] = append(tries, now)
	}
	return 0, true
}

// waitFor is the time until one of the tries that fill the limit leaves the window.
func waitFor(tries []time.Time, limit int, now time.Time) time.Duration {
	if limit <= 0 {
		return limitWindow
	}
	return tries[len(tries)-limit].Add(limitWindow).Sub(now)
}

func recent(tries []time.Time, now time.Time) []time.Time {
	for len(tries) > 0 && now.Sub(tries[0]) >= limitWindow {
		tries = tries[1:]
	}
	return tries
}

// makeRoom keeps a memory bounded: at most it forgets who is quiet; if all are busy it forgets any, which only lets
// tries through, until no more than kept are left.
func makeRoom[K comparable, V any](memory map[K]V, most, kept int, isQuiet func(V) bool) {
	if len(memory) < most {
		return
	}
	for key, known := range memory {
		if isQuiet(known) {
			delete(memory, key)
		}
	}
	for key := range memory {
		if len(memory) <= kept {
			return
		}
		delete(memory, key)
	}
}

// bucket is what counts as one address: who has one IPv6 address has a whole /64.
func bucket(addr netip.Addr) netip.Prefix {
	bits := 32
	if addr = addr.Unmap(); addr.Is6() {
		bits = 64
	}
	prefix, err := addr.WithZone("").Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return prefix
}
