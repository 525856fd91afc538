package wire

import "gatekeeper/admission"

// Messages about how things are and were.
type (
	// Overview is how everything is now, pushed when it changed.
	Overview struct {
		Storage   Health             `json:"storage"`
		Pending   int                `json:"pendingOps"`
		Sockets   int                `json:"websockets"`
		SampledAt Time               `json:"sampledAt"`
		Instances []OverviewInstance `json:"instances"`
		Lab       *Lab               `json:"lab"` // nil = there is none
	}
	// OverviewInstance is one line of it.
	OverviewInstance struct {
		AdminInstance
		Pulse
		// Turns rises with whatever happens on the instance.
		Turns uint64 `json:"turns"`
	}
	// Pulse is what an instance did lately.
	Pulse struct {
		// AdmissionsPerMinute counts those of the last minute.
		AdmissionsPerMinute int `json:"admissionsPerMinute"`
		// WaitP95Seconds is of those who got their seat within the last hour, or half of it; nil = none had waited.
		WaitP95Seconds *float64 `json:"waitP95Seconds"`
		// Failures counts refused attempts of the last ten minutes by reason.
		Failures map[string]int `json:"failures"`
	}
	// Stats counts what happened on an instance since the start of the server.
	Stats struct {
		Since    Time     `json:"since"`
		Attempts int      `json:"attempts"`
		Outcomes Outcomes `json:"outcomes"`
		// AdmittedFromQueue counts those queued who got their seat.
		AdmittedFromQueue int            `json:"admittedFromQueue"`
		Failures          map[string]int `json:"failures"`
		Throttled         int            `json:"throttled"`
		Seats             Seats          `json:"seats"`
		Queue             QueueStats     `json:"queue"`
		Wait              Waits          `json:"wait"`
		AdmissionLatency  Latency        `json:"admissionLatency"`
		Reconnections     Reconnections  `json:"reconnections"`
	}
	// Outcomes counts attempts by how they ended.
	Outcomes struct {
		Admitted int `json:"admitted"`
		Queued   int `json:"queued"`
		Failed   int `json:"failed"`
		Timeout  int `json:"timeout"`
	}
	// QueueStats is how deep the queue is, and was at most.
	QueueStats struct {
		Depth int `json:"depth"`
		Peak  int `json:"peak"`
	}
	// Waits are times in the queue, of those who got their seat; nil = nobody waited.
	Waits struct {
		AverageSeconds *float64 `json:"averageSeconds"`
		P50Seconds     *float64 `json:"p50Seconds"`
		P95Seconds     *float64 `json:"p95Seconds"`
	}
	// Latency is the time from the arrival of an attempt to its answer; nil = there was none.
	Latency struct {
		P50Seconds *float64 `json:"p50Seconds"`
		P95Seconds *float64 `json:"p95Seconds"`
		P99Seconds *float64 `json:"p99Seconds"`
	}
	// Reconnections counts returns to a session.
	Reconnections struct {
		Attempts  int `json:"attempts"`
		Successes int `json:"successes"`
	}
	// History is samples column by column, oldest first.
	History struct {
		StepSeconds int `json:"stepSeconds"`
		// Times are seconds since 1970: when each step began.
		Times          []int64          `json:"times"`
		Capacity       []int            `json:"capacity"`
		Reserved       []int            `json:"reserved"`
		Active         []int            `json:"active"`
		Grace          []int            `json:"grace"`
		Queue          []int            `json:"queue"`
		Admissions     []int            `json:"admissions"`
		WaitP50Seconds []*float64       `json:"waitP50Seconds"`
		WaitP95Seconds []*float64       `json:"waitP95Seconds"`
		Failures       map[string][]int `json:"failures"`
	}
	// Forecast is when an instance would be empty if nobody new came; nil = nobody can tell.
	Forecast struct {
		EmptyInSeconds      *float64 `json:"emptyInSeconds"`
		EmptyInUpperSeconds *float64 `json:"emptyInUpperSeconds"`
	}
)

// NewHistory returns samples column by column.
func NewHistory(step int, samples []admission.Sample) History {
	h := History{
		StepSeconds: step, Times: []int64{}, Capacity: []int{}, Reserved: []int{}, Active: []int{}, Grace: []int{}, Queue: []int{},
		Admissions: []int{}, WaitP50Seconds: []*float64{}, WaitP95Seconds: []*float64{}, Failures: map[string][]int{},
	}
	for i, s := range samples {
		h.Times = append(h.Times, s.Time.Unix())
		h.Capacity, h.Reserved, h.Active = append(h.Capacity, s.Capacity), append(h.Reserved, s.Reserved), append(h.Active, s.Active)
		h.Grace, h.Queue, h.Admissions = append(h.Grace, s.Grace), append(h.Queue, s.Queue), append(h.Admissions, s.Admissions)
		h.WaitP50Seconds = append(h.WaitP50Seconds, KnownSeconds(s.WaitP50))
		h.WaitP95Seconds = append(h.WaitP95Seconds, KnownSeconds(s.WaitP95))
		for reason, count := range s.Failures {
			if h.Failures[reason] == nil {
				h.Failures[reason] = make([]int, len(samples))
			}
			h.Failures[reason][i] = count
		}
	}
	return h
}
