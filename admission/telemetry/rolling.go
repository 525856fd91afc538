package telemetry

import (
	"time"

	"gatekeeper/admission/wire"
)

// rolling is what happened lately: admissions of the last minute by the second, failures of the last ten minutes by the
// minute, waits of the last hour by its halves.
type rolling struct {
	admitted [60]int
	second   int64
	failed   [10]map[string]int
	minute   int64
	waits    [2]*spread // this half of an hour and the one before
	half     int64
}

const halfHour = 30 * time.Minute

func newRolling() rolling { return rolling{waits: [2]*spread{newSpread(), newSpread()}} }

// turn forgets what is no longer late.
func (r *rolling) turn(now time.Time) {
	second, minute, half := now.Unix(), now.Unix()/60, now.Unix()/int64(halfHour.Seconds())
	for s := max(r.second+1, second-59); s <= second; s++ {
		r.admitted[s%60] = 0
	}
	for m := max(r.minute+1, minute-9); m <= minute; m++ {
		r.failed[m%10] = nil
	}
	if half > r.half {
		r.waits[0], r.waits[1] = r.waits[1], r.waits[0]
		r.waits[0].reset()
	}
	if half > r.half+1 {
		r.waits[1].reset()
	}
	r.second, r.minute, r.half = max(r.second, second), max(r.minute, minute), max(r.half, half)
}

func (r *rolling) admit(at time.Time) {
	r.turn(at)
	r.admitted[r.second%60]++
}

func (r *rolling) wait(d time.Duration, at time.Time) {
	r.turn(at)
	r.waits[0].add(d)
}

func (r *rolling) fail(reason string, count int, at time.Time) {
	r.turn(at)
	slot := &r.failed[r.minute%10]
	if *slot == nil {
		*slot = make(map[string]int)
	}
	(*slot)[reason] += count
}

func (r *rolling) pulse(now time.Time) wire.Pulse {
	r.turn(now)
	wait := max(r.waits[0].at(95), r.waits[1].at(95))
	p := wire.Pulse{WaitP95Seconds: wire.KnownSeconds(wait), Failures: make(map[string]int)}
	for _, n := range r.admitted {
		p.AdmissionsPerMinute += n
	}
	for _, minute := range r.failed {
		for reason, n := range minute {
			p.Failures[reason] += n
		}
	}
	return p
}
