package auth

import (
	"net/netip"
	"slices"
	"sync"
	"time"
)

// NameLimiter slows the guessing of one name's password from many addresses: after ten failures in ten minutes the name
// has one try each ten seconds, but from addresses where it succeeded before. It knows a name that nobody has as well
// as any other, so that it tells nothing.
type NameLimiter struct {
	mu    sync.Mutex // guards names
	names map[string]*guessed
}

// guessed is what is known of the log-ins of a name.
type guessed struct {
	failed []time.Time    // oldest first, at most guessLimit
	tried  time.Time      // the last try that a slowed name had
	homes  []netip.Prefix // where it succeeded, the newest last
	isTold bool           // that it is slowed
}

const (
	guessLimit  = 10
	guessWindow = 10 * time.Minute
	guessPause  = 10 * time.Second
	maxHomes    = 16
	// maxNames bounds the memory; beyond it quiet names are forgotten, then any.
	maxNames  = 100_000
	keptNames = maxNames * 3 / 4
)

// NewNameLimiter returns a limiter that knows nobody.
func NewNameLimiter() *NameLimiter { return &NameLimiter{names: make(map[string]*guessed)} }

// Take counts a try as failed, until Succeeded says otherwise: tries in parallel get no more than one after another. It
// reports false, and counts nothing, while the name is slowed; then wait is the time until its next try.
func (l *NameLimiter) Take(name string, addr netip.Addr, now time.Time) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	g := l.known(name, now)
	if g.isSlowed(now) && !slices.Contains(g.homes, bucket(addr)) {
		if wait := guessPause - now.Sub(g.tried); wait > 0 {
			return wait, false
		}
	}
	g.tried = now
	g.failed = append(g.failed, now)
	if len(g.failed) > guessLimit {
		g.failed = g.failed[1:]
	}
	return 0, true
}

// Failed tells that a try was wrong, and reports whether that slowed the name: once, until it is quiet again.
func (l *NameLimiter) Failed(name string, now time.Time) (isSlowed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	g := l.names[name]
	if g == nil {
		return false
	}
	wasTold := g.isTold
	g.isTold = g.isSlowed(now)
	return g.isTold && !wasTold
}

// Succeeded takes back the try that was counted at a time, if one was, and remembers where the name belongs.
func (l *NameLimiter) Succeeded(name string, addr netip.Addr, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	g := l.known(name, at)
	g.failed = takeBack(g.failed, at)
	home := bucket(addr)
	g.homes = append(slices.DeleteFunc(g.homes, func(p netip.Prefix) bool { return p == home }), home)
	if len(g.homes) > maxHomes {
		g.homes = g.homes[1:]
	}
}

// GiveBack takes back the try that was counted at a time: nobody has looked at its password.
func (l *NameLimiter) GiveBack(name string, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if g := l.names[name]; g != nil {
		g.failed = takeBack(g.failed, at)
	}
}

// Forget knows nothing of a name any more: its account is gone.
func (l *NameLimiter) Forget(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.names, name)
}

func (l *NameLimiter) known(name string, now time.Time) *guessed {
	g := l.names[name]
	if g == nil {
		makeRoom(l.names, maxNames, keptNames, func(g *guessed) bool {
			return len(g.homes) == 0 && now.Sub(g.tried) >= guessWindow
		})
		g = &guessed{tried: now}
		l.names[name] = g
	}
	return g
}

// takeBack removes one try that was counted at a time, if there is one.
func takeBack(tries []time.Time, at time.Time) []time.Time {
	if i := slices.IndexFunc(tries, at.Equal); i >= 0 {
		return slices.Delete(tries, i, i+1)
	}
	return tries
}

func (g *guessed) isSlowed(now time.Time) bool {
	return len(g.failed) == guessLimit && now.Sub(g.failed[0]) < guessWindow
}
