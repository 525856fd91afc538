package telemetry

import (
	"math"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// spread is how durations are spread: from a millisecond to a day, to two digits.
type spread struct{ h *hdrhistogram.Histogram }

const longestSpread = 24 * time.Hour

func newSpread() *spread {
	return &spread{hdrhistogram.New(1, longestSpread.Milliseconds(), 2)}
}

func (s *spread) add(d time.Duration) {
	_ = s.h.RecordValue(min(max(d, 0), longestSpread).Milliseconds()) // within its bounds
}

// at returns a quantile in percent by the nearest rank, where the library would round to the next; negative = there is
// nothing.
func (s *spread) at(percent float64) time.Duration {
	n := float64(s.h.TotalCount())
	if n == 0 {
		return -1
	}
	rank := math.Ceil(percent/100*n - 1e-9)
	return time.Duration(s.h.ValueAtQuantile(100*rank/n)) * time.Millisecond
}

func (s *spread) mean() time.Duration {
	if s.h.TotalCount() == 0 {
		return -1
	}
	return time.Duration(s.h.Mean()) * time.Millisecond
}

func (s *spread) reset() { s.h.Reset() }
