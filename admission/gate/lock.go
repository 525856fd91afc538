package gate

import (
	"sync"
	"time"
)

// locks tells, at the end of a lock, how many of its refusals were not events of their own: one timer for each account
// that goes on trying against its lock.
type locks struct {
	mu      sync.Mutex // guards pending; a leaf
	pending map[*Account]*time.Timer
}

func newLocks() *locks { return &locks{pending: make(map[*Account]*time.Timer)} }

// tellOfLock sees to it that the end of the account's lock is told of, if there will be something to tell. The
// account's lock is held.
func (g *Gate) tellOfLock(a *Account) {
	if a.core.Failures.Untold() == 0 {
		return
	}
	left := a.core.Failures.Locked(g.cfg.Now())
	l := g.locks
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pending[a] == nil && !g.stopping.Load() {
		l.pending[a] = time.AfterFunc(max(left, 0), func() { g.lockIsOver(a) })
	}
}

func (g *Gate) lockIsOver(a *Account) {
	a.mu.Lock()
	defer a.mu.Unlock()
	g.locks.mu.Lock()
	_, isPending := g.locks.pending[a]
	delete(g.locks.pending, a)
	g.locks.mu.Unlock()
	if isPending {
		g.journal.append(a.core.TellUntold(g.cfg.Now()))
	}
}

// flushLocks tells of every lock now, because the server stops.
func (g *Gate) flushLocks() {
	g.locks.mu.Lock()
	var accounts []*Account
	for a, timer := range g.locks.pending {
		timer.Stop()
		accounts = append(accounts, a)
	}
	g.locks.mu.Unlock()
	for _, a := range accounts {
		g.lockIsOver(a)
	}
}
