package telemetry

import (
	"testing"
	"time"
)

// TestAQuantileIsOfTheNearestRank counts on the fingers: of 59 waits 95 % is the 57th, of 20 the 19th.
func TestAQuantileIsOfTheNearestRank(t *testing.T) {
	for n, want := range map[int]int{1: 1, 19: 19, 20: 19, 59: 57, 100: 95, 101: 96} {
		s := newSpread()
		for i := range n {
			s.add(time.Duration(i+1) * time.Millisecond)
		}
		if got := s.at(95); got != time.Duration(want)*time.Millisecond {
			t.Errorf("of 1 to %d ms it is %s, want %d ms", n, got, want)
		}
	}
}
