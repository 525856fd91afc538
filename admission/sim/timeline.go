package sim

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// maxMoments bounds a timeline. When it is full, two neighbours each become one, and intervals last twice as long.
const maxMoments = 300

// timeline is a crowd over time. It is told of everything as it happens and has no clock of its own.
type timeline struct {
	began   time.Time
	width   time.Duration // of an interval
	moments []moment      // the last is the present one
}

// moment is one interval.
type moment struct {
	arrived, errors int
	count           [states]int             // at its end
	answers         *hdrhistogram.Histogram // how long they took; nil = there were none
}

func newTimeline(now time.Time) timeline {
	return timeline{began: now, width: time.Second, moments: make([]moment, 1, maxMoments)}
}

// at returns the interval of a time that is not before any it was asked for. count is where the players were until now.
func (l *timeline) at(now time.Time, count [states]int) *moment {
	for {
		present := &l.moments[len(l.moments)-1]
		present.count = count
		if now.Sub(l.began) < time.Duration(len(l.moments))*l.width {
			return present
		}
		if len(l.moments) == maxMoments {
			l.coarsen()
		}
		l.moments = append(l.moments, moment{})
	}
}

// coarsen joins neighbours, of which there is an even number.
func (l *timeline) coarsen() {
	for i := range maxMoments / 2 {
		joined := l.moments[2*i+1] // with the counts at the end of both
		joined.join(l.moments[2*i])
		l.moments[i] = joined
	}
	l.moments, l.width = l.moments[:maxMoments/2], 2*l.width
}

func (m *moment) join(earlier moment) {
	m.arrived += earlier.arrived
	m.errors += earlier.errors
	switch {
	case m.answers == nil:
		m.answers = earlier.answers
	case earlier.answers != nil:
		m.answers.Merge(earlier.answers)
	}
}

// answered counts an answer, to two digits: 20 KiB an interval.
func (m *moment) answered(took time.Duration) {
	if m.answers == nil {
		m.answers = hdrhistogram.New(1, callLimit.Microseconds(), 2)
	}
	_ = m.answers.RecordValue(min(took, callLimit).Microseconds()) // within its bounds
}

func (l *timeline) report() (r ReportTimeline) {
	for i, m := range l.moments {
		r.Seconds = append(r.Seconds, (time.Duration(i) * l.width).Seconds())
		r.Arrived = append(r.Arrived, m.arrived)
		r.Playing = append(r.Playing, m.count[playing])
		r.Queued = append(r.Queued, m.count[queued])
		r.Dropped = append(r.Dropped, m.count[dropped])
		r.Errors = append(r.Errors, m.errors)
		r.AdmissionP95Seconds = append(r.AdmissionP95Seconds, m.p95())
	}
	return r
}

func (m *moment) p95() *float64 {
	if m.answers == nil {
		return nil
	}
	return new(float64(m.answers.ValueAtQuantile(95)) / 1e6)
}
