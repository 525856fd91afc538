package plan

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"gatekeeper/admission/wire"
)

// fate is what is drawn of a player before the evening begins; times are since its beginning.
type fate struct {
	comes    time.Duration
	stays    time.Duration // from when the seat is taken
	patience time.Duration // in the queue; 0 = endless
	// dropsAfter is when in the session the line drops; negative = never. It is back after isAway, where returns.
	dropsAfter, isAway time.Duration
	returns            bool
}

// holds is how long the seat is taken in all.
func (f fate) holds(grace time.Duration) time.Duration {
	switch {
	case f.dropsAfter < 0:
		return f.stays
	case f.returns:
		return max(f.stays, f.dropsAfter+f.isAway)
	default:
		return f.dropsAfter + grace
	}
}

// draw decides the evening: who comes, in order. It tells how long it lasts, too.
func draw(p wire.Plan) (fates []fate, lasts time.Duration) {
	r := rand.New(rand.NewPCG(uint64(p.Seed), 1))
	times, lasts := arrivals(p.Arrivals, r)
	fates = make([]fate, len(times))
	for i, at := range times {
		fates[i] = drawOne(p, at, r)
	}
	return fates, lasts
}

func drawOne(p wire.Plan, comes time.Duration, r *rand.Rand) fate {
	f := fate{comes: comes, stays: length(p.Sessions, r), dropsAfter: -1}
	// Every number is drawn, whether it is needed or not, so that a changed rate leaves the rest of the evening as it was.
	patience, drops, when, away, returns := r.ExpFloat64(), r.Float64(), r.Float64(), r.Float64(), r.Float64()
	f.patience = wire.Duration(patience * p.PatienceSeconds)
	if drops < p.DropRate {
		f.dropsAfter = time.Duration(when * float64(f.stays))
		f.isAway = wire.Duration(away * p.GraceSeconds)
		f.returns = returns < p.ReturnRate
	}
	return f
}

func length(s wire.PlanSessions, r *rand.Rand) time.Duration {
	switch s.Pattern {
	case wire.SessionsExponential:
		return wire.Duration(r.ExpFloat64() * s.MeanSeconds)
	case wire.SessionsLognormal:
		return wire.Duration(s.MeanSeconds * math.Exp(s.Sigma*r.NormFloat64()-s.Sigma*s.Sigma/2))
	case wire.SessionsMeasured:
		return wire.Duration(s.Seconds[r.IntN(len(s.Seconds))])
	default:
		return wire.Duration(s.MeanSeconds)
	}
}

// arrivals draws when players come, in order.
func arrivals(a wire.PlanArrivals, r *rand.Rand) (times []time.Duration, lasts time.Duration) {
	if a.Pattern == wire.ArrivalsRecorded {
		step := wire.Duration(a.StepSeconds)
		for i, count := range a.Counts {
			times = append(times, scatter(count, time.Duration(i)*step, step, r)...)
		}
		lasts = time.Duration(len(a.Counts)) * step
	} else {
		lasts = wire.Duration(a.Hours * 3600)
		times = stream(a.PerHour, lasts, r)
	}
	if a.Pattern == wire.ArrivalsRush {
		times = append(times, scatter(a.RushPlayers, wire.Duration(a.RushAtHours*3600), wire.Duration(a.RushMinutes*60), r)...)
	}
	slices.SortFunc(times, cmp.Compare)
	return times, lasts
}

// stream draws arrivals by chance, at a steady rate: a Poisson process.
func stream(perHour float64, lasts time.Duration, r *rand.Rand) (times []time.Duration) {
	if perHour == 0 {
		return nil
	}
	for at := time.Duration(0); ; {
		at += wire.Duration(r.ExpFloat64() * 3600 / perHour)
		if at >= lasts {
			return times
		}
		times = append(times, at)
	}
}

// scatter draws so many arrivals anywhere in a span.
func scatter(count int, from, span time.Duration, r *rand.Rand) []time.Duration {
	times := make([]time.Duration, count)
	for i := range times {
		times[i] = from + time.Duration(r.Float64()*float64(span))
	}
	return times
}

// demand is how many would play at once at most if there were seats for all.
func demand(fates []fate, grace time.Duration) int {
	ends := make([]time.Duration, len(fates))
	for i, f := range fates {
		ends[i] = f.comes + f.holds(grace)
	}
	slices.Sort(ends)
	gone, most := 0, 0
	for i, f := range fates {
		for gone < len(ends) && ends[gone] <= f.comes {
			gone++
		}
		most = max(most, i+1-gone)
	}
	return most
}
