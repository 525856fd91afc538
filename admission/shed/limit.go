// Package shed refuses at once what cannot be done soon, so that what was begun gets done.
package shed

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// What is limited, by the metric's names.
const (
	Attempt  = "attempt"
	Password = "password"
)

// Limit lets some work be done at a time, lets some more wait for its turn, and refuses the rest. All methods may be
// called concurrently.
type Limit struct {
	inside   chan struct{} // who works or waits
	turns    chan struct{} // who works
	patience time.Duration

	served atomic.Int64 // so far

	mu      sync.Mutex // guards everything below; a leaf
	since   time.Time  // when the period that is counted began
	before  int64      // how many were served until then
	refused int64      // in this period
	excess  float64    // how many were refused in the last period for each that was served
}

// period is over how long it is counted how many come too many.
const period = time.Second

// NewLimit returns a limit of so much work at once, and of so many who wait for their turn, each for as long as patience.
func NewLimit(atOnce, waiting int, patience time.Duration) *Limit {
	return &Limit{
		inside: make(chan struct{}, atOnce+waiting), turns: make(chan struct{}, atOnce), patience: patience, since: time.Now(),
	}
}

// Enter waits for a turn; whoever gets one calls Leave after the work. Error: Busy, at once where too many wait already.
func (l *Limit) Enter(ctx context.Context) error {
	select {
	case l.inside <- struct{}{}:
	default:
		return l.refuse()
	}
	select {
	case l.turns <- struct{}{}:
		return nil
	default:
	}
	if l.waits(ctx) {
		return nil
	}
	<-l.inside
	return l.refuse()
}

func (l *Limit) waits(ctx context.Context) (gotTurn bool) {
	ctx, cancel := context.WithTimeout(ctx, l.patience)
	defer cancel()
	select {
	case l.turns <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// Leave gives a turn back.
func (l *Limit) Leave() {
	l.served.Add(1)
	<-l.turns
	<-l.inside
}

// Busy is the error of work that was refused because there is too much.
type Busy struct {
	// RetryAfter is when to come again.
	RetryAfter time.Duration
}

// Error implements error.
func (Busy) Error() string { return "more is asked for than can be done" }

// refuse tells whoever is too many to come again once all that came with them could have been served. Everybody gets
// another time, so that they do not come back as the crowd that they were.
func (l *Limit) refuse() Busy {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused++
	if now := time.Now(); now.Sub(l.since) >= period {
		served := l.served.Load()
		l.excess = float64(l.refused) / float64(max(1, served-l.before))
		l.since, l.before, l.refused = now, served, 0
	}
	return Busy{retryAfter(l.excess, rand.Float64())}
}

const (
	soonest = time.Second
	latest  = 30 * time.Second
)

// retryAfter is the time at share of those from which on the refused come again: on average after as many seconds as
// serving them takes.
func retryAfter(excess, share float64) time.Duration {
	until := min(float64(latest), float64(soonest)*(1+2*max(1, excess)))
	return soonest + time.Duration(share*(until-float64(soonest)))
}
