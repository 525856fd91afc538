package telemetry

import (
	"context"
	"sync"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// Steps are how finely history is kept, and for how long.
var Steps = []Step{{10 * time.Second, time.Hour}, {time.Minute, 7 * 24 * time.Hour}}

// Step is a span that a sample stands for, and how long samples of it are kept.
type Step struct{ Span, Kept time.Duration }

// History watches the stream of events and keeps what charts, the overview and statistics tell of each instance and of
// all together. All methods may be called concurrently.
type History struct {
	mu        sync.Mutex // guards the rest
	began     time.Time
	instances map[admission.InstanceID]*record
	sampled   time.Time // when the last sample ended
}

// everywhere is the record of all instances together.
const everywhere admission.InstanceID = ""

// NewHistory returns a history that begins now.
func NewHistory(now time.Time) *History {
	return &History{began: now, instances: make(map[admission.InstanceID]*record)}
}

// record is what is known of one instance.
type record struct {
	stats  wire.Stats
	waits  *spread // since the start
	answer *spread
	lately rolling
	steps  []span // one for each of Steps
}

// span is a sample in the making.
type span struct {
	began      time.Time
	admissions int
	waits      *spread
	failures   map[string]int
}

func (h *History) of(id admission.InstanceID) *record {
	r := h.instances[id]
	if r == nil {
		r = &record{waits: newSpread(), answer: newSpread(), lately: newRolling(), steps: make([]span, len(Steps))}
		for i := range r.steps {
			r.steps[i].waits = newSpread()
		}
		h.instances[id] = r
	}
	return r
}

// Observe counts events, once they are durable.
func (h *History) Observe(events []admission.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range events {
		if e := &events[i]; e.Instance != "" {
			h.of(e.Instance).observe(e)
			h.of(everywhere).observe(e)
		}
	}
}

// Answered tells how long an attempt took, from arrival to answer.
func (h *History) Answered(id admission.InstanceID, took time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r := h.instances[id]; r != nil { // an attempt at an unknown instance makes no record
		r.answer.add(took)
		h.of(everywhere).answer.add(took)
	}
}

func (r *record) observe(e *admission.Event) {
	s := &r.stats
	switch e.Name {
	case admission.EventAttempt:
		s.Attempts++
	case admission.EventAdmitted:
		r.admit(e)
	case admission.EventQueued:
		s.Outcomes.Queued++
	case admission.EventTimeout:
		s.Outcomes.Timeout++
		r.fail(string(admission.TimedOut), 1, e.Time)
	case admission.EventFailed:
		if s.Failures == nil {
			s.Failures = make(map[string]int)
		}
		s.Failures[e.Reason]++
		r.fail(e.Reason, 1, e.Time)
	case admission.EventThrottled:
		count, isSum := e.Data["count"].(int)
		if !isSum {
			count = 1
		}
		s.Throttled += count
		r.fail(string(admission.RateLimited), count, e.Time)
	case admission.EventReconnectAttempt:
		s.Reconnections.Attempts++
	case admission.EventReconnected:
		s.Reconnections.Successes++
	}
}

func (r *record) admit(e *admission.Event) {
	wait, wasQueued := e.Data["waitSeconds"].(float64)
	if wasQueued {
		r.stats.AdmittedFromQueue++
		d := time.Duration(wait * float64(time.Second))
		r.waits.add(d)
		r.lately.wait(d, e.Time)
		for i := range r.steps {
			r.steps[i].waits.add(d)
		}
	} else {
		r.stats.Outcomes.Admitted++
	}
	r.lately.admit(e.Time)
	for i := range r.steps {
		r.steps[i].admissions++
	}
}

func (r *record) fail(reason string, count int, at time.Time) {
	r.lately.fail(reason, count, at)
	for i := range r.steps {
		s := &r.steps[i]
		if s.failures == nil {
			s.failures = make(map[string]int)
		}
		s.failures[reason] += count
	}
}

// Sample ends the steps that are over by now, and returns their samples with how long each is kept.
func (h *History) Sample(now time.Time, gauges []InstanceGauges) map[time.Duration][]admission.Sample {
	h.mu.Lock()
	defer h.mu.Unlock()
	due := make(map[time.Duration][]admission.Sample)
	total := InstanceGauges{ID: everywhere}
	for _, g := range gauges {
		total.Capacity, total.QueueDepth = total.Capacity+g.Capacity, total.QueueDepth+g.QueueDepth
		total.Reserved, total.Active, total.Grace = total.Reserved+g.Reserved, total.Active+g.Active, total.Grace+g.Grace
	}
	for _, g := range append(gauges[:len(gauges):len(gauges)], total) {
		r := h.of(g.ID)
		for i, step := range Steps {
			if sample, isOver := r.steps[i].end(step.Span, g, now); isOver {
				due[step.Kept] = append(due[step.Kept], sample)
			}
		}
	}
	h.sampled = now
	return due
}

// end closes the span if its step is over, and begins the next.
func (s *span) end(step time.Duration, g InstanceGauges, now time.Time) (sample admission.Sample, isOver bool) {
	current := now.Truncate(step)
	if s.began.IsZero() {
		s.began = current
	}
	if !current.After(s.began) {
		return sample, false
	}
	sample = admission.Sample{
		Instance: g.ID, Step: step, Time: s.began, Capacity: g.Capacity, Reserved: g.Reserved, Active: g.Active,
		Grace: g.Grace, Queue: g.QueueDepth, Admissions: s.admissions, WaitP50: s.waits.at(50), WaitP95: s.waits.at(95),
		Failures: s.failures,
	}
	s.waits.reset()
	*s = span{began: current, waits: s.waits}
	return sample, true
}

// Run takes samples until ctx ends. gauges is how things are; keep stores samples for so long.
func (h *History) Run(ctx context.Context, gauges func() []InstanceGauges, keep func(samples []admission.Sample, kept time.Duration)) {
	finest := Steps[0].Span
	for {
		now := time.Now()
		for kept, samples := range h.Sample(now, gauges()) {
			keep(samples, kept)
		}
		select {
		case <-time.After(now.Truncate(finest).Add(finest).Sub(now)):
		case <-ctx.Done():
			return
		}
	}
}

// Sampled tells when the last samples were taken, so that a reader knows that there are new ones.
func (h *History) Sampled() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sampled
}

// Pulse tells what an instance did lately.
func (h *History) Pulse(id admission.InstanceID, now time.Time) wire.Pulse {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.of(id).lately.pulse(now)
}

// Stats tells what happened on an instance since the start of the server.
func (h *History) Stats(id admission.InstanceID) wire.Stats {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.of(id)
	s := r.stats
	s.Since, s.Failures = wire.Time(h.began), make(map[string]int)
	for reason, n := range r.stats.Failures {
		s.Failures[reason] = n
		s.Outcomes.Failed += n
	}
	s.Wait = wire.Waits{
		AverageSeconds: wire.KnownSeconds(r.waits.mean()),
		P50Seconds:     wire.KnownSeconds(r.waits.at(50)), P95Seconds: wire.KnownSeconds(r.waits.at(95)),
	}
	s.AdmissionLatency = wire.Latency{
		P50Seconds: wire.KnownSeconds(r.answer.at(50)), P95Seconds: wire.KnownSeconds(r.answer.at(95)),
		P99Seconds: wire.KnownSeconds(r.answer.at(99)),
	}
	return s
}
