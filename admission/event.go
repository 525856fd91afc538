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
	EventBuildSet          EventName = "build.set"
)

// What players did with their accounts. The events hold no name: the log outlives the account.
const (
	EventAccountPassword  EventName = "account.password_changed"
	EventAccountLoggedOut EventName = "account.logged_out_everywhere"
	EventAccountUpgraded  EventName = "account.upgraded" // from a guest's
	EventAccountDeleted   EventName = "account.deleted"  // Reason tells by whom: "player" or "operator"
)

// The deeds of operators. Their Data tells who by "by", and what changed by "before" and "after".
const (
	EventAdminSetUp           EventName = "admin.set_up"
	EventAdminLoggedIn        EventName = "admin.logged_in"
	EventAdminLoggedOut       EventName = "admin.logged_out"
	EventAdminLoginFailed     EventName = "admin.login_failed"
	EventAdminAdded           EventName = "admin.added"
	EventAdminChanged         EventName = "admin.changed"
	EventAdminRemoved         EventName = "admin.removed"
	EventAdminKeyAdded        EventName = "admin.key_added"
	EventAdminKeyRevoked      EventName = "admin.key_revoked"
	EventAdminInstanceAdded   EventName = "admin.instance_added"
	EventAdminInstanceChanged EventName = "admin.instance_changed"
	EventAdminSessionEnded    EventName = "admin.session_ended"
	EventAdminQueueMoved      EventName = "admin.queue_moved"
	EventAdminQueueRemoved    EventName = "admin.queue_removed"
	EventAdminSuspended       EventName = "admin.character_suspended"
	EventAdminRestored        EventName = "admin.character_restored"
	EventAdminProvisioned     EventName = "admin.character_provisioned"
	EventAdminPasswordReset   EventName = "admin.password_reset"
	EventAdminAccountDeleted  EventName = "admin.account_deleted"
	EventAdminLockCleared     EventName = "admin.lock_cleared"
	EventAdminSettingsChanged EventName = "admin.settings_changed"
	EventAdminBackupMade      EventName = "admin.backup_made"
	EventAdminBackupTaken     EventName = "admin.backup_taken" // downloaded
	EventAdminLab             EventName = "admin.lab"
	EventAdminWebhookAdded    EventName = "admin.webhook_added"
	EventAdminWebhookChanged  EventName = "admin.webhook_changed"
	EventAdminWebhookRemoved  EventName = "admin.webhook_removed"
)

// everyEvent is all of them.
var everyEvent = []EventName{
	EventAttempt, EventQueued, EventAdmitted, EventFailed, EventTimeout, EventThrottled, EventReconnectAttempt,
	EventReconnected, EventDisconnected, EventPromoted, EventClaimMissed, EventAbsent, EventPresent, EventQueueLeft,
	EventQueueAbandoned, EventQueueClaimExpired, EventQueueMoved, EventQueueTransferred, EventQueueRemoved,
	EventQueueClosed, EventInstanceCreated, EventInstanceChanged, EventInstanceDrained, EventInstanceRecovered,
	EventInstanceDown, EventInstanceUp, EventCharacterNotOwned, EventTokenReplayed, EventLoginLocked, EventBuildSet,
	EventAdminSetUp, EventAdminLoggedIn, EventAdminLoggedOut, EventAdminLoginFailed, EventAdminAdded, EventAdminChanged,
	EventAdminRemoved, EventAdminKeyAdded, EventAdminKeyRevoked, EventAdminInstanceAdded, EventAdminInstanceChanged,
	EventAdminSessionEnded, EventAdminQueueMoved, EventAdminQueueRemoved, EventAdminSuspended, EventAdminRestored,
	EventAdminPasswordReset, EventAdminLockCleared, EventAdminSettingsChanged, EventAdminBackupMade,
	EventAdminBackupTaken, EventAdminLab,
	EventAdminProvisioned, EventAdminWebhookAdded, EventAdminWebhookChanged, EventAdminWebhookRemoved,
	EventAccountPassword, EventAccountLoggedOut, EventAccountUpgraded, EventAccountDeleted, EventAdminAccountDeleted,
}

// EventFilter chooses events of the log. Where a field is zero it does not matter.
type EventFilter struct {
	// Since is the highest Seq that the reader already has.
	Since uint64
	// Before is the Seq from which on events are left out.
	Before uint64
	// From and To bound the time: To is left out.
	From, To time.Time
	// Name is the event's, or the beginning of it up to a dot, such as "queue.".
	Name      string
	Instance  InstanceID
	Attempt   AttemptID
	Session   SessionID
	Account   AccountID
	Character CharacterID
	Reason    string
	// NewestFirst turns the order round.
	NewestFirst bool
	// Limit is how many at most; 0 = the store's own bound.
	Limit int
}
