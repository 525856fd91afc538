package admissiontest

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// Samples are a program's metrics, by name and labels as they are printed.
type Samples map[string]float64

// Scrape reads them.
func (p *Program) Scrape(t testing.TB) Samples {
	t.Helper()
	_, data, err := p.Call(http.DefaultClient, http.MethodGet, "/metrics", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	found := Samples{}
	for line := range strings.Lines(string(data)) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		if value, err := strconv.ParseFloat(text, 64); err == nil {
			found[name] = value
		}
	}
	return found
}

// Quantile returns the bound under which the share of a histogram's observations lies. A histogram knows bounds only:
// the true quantile is at most that.
func (s Samples) Quantile(histogram string, share float64) (bound float64) {
	total := s[histogram+"_count"]
	bound = math.Inf(1)
	for name, seen := range s {
		text, isBucket := strings.CutPrefix(name, histogram+`_bucket{le="`)
		if !isBucket || seen < share*total {
			continue
		}
		le, err := strconv.ParseFloat(strings.TrimSuffix(text, `"}`), 64) // +Inf too
		if err == nil {
			bound = min(bound, le)
		}
	}
	return bound
}
