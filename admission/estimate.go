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

// Estimate tells how long the place at a position has to wait, from how seats were freed lately. While the queue
// stands still nobody can tell.
func (in *Instance) Estimate(position int, now time.Time) Estimate {
	if !in.moves() || in.Capacity == 0 {
		return Estimate{}
	}
	seats := in.SeatsTaken()
	in.leavers.watch(now, seats)
	rank := max(1, position-in.count.of(Promoted)+max(0, seats-in.Capacity))
	return in.leavers.wait(rank, seats, now)
}

// Emptying tells how long it takes until everybody in the instance is gone, if nobody new comes: first those who wait
// get in, one a departure, then the last of the seats is freed. With sessions that end by chance the last of n is gone
// by t with the probability (1 - e^(-t/length))^n.
func (in *Instance) Emptying(now time.Time) Estimate {
	seats := in.SeatsTaken()
	l := &in.leavers
	l.watch(now, seats)
	if l.seen == 0 || seats == 0 {
		return Estimate{}
	}
	_, each := l.rate() // seat-seconds a departure, so the mean length of a session
	waiting := each / float64(seats) * float64(in.queue.size-in.count.of(Promoted))
	gone := func(chance float64) float64 {
		return waiting - each*math.Log(1-math.Pow(chance, 1/float64(seats)))
	}
	return Estimate{Median: atLeast(gone(.5), time.Second), Upper: atLeast(gone(.9), time.Second)}
}

// leavers learns how seats are freed: how many a second and seat, forgetting slowly, and how much in clumps.
//
// If departures were pure chance, the rank-th would come after a Gamma distributed time; as their rate is known from a
// number of departures only, that becomes a multiple of an F variate (the Gamma–Poisson posterior predictive: A. Gelman
// et al., "Bayesian Data Analysis", chapter 2). Clumps make the time to the first departure longer and all of it less
// certain, which is put in as fewer degrees of freedom.
type leavers struct {
	count, exposure float64 // departures and seat-seconds, decaying
	lifeCount       float64 // the same, for good: what is known of session lengths when little happened lately
	lifeExposure    float64
	watched         time.Time // up to when; zero = not yet
	recent          [recentDepartures]time.Time
	seen            int     // departures in all
	expected        float64 // seat-seconds until the next, as it looked at the last
	clumps          clumps  // of the recent ones; zero = to be computed
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
	l.note(now)
}

func (l *leavers) note(departure time.Time) {
	l.lifeCount++
	l.recent[l.seen%recentDepartures] = departure
	l.seen++
	l.clumps = clumps{}
	_, l.expected = l.rate()
}

// Recall learns from events of earlier runs, oldest first, so that a restart does not make every wait unknown: each end
// of a session stands for as many seat-seconds as it lasted. Call it once, before Restore.
func (in *Instance) Recall(events []Event, now time.Time) {
	for _, e := range events {
		lasted, isEnd := NumberOf(e.Data["sessionSeconds"])
		if e.Instance == in.ID && e.Name == EventDisconnected && isEnd && e.Reason != endReplaced.session {
			in.leavers.recall(relive(now, earliest(e.Time, now)), lasted, now)
		}
	}
}

// NumberOf reads a number of an event's data as it was made or as it was stored, where it keeps its digits.
func NumberOf(v any) (number float64, isNumber bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case interface{ Float64() (float64, error) }:
		number, err := v.Float64()
		return number, err == nil
	}
	return 0, false
}

func (l *leavers) recall(at time.Time, lasted float64, now time.Time) {
	kept := math.Exp(-now.Sub(at).Seconds() / memory.Seconds())
	l.count += kept
	l.exposure += kept * lasted
	l.lifeExposure += lasted
	l.note(at)
}

// rate tells how many departures it is known from, and how many seat-seconds come to each. Where little happened
// lately the session lengths of all time make up for it.
func (l *leavers) rate() (count, each float64) {
	prior := min(priorCount, max(0, l.lifeCount-l.count))
	count = l.count + prior
	return count, (l.exposure + prior*l.lifeExposure/l.lifeCount) / count
}

// wait predicts the time of the rank-th departure from so many seats.
func (l *leavers) wait(rank, seats int, now time.Time) Estimate {
	if l.seen == 0 || seats == 0 {
		return Estimate{}
	}
	clumps := l.clumpiness()
	if now.Sub(l.last()).Seconds() > patience*clumps.near*l.expected/float64(seats) {
		return Estimate{}
	}
	count, each := l.rate()
	gap := each / float64(seats) // between two departures
	ahead := float64(rank - 1)
	first, variance := clumps.first()
	mean := ahead + first
	freedom := mean * mean / (variance + ahead*clumps.far)
	known := max(1, count/clumps.far)
	return Estimate{
		Median: atLeast(mean*gap*fQuantile(0, freedom, known), 0),
		Upper:  atLeast(mean*gap*fQuantile(z90, freedom, known), time.Millisecond),
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

// clumps says how much departures come together, by their index of dispersion: how much the counts of equal spans of
// time vary, compared with what chance alone would do. Near is of spans of a few departures, which shows the size of
// clumps; far is of longer ones, which shows whether the clumps themselves come regularly.
type clumps struct{ near, far float64 }

const (
	nearSpan = 4 // departures in a span, on average
	farSpan  = 16
	// minSpans is how many spans it takes to tell clumps from chance.
	minSpans = 4
	// leastDispersion is of departures more regular than chance.
	leastDispersion = .5
)

func (l *leavers) clumpiness() clumps {
	if l.clumps.near == 0 {
		l.clumps.near = max(1, l.dispersion(nearSpan, 1))
		l.clumps.far = max(leastDispersion, l.dispersion(farSpan, l.clumps.near))
	}
	return l.clumps
}

// first is the mean time to the next clump, as a number of departures, and its variance: those of a whole gap where
// clumps come by chance, of a random part of one where they come regularly.
func (c clumps) first() (mean, variance float64) {
	chance := min(1, c.far/c.near)
	return c.near * (1 + chance) / 2, c.near * c.near * (1 + 11*chance) / 12
}

// dispersion is the index of the recent departures over spans of so many of them, or otherwise where they are too few.
func (l *leavers) dispersion(perSpan int, otherwise float64) float64 {
	n := min(l.seen, recentDepartures)
	spans := n / perSpan
	if spans < minSpans {
		return otherwise
	}
	first := l.recent[l.seen%n]
	length := l.last().Sub(first)
	if length <= 0 {
		return float64(n)
	}
	var counts [recentDepartures / nearSpan]float64
	for _, at := range l.recent[:n] {
		counts[min(spans-1, int(float64(spans)*float64(at.Sub(first))/float64(length)))]++
	}
	mean, variance := float64(n)/float64(spans), 0.0
	for _, count := range counts[:spans] {
		variance += (count - mean) * (count - mean) / float64(spans-1)
	}
	return variance / mean
}
