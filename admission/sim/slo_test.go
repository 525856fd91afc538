package sim_test

import (
	"strings"
	"testing"

	"gatekeeper/admission/sim"
)

// measured is a report in which every figure is another.
func measured() sim.Report {
	at := func(base float64) sim.ReportSpread {
		return sim.ReportSpread{Count: 9, P50Seconds: base, P95Seconds: base + .1, P99Seconds: base + .2, MaxSeconds: base + .3}
	}
	return sim.Report{
		Outcomes:  sim.ReportOutcomes{Arrived: 200, Admitted: 150, Queued: 40, Failed: map[string]int{"QUEUE_FULL": 3, "DRAIN_MODE": 1}, Timeout: 6},
		Admission: at(1), Attach: at(2), Wait: at(300),
		Estimates:     sim.ReportEstimates{Count: 40, UnderMedian: .45, UnderUpper: .925},
		Reconnections: sim.ReportReconnections{Attempted: 50, Succeeded: 49, Share: .98, P50Seconds: 4, P95Seconds: 4.1, P99Seconds: 4.2, MaxSeconds: 4.3},
		Errors:        map[string]int{"LINE_LOST": 2, "RATE_LIMITED": 5},
	}
}

func judge(t *testing.T, r sim.Report, text string) (holds bool, value *float64) {
	t.Helper()
	rule, err := sim.ParseRule(text)
	if err != nil {
		t.Fatal(err)
	}
	judged := r.Judge([]sim.Rule{rule})
	if len(judged) != 1 || judged[0].Rule != text {
		t.Fatalf("%s is judged as %+v", text, judged)
	}
	return judged[0].Holds, judged[0].Value
}

func TestEachRuleHoldsAndBreaks(t *testing.T) {
	for holds, breaks := range map[string]string{
		"admission.p50<=1s": "admission.p50<1s", "admission.p95<1101ms": "admission.p95<1.1s",
		"admission.p99>1s": "admission.p99>1.2s", "admission.max>=1300ms": "admission.max>=1.301s",
		"attach.p50<3s": "attach.p50<2s", "attach.p95<3s": "attach.p95<=2s", "attach.p99<2.3s": "attach.p99<2.2s", "attach.max<2.4s": "attach.max<2.3s",
		"wait.p50<=5m": "wait.p50<5m", "wait.p95<5m1s": "wait.p95<5m", "wait.p99<301s": "wait.p99<300s", "wait.max<1h": "wait.max<1ms",
		"reconnections>=98%": "reconnections>=98.1%", "reconnections.p50<5s": "reconnections.p50<4s",
		"reconnections.p95<5s": "reconnections.p95<4.1s", "reconnections.p99<5s": "reconnections.p99<4s", "reconnections.max<5s": "reconnections.max<4s",
		"refused<=2%": "refused<2%", "timeouts<=6": "timeouts<6", "errors<=7": "errors<=6",
		"estimates.median>40%": "estimates.median>45%", " estimates.upper >= 90% ": "estimates.upper>=95%",
	} {
		if isKept, value := judge(t, measured(), holds); !isKept || value == nil {
			t.Errorf("%s does not hold: %v", holds, value)
		}
		if isKept, value := judge(t, measured(), breaks); isKept || value == nil {
			t.Errorf("%s holds: %v", breaks, value)
		}
	}
}

func TestARuleTellsWhatWasMeasured(t *testing.T) {
	for text, want := range map[string]float64{
		"admission.p95<1s": 1.1, "refused<1%": .02, "errors<1": 7, "estimates.upper>1%": .925, "timeouts<1": 6, "reconnections>1%": .98,
	} {
		if _, value := judge(t, measured(), text); value == nil || *value != want {
			t.Errorf("%s measured %v, want %g", text, value, want)
		}
	}
}

func TestWhereThereIsNothingToMeasure(t *testing.T) {
	for text, want := range map[string]bool{
		"reconnections>=98%": true, "wait.p95<5m": true, "attach.p99<1s": true, "reconnections.max<1s": true, "estimates.upper>=90%": true,
		"admission.p95<1s": false, "refused<=1%": false,
	} {
		if holds, value := judge(t, sim.Report{}, text); holds != want || value != nil {
			t.Errorf("%s holds: %v, measured %v", text, holds, value)
		}
	}
	if holds, value := judge(t, sim.Report{}, "errors<=0"); !holds || value == nil || *value != 0 {
		t.Errorf("no errors are %v", value)
	}
}

func TestAWrongRuleSaysWhatIsRight(t *testing.T) {
	for text, says := range map[string]string{
		"":                     "admission.p95<500ms",
		"admission.p95":        "one of < <= > >=",
		"admission.p95=500ms":  "one of < <= > >=",
		"admission.p90<500ms":  "reconnections.p99",
		"speed>=9":             "estimates.upper",
		"admission.p95<500":    "duration",
		"admission.p95<-1s":    "duration",
		"admission.p95<":       "duration",
		"admission.p95<<500ms": "duration",
		"reconnections>=98":    "percent",
		"reconnections>=101%":  "percent",
		"refused<=-1%":         "percent",
		"refused<=NaN%":        "percent",
		"errors<=1%":           "whole number",
		"errors<=-1":           "whole number",
	} {
		if _, err := sim.ParseRule(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want it to say %q", text, err, says)
		}
	}
}

func TestFiguresReadWell(t *testing.T) {
	for seconds, want := range map[float64]string{
		0: "0s", .0000123: "12µs", .00123456: "1.23ms", .0123456: "12.3ms", .123456: "123ms", 1.23456: "1.23s", 12.3456: "12.3s", 123.456: "2m3s",
	} {
		if got := sim.TellSeconds(seconds); got != want {
			t.Errorf("%g s reads %s, want %s", seconds, got, want)
		}
	}
	for share, want := range map[float64]string{0: "0 %", 1: "100 %", .98: "98 %", .999999: "99.99 %", .000001: "0.01 %", .4567: "45.67 %"} {
		if got := sim.TellShare(share); got != want {
			t.Errorf("%g reads %s, want %s", share, got, want)
		}
	}
}
