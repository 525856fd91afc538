package sim

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Rule is a bound that a report's figure must keep, such as admission.p95<500ms.
type Rule struct {
	text   string
	metric metric
	holds  func(value, bound float64) bool
	bound  float64
}

// unit is what a metric is measured in.
type unit int

const (
	inTime  unit = iota // seconds; bounds are written as durations
	inShare             // 0…1; bounds are written in percent
	inCount
)

// metric is a figure that rules may bound.
type metric struct {
	unit unit
	// isNeeded tells that a rule does not hold where there is nothing to measure. Elsewhere it does: without a queue, nobody
	// waited too long.
	isNeeded bool
	read     func(Report) (value float64, isKnown bool)
}

// metrics are all of them, by name.
var metrics = everyMetric()

func everyMetric() map[string]metric {
	all := map[string]metric{
		"reconnections": {unit: inShare, read: func(r Report) (float64, bool) {
			return r.Reconnections.Share, r.Reconnections.Attempted > 0
		}},
		"estimates.median": {unit: inShare, read: func(r Report) (float64, bool) { return r.Estimates.UnderMedian, r.Estimates.Count > 0 }},
		"estimates.upper":  {unit: inShare, read: func(r Report) (float64, bool) { return r.Estimates.UnderUpper, r.Estimates.Count > 0 }},
		"refused": {unit: inShare, isNeeded: true, read: func(r Report) (float64, bool) {
			return share(total(r.Outcomes.Failed), r.Outcomes.Arrived), r.Outcomes.Arrived > 0
		}},
		"timeouts": {unit: inCount, read: func(r Report) (float64, bool) { return float64(r.Outcomes.Timeout), true }},
		"errors":   {unit: inCount, read: func(r Report) (float64, bool) { return float64(total(r.Errors)), true }},
	}
	for name, of := range map[string]func(Report) ReportSpread{
		"admission":     func(r Report) ReportSpread { return r.Admission },
		"attach":        func(r Report) ReportSpread { return r.Attach },
		"wait":          func(r Report) ReportSpread { return r.Wait },
		"reconnections": func(r Report) ReportSpread { return r.Reconnections.Spread() },
	} {
		for point, in := range map[string]func(ReportSpread) float64{
			"p50": func(s ReportSpread) float64 { return s.P50Seconds },
			"p95": func(s ReportSpread) float64 { return s.P95Seconds },
			"p99": func(s ReportSpread) float64 { return s.P99Seconds },
			"max": func(s ReportSpread) float64 { return s.MaxSeconds },
		} {
			all[name+"."+point] = metric{unit: inTime, isNeeded: name == "admission", read: func(r Report) (float64, bool) {
				s := of(r)
				return in(s), s.Count > 0
			}}
		}
	}
	return all
}

// operators compare; the longer come first, so that they are found first.
var operators = []struct {
	text  string
	holds func(value, bound float64) bool
}{
	{"<=", func(value, bound float64) bool { return value <= bound }},
	{">=", func(value, bound float64) bool { return value >= bound }},
	{"<", func(value, bound float64) bool { return value < bound }},
	{">", func(value, bound float64) bool { return value > bound }},
}

// ParseRule reads a rule: a metric, one of < <= > >=, and a bound such as 500ms, 98% or 0. The error says what is wrong
// and which metrics there are.
func ParseRule(text string) (Rule, error) {
	at := strings.IndexAny(text, "<>")
	if at < 0 {
		return Rule{}, fmt.Errorf("%q is no rule; one is a metric, one of < <= > >=, and a bound, such as admission.p95<500ms", text)
	}
	rule := Rule{text: text}
	name, rest := strings.TrimSpace(text[:at]), text[at:]
	for _, operator := range operators {
		if bound, found := strings.CutPrefix(rest, operator.text); found {
			rule.holds, rest = operator.holds, strings.TrimSpace(bound)
			break
		}
	}
	known := false
	if rule.metric, known = metrics[name]; !known {
		return Rule{}, fmt.Errorf("%q bounds no metric that there is; there are %s", text, strings.Join(slices.Sorted(maps.Keys(metrics)), ", "))
	}
	var err error
	if rule.bound, err = rule.metric.unit.parse(rest); err != nil {
		return Rule{}, fmt.Errorf("%q: %w", text, err)
	}
	return rule, nil
}

func (u unit) parse(text string) (float64, error) {
	switch u {
	case inTime:
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 {
			return 0, errors.New("the bound must be a duration, such as 500ms or 5m")
		}
		return d.Seconds(), nil
	case inShare:
		number, isPercent := strings.CutSuffix(text, "%")
		percent, err := strconv.ParseFloat(number, 64)
		if isBound := percent >= 0 && percent <= 100; err != nil || !isPercent || !isBound { // NaN is none
			return 0, errors.New("the bound must be a share in percent, such as 98%")
		}
		return percent / 100, nil
	default:
		count, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return 0, errors.New("the bound must be a whole number, such as 0")
		}
		return float64(count), nil
	}
}

// Judge tells of each rule whether the report keeps it.
func (r Report) Judge(rules []Rule) []ReportRule {
	judged := make([]ReportRule, 0, len(rules))
	for _, rule := range rules {
		told := ReportRule{Rule: rule.text, Holds: !rule.metric.isNeeded}
		if value, isKnown := rule.metric.read(r); isKnown {
			told.Value, told.Holds = &value, rule.holds(value, rule.bound)
		}
		judged = append(judged, told)
	}
	return judged
}

// Tell writes a value of the rule's metric for people; nil = nothing was measured.
func (r Rule) Tell(value *float64) string {
	switch {
	case value == nil:
		return "nothing measured"
	case r.metric.unit == inTime:
		return TellSeconds(*value)
	case r.metric.unit == inShare:
		return TellShare(*value)
	default:
		return strconv.FormatFloat(*value, 'f', 0, 64)
	}
}

// TellSeconds writes seconds for people, to three digits or to the second.
func TellSeconds(seconds float64) string {
	switch d := time.Duration(seconds * float64(time.Second)); {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < 10*time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	case d < 100*time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < 10*time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d < time.Minute:
		return d.Round(100 * time.Millisecond).String()
	default:
		return d.Round(time.Second).String()
	}
}

// TellShare writes a share in percent. What is not all never reads as 100 %, nor what is something as 0 %.
func TellShare(share float64) string {
	percent := share * 100
	if share > 0 && share < 1 {
		percent = min(max(percent, .01), 99.99)
	}
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(percent, 'f', 2, 64), "0"), ".") + " %"
}

// Spread is how long those who came back took.
func (r ReportReconnections) Spread() ReportSpread {
	return ReportSpread{r.Succeeded, r.P50Seconds, r.P95Seconds, r.P99Seconds, r.MaxSeconds}
}
