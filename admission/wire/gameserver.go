package wire

import "gatekeeper/admission"

// Messages of the game servers' calls.
type (
	// Heartbeat says that a game server is alive.
	Heartbeat struct {
		Build   string `json:"build"`
		Message string `json:"message"`
	}
	// HeartbeatAnswer tells it what its instance does.
	HeartbeatAnswer struct {
		State    admission.Mode `json:"state"`
		Capacity int            `json:"capacity"`
		Sessions int            `json:"sessions"`
	}
)
