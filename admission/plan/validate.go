package plan

import (
	"errors"
	"fmt"
	"regexp"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// Bounds of a plan.
const (
	MaxArrivals   = 200_000
	MaxCapacities = 12
	maxCapacity   = 100_000
	maxHours      = 48
	maxCounts     = 2000
	maxLengths    = 1000
	maxSeconds    = 7 * 24 * 3600
	maxSigma      = 3
)

// ErrInvalid is wrapped by what [Validate] finds; its text may be shown to the operator.
var ErrInvalid = errors.New("invalid plan")

var clockTime = regexp.MustCompile(`^(([01][0-9]|2[0-3]):[0-5][0-9])?$`)

// rule is something that must hold of a plan, in the operator's words.
type rule struct {
	holds bool
	says  string
}

// Validate reports the first thing in a plan that cannot be, as an error that wraps [ErrInvalid].
func Validate(p wire.Plan) error {
	for _, rules := range [][]rule{settingRules(p), arrivalRules(p.Arrivals), sessionRules(p.Sessions)} {
		for _, r := range rules {
			if !r.holds {
				return fmt.Errorf("%w: %s", ErrInvalid, r.says)
			}
		}
	}
	if spanSeconds(p.Arrivals) < 1 {
		return fmt.Errorf("%w: the evening must last a second at least", ErrInvalid)
	}
	if expected(p.Arrivals) > MaxArrivals {
		return fmt.Errorf("%w: at most %d players may come", ErrInvalid, MaxArrivals)
	}
	return nil
}

func settingRules(p wire.Plan) []rule {
	rules := []rule{
		{len(p.Capacities) >= 1 && len(p.Capacities) <= MaxCapacities, "capacities must be 1 to 12 numbers"},
		{p.QueueMax >= 0 && p.QueueMax <= admission.MaxQueue, "queueMax must be 0 to 1000000"},
		{p.GraceSeconds >= 1 && p.GraceSeconds <= 3600, "graceSeconds must be 1 to 3600"},
		{p.ClaimSeconds >= 1 && p.ClaimSeconds <= 300, "claimSeconds must be 1 to 300"},
		{isShare(p.DropRate), "dropRate must be 0 to 1"},
		{isShare(p.ReturnRate), "returnRate must be 0 to 1"},
		{isLength(p.PatienceSeconds), "patienceSeconds must be 0 to 604800"},
		{isLength(p.TargetWaitSeconds), "targetWaitSeconds must be 0 to 604800"},
	}
	for _, capacity := range p.Capacities {
		rules = append(rules, rule{capacity >= 1 && capacity <= maxCapacity, "each of capacities must be 1 to 100000"})
	}
	return rules
}

func arrivalRules(a wire.PlanArrivals) []rule {
	rules := []rule{{clockTime.MatchString(a.StartsAt), "arrivals.startsAt must be a time of day such as 18:00"}}
	switch a.Pattern {
	case wire.ArrivalsRecorded:
		return append(rules, recordedRules(a)...)
	case wire.ArrivalsRush:
		rules = append(rules,
			rule{a.RushPlayers >= 0 && a.RushPlayers <= MaxArrivals, "arrivals.rushPlayers must be 0 to 200000"},
			rule{a.RushAtHours >= 0 && a.RushAtHours < a.Hours, "arrivals.rushAtHours must lie within the hours"},
			rule{a.RushMinutes >= 0 && a.RushAtHours+a.RushMinutes/60 <= a.Hours, "arrivals.rushMinutes must end within the hours"},
		)
	case wire.ArrivalsSteady:
	default:
		return append(rules, rule{false, "arrivals.pattern must be steady, rush or recorded"})
	}
	return append(rules,
		rule{a.Hours > 0 && a.Hours <= maxHours, "arrivals.hours must be more than 0 and at most 48"},
		rule{a.PerHour >= 0 && a.PerHour <= MaxArrivals, "arrivals.perHour must be 0 to 200000"},
	)
}

func recordedRules(a wire.PlanArrivals) []rule {
	rules := []rule{
		{len(a.Counts) >= 1 && len(a.Counts) <= maxCounts, "arrivals.counts must be 1 to 2000 numbers"},
		{a.StepSeconds > 0 && a.StepSeconds*float64(len(a.Counts)) <= maxHours*3600, "arrivals.stepSeconds must be more than 0, and all steps together at most 48 hours"},
	}
	for _, count := range a.Counts {
		rules = append(rules, rule{count >= 0 && count <= MaxArrivals, "each of arrivals.counts must be 0 to 200000"})
	}
	return rules
}

func sessionRules(s wire.PlanSessions) []rule {
	if s.Pattern == wire.SessionsMeasured {
		rules := []rule{{len(s.Seconds) >= 1 && len(s.Seconds) <= maxLengths, "sessions.seconds must be 1 to 1000 numbers"}}
		for _, length := range s.Seconds {
			rules = append(rules, rule{isLength(length), "each of sessions.seconds must be 0 to 604800"})
		}
		return rules
	}
	isKnown := s.Pattern == wire.SessionsExponential || s.Pattern == wire.SessionsLognormal || s.Pattern == wire.SessionsFixed
	return []rule{
		{isKnown, "sessions.pattern must be exponential, lognormal, fixed or measured"},
		{s.MeanSeconds > 0 && isLength(s.MeanSeconds), "sessions.meanSeconds must be more than 0 and at most 604800"},
		{s.Pattern != wire.SessionsLognormal || s.Sigma >= 0 && s.Sigma <= maxSigma, "sessions.sigma must be 0 to 3"},
	}
}

func isShare(x float64) bool  { return x >= 0 && x <= 1 }
func isLength(x float64) bool { return x >= 0 && x <= maxSeconds }

// spanSeconds is how long players come.
func spanSeconds(a wire.PlanArrivals) float64 {
	if a.Pattern == wire.ArrivalsRecorded {
		return a.StepSeconds * float64(len(a.Counts))
	}
	return a.Hours * 3600
}

// expected is how many players come, on average.
func expected(a wire.PlanArrivals) float64 {
	switch a.Pattern {
	case wire.ArrivalsRecorded:
		total := 0.
		for _, count := range a.Counts {
			total += float64(count)
		}
		return total
	case wire.ArrivalsRush:
		return a.PerHour*a.Hours + float64(a.RushPlayers)
	default:
		return a.PerHour * a.Hours
	}
}
