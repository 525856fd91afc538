package sim_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"gatekeeper/admission/sim"
)

// TestThePageFindsWhatItReads holds the names that the page of a report reads.
func TestThePageFindsWhatItReads(t *testing.T) {
	data, err := json.Marshal(sim.Report{
		Estimates: sim.ReportEstimates{Points: make([]sim.ReportWaiting, 1)}, SLO: make([]sim.ReportRule, 1),
	})
	if err != nil {
		t.Fatal(err)
	}
	var root map[string]any
	if err := json.Unmarshal(data, &root); err != nil {
		t.Fatal(err)
	}
	estimates := root["estimates"].(map[string]any)
	for of, c := range map[string]struct {
		in   any
		want string
	}{
		"the report":      {root, "admission attach errors estimates interrupted kind outcomes plan preparation reconnections server slo startedAt timeline tookSeconds version wait"},
		"plan":            {root["plan"], "arrivalPerSecond dropRate instanceId players sessionSeconds"},
		"preparation":     {root["preparation"], "accounts throttled tookSeconds"},
		"outcomes":        {root["outcomes"], "admitted arrived failed queued timeout"},
		"admission":       {root["admission"], "count maxSeconds p50Seconds p95Seconds p99Seconds"},
		"estimates":       {estimates, "count points underMedian underUpper"},
		"an estimate":     {estimates["points"].([]any)[0], "medianSeconds upperSeconds waitedSeconds"},
		"reconnections":   {root["reconnections"], "attempted maxSeconds p50Seconds p95Seconds p99Seconds share succeeded"},
		"timeline":        {root["timeline"], "admissionP95Seconds arrived dropped errors playing queued seconds"},
		"a rule's result": {root["slo"].([]any)[0], "holds rule value"},
	} {
		if got := strings.Join(slices.Sorted(maps.Keys(c.in.(map[string]any))), " "); got != c.want {
			t.Errorf("%s has %s, want %s", of, got, c.want)
		}
	}
}
