package sim

import (
	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// Report is what a load test found. Its JSON is what `gatekeeper bench --json` writes and the page of `--html` shows. All
// durations are seconds, all shares 0…1, and all codes those of the contract or of the Code constants here.
type Report struct {
	Kind        string            `json:"kind"` // always "load"
	StartedAt   wire.Time         `json:"startedAt"`
	TookSeconds float64           `json:"tookSeconds"` // from the first arrival until the last had gone
	Server      string            `json:"server"`      // its address, as it was given
	Version     string            `json:"version"`     // of the server
	Plan        ReportPlan        `json:"plan"`
	Preparation ReportPreparation `json:"preparation"`
	Outcomes    ReportOutcomes    `json:"outcomes"`
	// Admission is the time from sending an attempt to its answer, whichever it was; one that was never answered is an error.
	Admission ReportSpread `json:"admission"`
	// Attach is the time from dialling to the admitted frame, of those who got a seat at once.
	Attach ReportSpread `json:"attach"`
	// Wait is the time from the answer that queued a player to the admitted frame. Those who left before that have none.
	Wait          ReportSpread        `json:"wait"`
	Estimates     ReportEstimates     `json:"estimates"`
	Reconnections ReportReconnections `json:"reconnections"`
	// Errors counts what should not happen, by code: lines that failed, unexpected closes, 429s, timeouts and the server's
	// own trouble. A refusal by a rule, such as QUEUE_FULL, is an outcome and no error.
	Errors   map[string]int `json:"errors"`
	Timeline ReportTimeline `json:"timeline"`
	SLO      []ReportRule   `json:"slo"`
	// Interrupted tells that the test was ended before its time.
	Interrupted bool `json:"interrupted"`
}

// ReportPlan is what was asked for.
type ReportPlan struct {
	Players          int                  `json:"players"`
	ArrivalPerSecond float64              `json:"arrivalPerSecond"`
	SessionSeconds   float64              `json:"sessionSeconds"` // on average
	DropRate         float64              `json:"dropRate"`       // 0…1: how many lose their line once
	InstanceID       admission.InstanceID `json:"instanceId"`
}

// ReportPreparation is the making of the players, before the first arrives. Nothing of it is in the other figures.
type ReportPreparation struct {
	TookSeconds float64 `json:"tookSeconds"`
	Accounts    int     `json:"accounts"`  // fewer than players where they share accounts, as characters of them
	Throttled   int     `json:"throttled"` // how often the server said 429
}

// ReportOutcomes counts players by the outcome of their attempt. Together they are all who arrived, but for those whose
// attempt was never answered (see Errors) or who were sent home before it was.
type ReportOutcomes struct {
	Arrived  int            `json:"arrived"`
	Admitted int            `json:"admitted"`
	Queued   int            `json:"queued"`
	Failed   map[string]int `json:"failed"` // by reason
	Timeout  int            `json:"timeout"`
}

// ReportSpread is how durations are spread. Where count is 0 the others are 0 and mean nothing.
type ReportSpread struct {
	Count      int     `json:"count"`
	P50Seconds float64 `json:"p50Seconds"`
	P95Seconds float64 `json:"p95Seconds"`
	P99Seconds float64 `json:"p99Seconds"`
	MaxSeconds float64 `json:"maxSeconds"`
}

// ReportEstimates compares true waits with what the server estimated when the player joined the queue. Those to whom it
// estimated nothing, and those who left before their turn, are not in it.
type ReportEstimates struct {
	Count       int             `json:"count"`
	UnderMedian float64         `json:"underMedian"` // share whose wait was at most the median estimate; about 0.5 is right
	UnderUpper  float64         `json:"underUpper"`  // share whose wait was at most the upper one; about 0.9 is right
	Points      []ReportWaiting `json:"points"`      // at most 500, drawn by chance where there were more
}

// ReportWaiting is one player's wait beside what was estimated.
type ReportWaiting struct {
	WaitedSeconds float64 `json:"waitedSeconds"`
	MedianSeconds float64 `json:"medianSeconds"`
	UpperSeconds  float64 `json:"upperSeconds"`
}

// ReportReconnections counts the times that somebody who played lost the line and tried to come back to the seat. The
// spread is of those that succeeded: from the first dial after the loss to the admitted frame.
type ReportReconnections struct {
	Attempted int     `json:"attempted"`
	Succeeded int     `json:"succeeded"`
	Share     float64 `json:"share"` // succeeded of attempted; 0 where nobody tried
	// As in ReportSpread; its count is Succeeded.
	P50Seconds float64 `json:"p50Seconds"`
	P95Seconds float64 `json:"p95Seconds"`
	P99Seconds float64 `json:"p99Seconds"`
	MaxSeconds float64 `json:"maxSeconds"`
}

// ReportTimeline is the test over time: equally long lists of at most 300 entries, one an interval. Intervals are a second,
// and longer where the test was.
type ReportTimeline struct {
	Seconds             []float64  `json:"seconds"`             // when the interval begins, since the first arrival
	Arrived             []int      `json:"arrived"`             // within it
	Playing             []int      `json:"playing"`             // at its end
	Queued              []int      `json:"queued"`              // at its end
	Dropped             []int      `json:"dropped"`             // at its end: without a line, about to come back
	AdmissionP95Seconds []*float64 `json:"admissionP95Seconds"` // of the attempts answered within it; null = there was none
	Errors              []int      `json:"errors"`              // within it
}

// ReportRule is a rule and whether it holds.
type ReportRule struct {
	Rule string `json:"rule"` // as it was given, such as admission.p95<500ms
	// Value is what was measured: seconds, a share 0…1 or a count, as the rule's metric is; null = there was nothing to measure.
	Value *float64 `json:"value"`
	Holds bool     `json:"holds"`
}
