package wire

// Messages of capacity planning.
type (
	// Plan is an evening to be simulated, once for each of some capacities.
	Plan struct {
		Capacities   []int        `json:"capacities"`
		QueueMax     int          `json:"queueMax"`
		GraceSeconds float64      `json:"graceSeconds"`
		ClaimSeconds float64      `json:"claimSeconds"`
		Arrivals     PlanArrivals `json:"arrivals"`
		Sessions     PlanSessions `json:"sessions"`
		// DropRate is the share of sessions that lose their line once; of those ReturnRate come back within the grace.
		DropRate   float64 `json:"dropRate"`
		ReturnRate float64 `json:"returnRate"`
		// PatienceSeconds is after how long a waiting player gives up, on average; 0 = never.
		PatienceSeconds   float64 `json:"patienceSeconds"`
		TargetWaitSeconds float64 `json:"targetWaitSeconds"`
		Seed              uint32  `json:"seed"`
	}
	// PlanArrivals says when players come.
	PlanArrivals struct {
		Pattern  ArrivalPattern `json:"pattern"`
		StartsAt string         `json:"startsAt"` // "18:00": for people only
		Hours    float64        `json:"hours"`
		PerHour  float64        `json:"perHour"` // steady, also beneath a rush
		// RushPlayers come evenly spread over RushMinutes, from RushAtHours after the start on.
		RushAtHours float64 `json:"rushAtHours"`
		RushPlayers int     `json:"rushPlayers"`
		RushMinutes float64 `json:"rushMinutes"`
		// Counts are the recorded arrivals, one number for each step of StepSeconds.
		StepSeconds float64 `json:"stepSeconds"`
		Counts      []int   `json:"counts"`
	}
	// PlanSessions says how long players stay.
	PlanSessions struct {
		Pattern     SessionPattern `json:"pattern"`
		MeanSeconds float64        `json:"meanSeconds"`
		Sigma       float64        `json:"sigma"` // of the logarithm; lognormal only
		// Seconds are measured lengths, from which each session's is drawn evenly.
		Seconds []float64 `json:"seconds"`
	}
	// Simulation is what came of a plan.
	Simulation struct {
		Plan Plan      `json:"plan"`
		Runs []PlanRun `json:"runs"`
		// SeatsForTarget is the least capacity with which the target is met and nobody is refused; nil = none was found.
		SeatsForTarget *int    `json:"seatsForTarget"`
		TookSeconds    float64 `json:"tookSeconds"`
	}
	// PlanRun is the evening with one capacity.
	PlanRun struct {
		Capacity int `json:"capacity"`
		Arrived  int `json:"arrived"`
		Admitted int `json:"admitted"`
		Refused  int `json:"refused"` // because the queue was full
		GaveUp   int `json:"gaveUp"`
		Queued   int `json:"queued"` // how many had to wait, whatever came of it
		// The waits of everybody who got in, 0 of those who got in at once; nil = nobody got in.
		WaitP50Seconds *float64 `json:"waitP50Seconds"`
		WaitP95Seconds *float64 `json:"waitP95Seconds"`
		// The waits of those who got in from the queue; nil = nobody did.
		QueuedWaitP50Seconds *float64 `json:"queuedWaitP50Seconds"`
		QueuedWaitP95Seconds *float64 `json:"queuedWaitP95Seconds"`
		PeakQueue            int      `json:"peakQueue"`
		SeatUse              float64  `json:"seatUse"` // 0…1: the share of seat-time that was taken
		Dropped              int      `json:"dropped"`
		Reconnected          int      `json:"reconnected"`
		// Estimates counts the waits that were foretold and came true; UnderMedian and UnderUpper are the shares of them
		// that were no longer than foretold; nil = there were none.
		Estimates   int        `json:"estimates"`
		UnderMedian *float64   `json:"underMedian"`
		UnderUpper  *float64   `json:"underUpper"`
		Series      PlanSeries `json:"series"`
	}
	// PlanSeries is how many played and waited at the end of each step.
	PlanSeries struct {
		StepSeconds float64 `json:"stepSeconds"`
		Playing     []int   `json:"playing"`
		Waiting     []int   `json:"waiting"`
	}
)

// ArrivalPattern is how players come.
type ArrivalPattern string

// The patterns of arrivals.
const (
	ArrivalsSteady   ArrivalPattern = "steady"
	ArrivalsRush     ArrivalPattern = "rush"
	ArrivalsRecorded ArrivalPattern = "recorded"
)

// SessionPattern is how the lengths of sessions are distributed.
type SessionPattern string

// The patterns of session lengths.
const (
	SessionsExponential SessionPattern = "exponential"
	SessionsLognormal   SessionPattern = "lognormal"
	SessionsFixed       SessionPattern = "fixed"
	SessionsMeasured    SessionPattern = "measured"
)
