package admission

import "time"

// Sample is what an instance was like over one step of time, for charts.
type Sample struct {
	Instance InstanceID    // "" = all instances together
	Step     time.Duration // whole seconds
	Time     time.Time     // when the step began
	// As it was at the end of the step.
	Capacity, Reserved, Active, Grace, Queue int
	// Admissions is how many got their seat during the step.
	Admissions int
	// WaitP50 and WaitP95 are of those of them who had waited; negative = nobody had.
	WaitP50, WaitP95 time.Duration
	// Failures counts refused attempts by reason; nil = none.
	Failures map[string]int
}

// SampleFilter chooses samples of one instance and step.
type SampleFilter struct {
	Instance InstanceID
	Step     time.Duration
	From     time.Time // when the first may begin; zero = from the oldest
}
