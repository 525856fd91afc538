package sim

import "math/rand/v2"

// maxPoints bounds how many waits are kept one by one.
const maxPoints = 500

// estimates compares waits with what was estimated of them.
type estimates struct {
	count, underMedian, underUpper int
	points                         []ReportWaiting // a fair sample of all
}

func (e *estimates) add(w ReportWaiting) {
	e.count++
	if w.WaitedSeconds <= w.MedianSeconds {
		e.underMedian++
	}
	if w.WaitedSeconds <= w.UpperSeconds {
		e.underUpper++
	}
	if len(e.points) < maxPoints {
		e.points = append(e.points, w)
	} else if i := rand.IntN(e.count); i < maxPoints { // J. S. Vitter, "Random sampling with a reservoir", 1985, algorithm R
		e.points[i] = w
	}
}

func (e *estimates) report() ReportEstimates {
	return ReportEstimates{
		Count: e.count, UnderMedian: share(e.underMedian, e.count), UnderUpper: share(e.underUpper, e.count),
		Points: append([]ReportWaiting{}, e.points...),
	}
}
