package sim

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// spread is how durations are spread: to three digits, from a microsecond to a day.
type spread struct {
	h       *hdrhistogram.Histogram
	longest time.Duration // to the nanosecond
}

const longestSpread = 24 * time.Hour

func newSpread() spread { return spread{h: hdrhistogram.New(1, longestSpread.Microseconds(), 3)} }

func (s *spread) add(d time.Duration) {
	d = min(max(d, 0), longestSpread)
	s.longest = max(s.longest, d)
	_ = s.h.RecordValue(d.Microseconds()) // within its bounds
}

// at returns a quantile in percent, in seconds. The histogram rounds up, which must not lead beyond the longest.
func (s *spread) at(percent float64) float64 {
	return min(float64(s.h.ValueAtQuantile(percent))/1e6, inSeconds(s.longest))
}

func (s *spread) count() int { return int(s.h.TotalCount()) }

func (s *spread) report() ReportSpread {
	return ReportSpread{
		Count: s.count(), P50Seconds: s.at(50), P95Seconds: s.at(95), P99Seconds: s.at(99), MaxSeconds: inSeconds(s.longest),
	}
}

// inSeconds writes a duration to the microsecond.
func inSeconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1e6 }
