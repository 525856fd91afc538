package plan

import (
	"slices"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// Recording makes a plan of the events of an instance. Sessions that had not ended yet are left out of the lengths.
type Recording struct {
	comes   []time.Time
	known   map[admission.CharacterID]bool // has a place, or was refused one and may come again
	lengths []float64
	dropped map[admission.SessionID]bool // whether it came back
	last    time.Time
}

// NewRecording returns an empty recording.
func NewRecording() *Recording {
	return &Recording{known: make(map[admission.CharacterID]bool), dropped: make(map[admission.SessionID]bool)}
}

// Add takes in the next event; they come in order.
func (r *Recording) Add(e admission.Event) {
	r.last = e.Time
	switch e.Name {
	case admission.EventQueued, admission.EventAdmitted:
		r.come(e)
	case admission.EventFailed:
		if e.Reason == string(admission.QueueFull) {
			r.come(e)
		}
	case admission.EventQueueLeft, admission.EventQueueAbandoned, admission.EventQueueClaimExpired, admission.EventQueueRemoved:
		delete(r.known, e.Character)
	case admission.EventDisconnected:
		r.disconnect(e)
	case admission.EventReconnected:
		if _, wasDropped := r.dropped[e.Session]; wasDropped {
			r.dropped[e.Session] = true
		}
	}
}

func (r *Recording) come(e admission.Event) {
	if !r.known[e.Character] {
		r.known[e.Character] = true
		r.comes = append(r.comes, e.Time)
	}
}

func (r *Recording) disconnect(e admission.Event) {
	lasted, isEnd := admission.NumberOf(e.Data["sessionSeconds"])
	switch {
	case !isEnd:
		if _, wasDropped := r.dropped[e.Session]; !wasDropped {
			r.dropped[e.Session] = false
		}
	case e.Reason != "replace": // there the player goes on in another session
		delete(r.known, e.Character)
		r.lengths = append(r.lengths, lasted)
	}
}

// Plan returns the evening with the settings of an instance. It reports false where nobody came or no session ended.
func (r *Recording) Plan(s admission.Settings) (p wire.Plan, isRecorded bool) {
	if len(r.comes) == 0 || len(r.lengths) == 0 {
		return p, false
	}
	returned := 0
	for _, cameBack := range r.dropped {
		if cameBack {
			returned++
		}
	}
	p = wire.Plan{
		Capacities: []int{max(1, min(s.Capacity, maxCapacity))}, QueueMax: s.QueueMax,
		GraceSeconds: wire.Seconds(s.Grace), ClaimSeconds: wire.Seconds(s.ClaimWindow), Arrivals: r.arrivals(),
		Sessions:          wire.PlanSessions{Pattern: wire.SessionsMeasured, Seconds: quantiles(r.lengths, maxLengths)},
		DropRate:          min(1, float64(len(r.dropped))/float64(len(r.lengths))),
		ReturnRate:        float64(returned) / max(1, float64(len(r.dropped))),
		TargetWaitSeconds: 300, Seed: 1,
	}
	return p, true
}

// recordedSteps is into how many steps an evening is cut, about.
const recordedSteps = 720

func (r *Recording) arrivals() wire.PlanArrivals {
	first := r.comes[0]
	step := (r.last.Sub(first) / recordedSteps).Truncate(time.Second) + time.Second
	counts := make([]int, int(r.last.Sub(first)/step)+1)
	for _, at := range r.comes {
		counts[max(0, min(len(counts)-1, int(at.Sub(first)/step)))]++
	}
	return wire.PlanArrivals{
		Pattern: wire.ArrivalsRecorded, StartsAt: first.Format("15:04"), Hours: wire.Seconds(time.Duration(len(counts))*step) / 3600,
		StepSeconds: wire.Seconds(step), Counts: counts,
	}
}

// quantiles are at most so many numbers that are distributed like all of them.
func quantiles(all []float64, most int) []float64 {
	sorted := slices.Sorted(slices.Values(all))
	n := min(len(sorted), most)
	list := make([]float64, n)
	for i := range list {
		list[i] = sorted[(2*i+1)*len(sorted)/(2*n)]
	}
	return list
}
