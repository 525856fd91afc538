package compare

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"gatekeeper/admission/admissiontest"
)

// row is one promise and what was measured.
type row struct {
	What     string  `json:"what"`
	Measured string  `json:"measured"` // with its unit, for people
	Beside   string  `json:"beside"`   // the same of what it is compared with; "" = nothing
	Value    float64 `json:"value"`    // what is judged
	Unit     string  `json:"unit"`     // of value
	Limit    float64 `json:"limit"`
	IsLeast  bool    `json:"isLeast"` // value must be at least the limit, otherwise at most
	Skipped  string  `json:"skipped,omitempty"`
}

func (r row) holds() bool {
	if r.IsLeast {
		return r.Value >= r.Limit
	}
	return r.Value <= r.Limit
}

func (r row) verdict() string {
	switch {
	case r.Skipped != "":
		return "skipped: " + r.Skipped
	case r.holds():
		return "pass"
	}
	return "**short**"
}

func (r row) must() string {
	sign := "≤"
	if r.IsLeast {
		sign = "≥"
	}
	return fmt.Sprintf("%s %s", sign, figure(r.Limit, r.Unit))
}

// figure writes a number with three digits that mean something.
func figure(value float64, unit string) string {
	digits := max(0, 2-int(math.Floor(math.Log10(math.Max(math.Abs(value), .01)))))
	text := fmt.Sprintf("%.*f", digits, value)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return strings.TrimSpace(text + " " + unit)
}

// table is one run.
type table struct {
	Machine string    `json:"machine"`
	At      time.Time `json:"at"`
	Rounds  int       `json:"rounds"`
	Rows    []row     `json:"rows"`
}

func (t *table) add(r row) { t.Rows = append(t.Rows, r) }

// ratio judges a figure as a multiple of another's, each the median of its slices.
func (t *table) ratio(what string, ours, theirs []float64, unit string, limit float64, isLeast bool) {
	a, b := middle(ours), middle(theirs)
	t.add(row{
		What: what, Measured: figure(a, unit), Beside: figure(b, unit), Value: a / b, Unit: "×", Limit: limit, IsLeast: isLeast,
	})
}

// bound judges a figure by itself.
func (t *table) bound(what string, values []float64, unit string, limit float64) {
	v := middle(values)
	t.add(row{What: what, Measured: figure(v, unit), Value: v, Unit: unit, Limit: limit})
}

func (t *table) skip(what, why string) { t.add(row{What: what, Skipped: why}) }

// middle is the median.
func middle(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return math.NaN()
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// share is the value below which that share of the sorted values lies.
func share(sorted []time.Duration, part float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	return sorted[min(len(sorted)-1, int(part*float64(len(sorted))))].Seconds()
}

func (t *table) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Measured on %s, %s; medians of %d slices, the targets by turns.\n\n", t.At.Format(time.DateOnly), t.Machine, t.Rounds)
	b.WriteString("| what | gatekeeper | beside it | judged | must be | |\n|---|---|---|---|---|---|\n")
	for _, r := range t.Rows {
		if r.Skipped != "" {
			fmt.Fprintf(&b, "| %s | | | | | %s |\n", r.What, r.verdict())
			continue
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", r.What, r.Measured, r.Beside, figure(r.Value, r.Unit), r.must(), r.verdict())
	}
	return b.String()
}

// machine names what was measured on.
func machine(t testing.TB) string {
	t.Helper()
	model, kernel := runtime.GOARCH, ""
	for line := range strings.Lines(admissiontest.ReadFile(t, "/proc/cpuinfo")) {
		if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == "model name" {
			model = strings.TrimSpace(value)
		}
	}
	if fields := strings.Fields(admissiontest.ReadFile(t, "/proc/sys/kernel/osrelease")); len(fields) > 0 {
		kernel = "Linux " + fields[0]
	}
	return fmt.Sprintf("%d cores of %s, %s, %s", runtime.NumCPU(), model, kernel, runtime.Version())
}

// The lines of the README between which the newest table stands.
const (
	tableBegins = "<!-- make bench writes from here -->\n"
	tableEnds   = "<!-- to here -->\n"
)

// write keeps the table as a page and as data, and shows it in the README.
func (t *table) write(path, readme string) error {
	data, err := json.MarshalIndent(t, "", "\t")
	if err != nil {
		return err
	}
	page := []byte(t.markdown())
	text, err := os.ReadFile(readme)
	if err != nil {
		return err
	}
	before, rest, hasBegin := bytes.Cut(text, []byte(tableBegins))
	_, after, hasEnd := bytes.Cut(rest, []byte(tableEnds))
	if !hasBegin || !hasEnd {
		return fmt.Errorf("%s has no lines %q and %q", readme, tableBegins, tableEnds)
	}
	text = slices.Concat(before, []byte(tableBegins), page, []byte(tableEnds), after)
	for name, content := range map[string][]byte{path + ".json": append(data, '\n'), path + ".md": page, readme: text} {
		if err := os.WriteFile(name, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
