package compare

import (
	"testing"
	"time"
)

// groups are what is measured, in this order; each adds its rows to the table.
var groups = []struct {
	name    string
	measure func(*testing.T, *table)
}{
	{"admissions", measureAdmissions},
	{"memory", measureMemory},
	{"attaches", measureAttaches},
	{"returns", measureReturns},
	{"starts", measureStarts},
	{"queue", measureRanks},
	{"handshakes", measureHandshakes},
	{"latency", measureLatency},
	{"relay", measureRelay},
}

// TestCompare is what `make bench` runs.
func TestCompare(t *testing.T) {
	if *out == "" && *only == "" {
		t.Skip("make bench measures")
	}
	results := &table{Machine: machine(t), At: time.Now(), Rounds: *rounds}
	for _, group := range groups {
		if *only == "" || *only == group.name {
			t.Run(group.name, func(t *testing.T) { group.measure(t, results) })
		}
	}
	t.Log("\n" + results.markdown())
	if *out == "" {
		return
	}
	if err := results.write(*out, "../../README.md"); err != nil {
		t.Error(err)
	}
}
