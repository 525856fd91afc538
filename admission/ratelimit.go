package admission

import (
	"slices"
	"time"
)

// The rate limit of failed attempts.
const (
	FailureLimit  = 5
	FailureWindow = 60 * time.Second
	LockTime      = 60 * time.Second
	// throttledEvents is how many refusals of one lock are events of their own.
	throttledEvents = 10
)

// Failures is an exact sliding log of an account's failed attempts (I9): the fifth within any rolling
// window locks it, for LockTime from that fifth. A success clears nothing.
type Failures struct {
	at          []time.Time // within the window, oldest first, at most FailureLimit
	lockedUntil time.Time
	throttled   int // attempts refused by the present or last lock, not yet told
}

// Locked returns how long the lock still lasts; zero or less means that there is none.
func (f *Failures) Locked(now time.Time) time.Duration { return f.lockedUntil.Sub(now) }

// Count tells how many failures are within the window.
func (f *Failures) Count(now time.Time) int {
	f.forget(now)
	return len(f.at)
}

// fail counts a failed attempt and reports whether it locked the account.
func (f *Failures) fail(now time.Time) bool {
	f.forget(now)
	f.at = append(f.at, now)
	if len(f.at) < FailureLimit {
		return false
	}
	f.lockedUntil = now.Add(LockTime) // which outlasts the window: none of these can count again
	return true
}

// forgive takes back a failure whose attempt was not told of it, and the lock that it led to; it reports whether
// there was one.
func (f *Failures) forgive(at time.Time) bool {
	i := slices.IndexFunc(f.at, at.Equal)
	if i < 0 {
		return false
	}
	f.at = slices.Delete(slices.Clone(f.at), i, i+1)
	f.lockedUntil = time.Time{}
	return true
}

// forget drops what has left the window; a failure exactly FailureWindow ago no longer counts.
func (f *Failures) forget(now time.Time) {
	for len(f.at) > 0 && now.Sub(f.at[0]) >= FailureWindow {
		f.at = f.at[1:]
	}
}

// throttle counts an attempt refused by the lock and reports whether it is an event of its own.
func (f *Failures) throttle() bool {
	f.throttled++
	return f.throttled <= throttledEvents
}

// Untold counts the refusals that were not events of their own and are still to be told of as one.
func (f *Failures) Untold() int { return max(0, f.throttled-throttledEvents) }

// settle returns how many refusals of a lock that is over were not events of their own, once.
func (f *Failures) settle(now time.Time) int {
	if f.Locked(now) > 0 {
		return 0
	}
	untold := f.Untold()
	f.throttled = 0
	return untold
}

func (f *Failures) row(account AccountID) ThrottleRow {
	return ThrottleRow{Account: account, Failures: append([]time.Time(nil), f.at...), LockedUntil: f.lockedUntil}
}

// restoreFailures reads a stored row back. A wall clock that jumped may neither prolong a lock nor bring
// failures from the future, so both are clamped to now.
func restoreFailures(row ThrottleRow, now time.Time) Failures {
	var f Failures
	for _, at := range row.Failures {
		f.at = append(f.at, relive(now, earliest(at, now)))
	}
	f.forget(now)
	if row.LockedUntil.After(now) {
		f.lockedUntil = relive(now, earliest(row.LockedUntil, now.Add(LockTime)))
	}
	return f
}

// relive turns a stored wall time into one that carries now's monotonic reading, so that later jumps of
// the wall clock do not move it.
func relive(now, wall time.Time) time.Time { return now.Add(wall.Sub(now)) }

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
