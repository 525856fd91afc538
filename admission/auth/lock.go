package auth

import (
	"net/netip"
	"slices"
	"sync"
	"time"
)

// LoginLock locks an operator's name for an address: after ten failures within ten minutes it is locked until the oldest
// of them is that long ago. It is kept by address, so that nobody elsewhere can lock an operator out; that many addresses
// guess at one name is the matter of [NameLimiter].
type LoginLock struct {
	mu     sync.Mutex // guards failed
	failed map[lockedName][]time.Time
}

type lockedName struct {
	name string
	from netip.Prefix
}

const (
	// maxLocks bounds the memory; beyond it names that are quiet are forgotten, then any.
	maxLocks  = 100_000
	keptLocks = maxLocks * 3 / 4
)

// NewLoginLock returns a lock that knows nobody.
func NewLoginLock() *LoginLock { return &LoginLock{failed: make(map[lockedName][]time.Time)} }

// Take counts a try as failed, until Succeeded says otherwise. It reports false, and counts nothing, while the name is
// locked for the address; then wait is how long yet.
func (l *LoginLock) Take(name string, addr netip.Addr, now time.Time) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := lockedName{name, bucket(addr)}
	failed := slices.DeleteFunc(l.failed[key], func(at time.Time) bool { return now.Sub(at) >= guessWindow })
	if len(failed) >= guessLimit {
		l.failed[key] = failed
		return failed[0].Add(guessWindow).Sub(now), false
	}
	makeRoom(l.failed, maxLocks, keptLocks, func(failed []time.Time) bool {
		return now.Sub(failed[len(failed)-1]) >= guessWindow
	})
	l.failed[key] = append(failed, now)
	return 0, true
}

// Left tells how many more tries the name has at the address.
func (l *LoginLock) Left(name string, addr netip.Addr) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return guessLimit - len(l.failed[lockedName{name, bucket(addr)}])
}

// GiveBack takes back the try that was counted at a time: nobody has looked at its password.
func (l *LoginLock) GiveBack(name string, addr netip.Addr, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := lockedName{name, bucket(addr)}
	l.failed[key] = takeBack(l.failed[key], at)
	if len(l.failed[key]) == 0 {
		delete(l.failed, key)
	}
}

// Succeeded forgets the failures of the name at the address.
func (l *LoginLock) Succeeded(name string, addr netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.failed, lockedName{name, bucket(addr)})
}
