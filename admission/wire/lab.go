package wire

import "gatekeeper/admission"

// Messages of the test lab.
type (
	// Lab is what the test lab does now.
	Lab struct {
		Players LabCrowd  `json:"players"`
		Faults  []LabOn   `json:"faults"`
		Drill   *LabDrill `json:"drill"` // nil = none was run
	}
	// LabPlayers sends virtual players to an instance.
	LabPlayers struct {
		InstanceID       admission.InstanceID `json:"instanceId"`
		Count            int                  `json:"count"`
		ArrivalPerSecond float64              `json:"arrivalPerSecond"`
		SessionSeconds   float64              `json:"sessionSeconds"` // on average
		DropRate         float64              `json:"dropRate"`       // 0…1: how many lose their line once
	}
	// LabCrowd tells of the virtual players.
	LabCrowd struct {
		// Plan is what they were sent with; nil = none are there.
		Plan        *LabPlayers    `json:"plan"`
		Arrived     int            `json:"arrived"`
		Queued      int            `json:"queued"`
		Playing     int            `json:"playing"`
		Dropped     int            `json:"dropped"`
		Left        int            `json:"left"`
		Reconnected int            `json:"reconnected"`
		Failed      map[string]int `json:"failed"`
	}
	// LabFault is something that goes wrong on purpose, for a time.
	LabFault struct {
		InstanceID   admission.InstanceID `json:"instanceId"`
		DelaySeconds float64              `json:"delaySeconds"`
		ForSeconds   float64              `json:"forSeconds"`
	}
	// LabOn is a fault that is on.
	LabOn struct {
		Kind string `json:"kind"`
		LabFault
		Until Time `json:"until"`
	}
	// LabDrill is a run of the smoke steps.
	LabDrill struct {
		State     DrillState `json:"state"`
		StartedAt Time       `json:"startedAt"`
		Steps     []LabStep  `json:"steps"`
	}
	// LabStep is one of them.
	LabStep struct {
		ID          string     `json:"id"`
		Title       string     `json:"title"`
		State       DrillState `json:"state"`
		Detail      string     `json:"detail"`
		FromSeq     uint64     `json:"fromSeq"`
		ToSeq       uint64     `json:"toSeq"`
		TookSeconds float64    `json:"tookSeconds"`
	}
)

// DrillState is how far a run or a step is.
type DrillState string

// The states of a drill and its steps.
const (
	DrillPending DrillState = "pending"
	DrillRunning DrillState = "running"
	DrillPassed  DrillState = "passed"
	DrillFailed  DrillState = "failed"
	DrillSkipped DrillState = "skipped"
)
