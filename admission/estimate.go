package admission

import (
	"math"
	"time"
)

// Estimate is how long a queue place has to wait yet: half of all waits are shorter than Median, nine in ten shorter
// than Upper. The zero value means that nobody can tell.
type Estimate struct {
	Median, Upper time.Duration
}

// IsKnown reports whether there was something to estimate from.
func (e Estimate) IsKnown() bool { return e.Upper > 0 }

// estimate tells how long the place at a position has to wait, from how seats were freed lately. While the queue
// stands still nobody can tell.
func (in *Instance) estimate(position int, now time.Time) Estimate {
	if !in.moves() || in.Capacity == 0 {
		return Estimate{}
	}
	in.leavers.watch(now, in.SeatsTaken())
	seats := in.SeatsTaken()
	rank := max(1, position-in.count[Promoted]+max(0, seats-in.Capacity))
	return in.leavers.wait(rank, seats, now)
}

// leavers learns how seats are freed: how many a second and seat, forgetting slowly, and how much in clumps.
//
// Departures in clumps of mean size d come like a Poisson process of clumps. Its rate, known from a clumps seen, makes
// the time to the n-th clump a multiple of an F variate with 2n and 2a degrees of freedom: the Gamma–Poisson posterior
// predictive (A. Gelman et al., "Bayesian Data Analysis", chapter 2).
type leavers struct {
	count, exposure float64 // departures and seat-seconds, decaying
	lifeCount       float64 // the same, for good: what is known of session lengths when little happened lately
	lifeExposure    float64
	watched         time.Time // up to when; zero = not yet
	recent          [recentDepartures]time.Time
	seen            int     // departures in all
	clump           float64 // mean size of a clump, of the recent ones; 0 = to be computed
}

const (
	recentDepartures = 128
	// memory is how fast departures are forgotten: one an hour ago weighs 1/e² of one now.
	memory = 30 * time.Minute
	// priorCount is how many departures the session lengths of all time weigh, once the recent ones are forgotten.
	priorCount = 4
	// patience is how many expected gaps may pass without a departure until nobody can tell any more.
	patience = 3
)

// watch counts the time since it was called last, in which so many seats were taken.
func (l *leavers) watch(now time.Time, seats int) {
	passed := now.Sub(l.watched).Seconds()
	if l.watched.IsZero() {
		passed = 0
	}
	l.watched = now
	if passed <= 0 {
		return
	}
	kept := math.Exp(-passed / memory.Seconds())
	l.count *= kept
	l.exposure = l.exposure*kept + float64(seats)*memory.Seconds()*(1-kept)
	l.lifeExposure += float64(seats) * passed
}

// depart notes that one of the taken seats is freed.
func (l *leavers) depart(now time.Time, seats int) {
	l.watch(now, seats)
	l.count++
	l.lifeCount++
	l.recent[l.seen%recentDepartures] = now
	l.seen++
	l.clump = 0
}

// wait predicts the time of the rank-th departure from so many seats.
func (l *leavers) wait(rank, seats int, now time.Time) Estimate {
	if l.seen == 0 || seats == 0 {
		return Estimate{}
	}
	prior := min(priorCount, max(0, l.lifeCount-l.count))
	count := l.count + prior
	exposure := l.exposure + prior*l.lifeExposure/l.lifeCount
	clump := l.clumpSize()
	gap := clump * exposure / (count * float64(seats))
	if since := now.Sub(l.last()); since.Seconds() > patience*gap {
		return Estimate{}
	}
	clumps := 1 + float64(rank-1)/clump
	seenClumps := max(1, count/clump)
	return Estimate{
		Median: atLeast(clumps*gap*fQuantile(0, clumps, seenClumps), 0),
		Upper:  atLeast(clumps*gap*fQuantile(z90, clumps, seenClumps), time.Millisecond),
	}
}

func (l *leavers) last() time.Time { return l.recent[(l.seen-1)%recentDepartures] }

func atLeast(wait float64, least time.Duration) time.Duration {
	const most = 30 * 24 * time.Hour
	return max(least, time.Duration(min(wait, most.Seconds())*float64(time.Second)))
}

// z90 is the 90 % point of the normal distribution.
const z90 = 1.2815515655446004

// fQuantile is a quantile of the F distribution with 2n and 2a degrees of freedom, given as that of the normal one
// (E. Paulson, "An approximate normalization of the analysis of variance distribution", 1942).
func fQuantile(z, n, a float64) float64 {
	p, q := 1/(9*n), 1/(9*a)
	root := math.Sqrt((1-q)*(1-q)*p + (1-p)*(1-p)*q - p*q*z*z)
	x := ((1-p)*(1-q) + z*root) / ((1-q)*(1-q) - z*z*q)
	return x * x * x
}

// clumpSize is the mean size of the clumps that recent departures came in, by their index of dispersion: how much the
// counts of equal spans of time vary, compared with what chance alone would do.
func (l *leavers) clumpSize() float64 {
	if l.clump == 0 {
		l.clump = l.dispersion()
	}
	return l.clump
}

func (l *leavers) dispersion() float64 {
	n := min(l.seen, recentDepartures)
	if n < minDispersion {
		return 1
	}
	first, span := l.recent[l.seen%n], l.last().Sub(l.recent[l.seen%n])
	if span <= 0 {
		return float64(n)
	}
	bins := n / 4
	counts := make([]float64, bins)
	for _, at := range l.recent[:n] {
		counts[min(bins-1, int(float64(bins)*float64(at.Sub(first))/float64(span)))]++
	}
	mean, variance := float64(n)/float64(bins), 0.0
	for _, count := range counts {
		variance += (count - mean) * (count - mean) / float64(bins-1)
	}
	return max(1, variance/mean)
}

// minDispersion is how many departures must be known before their clumps can be told from chance.
const minDispersion = 16
