package admission

import (
	"slices"
	"time"
)

// MaxBuild is how many bytes a build's name may have.
const MaxBuild = 64

// AcceptedBuild is a build, or a range of versions, that comes in beside the required one: the roll-out window of an
// update in which the former build still plays.
type AcceptedBuild struct {
	Build string
	Until time.Time // from when it is refused; zero = never
}

func areBuilds(list []AcceptedBuild) bool {
	return !slices.ContainsFunc(list, func(a AcceptedBuild) bool { return !isText(a.Build, 1, MaxBuild) })
}

// accepts reports whether a client of this build may come in as a newcomer. within tells whether the build lies in a
// range of versions; nil = no build lies in any.
func (s Settings) accepts(build string, within func(versions string) bool, now time.Time) bool {
	matches := func(accepted string) bool {
		return accepted == build || within != nil && within(accepted)
	}
	return s.RequiredBuild == "" || matches(s.RequiredBuild) || slices.ContainsFunc(s.AcceptedBuilds, func(a AcceptedBuild) bool {
		return (a.Until.IsZero() || now.Before(a.Until)) && matches(a.Build)
	})
}

func (a AcceptedBuild) equal(b AcceptedBuild) bool {
	return a.Build == b.Build && a.Until.Equal(b.Until)
}

// described is a list of builds as an event tells it.
func described(list []AcceptedBuild) []map[string]any {
	told := []map[string]any{}
	for _, a := range list {
		one := map[string]any{"build": a.Build}
		if !a.Until.IsZero() {
			one["until"] = a.Until.UTC().Format("2006-01-02T15:04:05.000Z07:00")
		}
		told = append(told, one)
	}
	return told
}
