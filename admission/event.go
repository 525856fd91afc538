package admission

import "time"

// Event is one thing that happened, as operators read it. Its Seq is given when it is written: gapless,
// without a duplicate, over restarts too (I10).
type Event struct {
	Seq       uint64
	Time      time.Time
	Name      EventName
	Instance  InstanceID
	Attempt   AttemptID
	Session   SessionID
	Account   AccountID
	Character CharacterID
	Reason    string
	// Data is what else belongs to it; its values must encode as JSON. Nil where there is nothing.
	Data map[string]any
}

// EventName is the stable name of a kind of event.
type EventName string

// The events of the contract.
const (
	EventAttempt           EventName = "connection.attempt"
	EventQueued            EventName = "connection.queued"
	EventAdmitted          EventName = "connection.admitted"
	EventFailed            EventName = "connection.failed"
	EventTimeout           EventName = "connection.timeout"
	EventThrottled         EventName = "connection.throttled"
	EventReconnectAttempt  EventName = "connection.reconnect_attempt"
	EventReconnected       EventName = "connection.reconnected"
	EventDisconnected      EventName = "connection.disconnected"
	EventPromoted          EventName = "queue.promoted"
	EventClaimMissed       EventName = "queue.claim_missed"
	EventAbsent            EventName = "queue.absent"
	EventPresent           EventName = "queue.present"
	EventQueueLeft         EventName = "queue.left"
	EventQueueAbandoned    EventName = "queue.abandoned"
	EventQueueClaimExpired EventName = "queue.claim_expired"
	EventQueueMoved        EventName = "queue.moved"
	EventQueueTransferred  EventName = "queue.transferred"
	EventQueueRemoved      EventName = "queue.removed"
	EventQueueClosed       EventName = "queue.closed"
	EventInstanceCreated   EventName = "instance.created"
	EventInstanceChanged   EventName = "instance.changed"
	EventInstanceDrained   EventName = "instance.drained"
	EventInstanceRecovered EventName = "instance.recovered"
	// EventInstanceDown and EventInstanceUp tell that an instance's game server fell silent and that it is back.
	EventInstanceDown      EventName = "instance.unavailable"
	EventInstanceUp        EventName = "instance.available"
	EventCharacterNotOwned EventName = "security.character_not_owned"
	EventTokenReplayed     EventName = "security.token_replayed"
	EventLoginLocked       EventName = "security.login_locked"
	EventAdminSetUp        EventName = "admin.set_up"
	EventAdminSuspended    EventName = "admin.character_suspended"
	EventAdminRestored     EventName = "admin.character_restored"
	EventBuildSet          EventName = "build.set"
)

// EventFilter chooses events of the log.
type EventFilter struct {
	// Since is the highest Seq that the reader already has; 0 = from the beginning.
	Since uint64
	// Limit is how many at most; 0 = the store's own bound.
	Limit int
}
