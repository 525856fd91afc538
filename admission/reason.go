package admission

import "time"

// Reason names why an attempt was refused: stable, for machines; its text is for players.
type Reason string

// The reasons of the contract, section 4, in the order of the checks.
const (
	// NotAuthenticated is returned when no live player token came with the attempt.
	NotAuthenticated Reason = "NOT_AUTHENTICATED"
	// RateLimited is returned when the account is locked after too many failed attempts.
	RateLimited Reason = "RATE_LIMITED"
	// InvalidRequest is returned when an id or the body is malformed.
	InvalidRequest Reason = "INVALID_REQUEST"
	// InvalidInstance is returned when there is no such instance, or it is closed.
	InvalidInstance Reason = "INVALID_INSTANCE"
	// NoActiveCharacter is returned when no character was named and none is active.
	NoActiveCharacter Reason = "NO_ACTIVE_CHARACTER"
	// CharacterNotOwned is returned when the character is another account's, or nobody's: one answer for both.
	CharacterNotOwned Reason = "CHARACTER_NOT_OWNED"
	// CharacterSuspended is returned when an operator suspended the character.
	CharacterSuspended Reason = "CHARACTER_SUSPENDED"
	// VersionMismatch is returned to newcomers whose build the instance neither requires nor still accepts.
	VersionMismatch Reason = "VERSION_MISMATCH"
	// Maintenance is returned to newcomers while the instance is in maintenance.
	Maintenance Reason = "MAINTENANCE"
	// AlreadyInSession is returned when the character's session is attached, or on another instance.
	AlreadyInSession Reason = "ALREADY_IN_SESSION"
	// AlreadyQueued is returned when the character has a place in another instance's queue.
	AlreadyQueued Reason = "ALREADY_QUEUED"
	// InvalidReplaceToken is returned when the replaceToken is used, expired, another's, or its place is gone.
	InvalidReplaceToken Reason = "INVALID_REPLACE_TOKEN"
	// InstanceUnavailable is returned to newcomers while the instance's game server is silent.
	InstanceUnavailable Reason = "INSTANCE_UNAVAILABLE"
	// DrainMode is returned to newcomers while the instance drains.
	DrainMode Reason = "DRAIN_MODE"
	// QueueFull is returned when no seat is free and the queue is at its maximum.
	QueueFull Reason = "QUEUE_FULL"
	// CharacterChanged is returned when the active character changed between arrival and decision.
	CharacterChanged Reason = "CHARACTER_CHANGED"
	// StorageUnavailable is returned while nothing can be written.
	StorageUnavailable Reason = "STORAGE_UNAVAILABLE"
	// ShuttingDown is returned while the server stops.
	ShuttingDown Reason = "SHUTTING_DOWN"
	// InternalError is returned when the server itself is at fault.
	InternalError Reason = "INTERNAL_ERROR"
	// TimedOut is the reason of an attempt that found no outcome in time.
	TimedOut Reason = "TIMEOUT"
)

// rule is what a reason means for the attempt: whether it counts towards the rate limit, whether trying
// again without a change can help, and what the player reads.
type rule struct {
	counts    bool
	retryable bool
	text      string
	// retryAfter is what the refusal asks to wait, where that depends on nothing.
	retryAfter time.Duration
}

var rules = map[Reason]rule{
	NotAuthenticated:    {text: "Please log in."},
	RateLimited:         {retryable: true, text: "Too many failed attempts. Please wait a moment."},
	InvalidRequest:      {counts: true, text: "The request is malformed."},
	InvalidInstance:     {counts: true, text: "There is no such instance."},
	NoActiveCharacter:   {counts: true, text: "Choose an active character first."},
	CharacterNotOwned:   {counts: true, text: "This is not a character of yours."},
	CharacterSuspended:  {counts: true, text: "This character is suspended."},
	VersionMismatch:     {counts: true, text: "Your game is not up to date."},
	Maintenance:         {retryable: true, text: "The instance is in maintenance."},
	AlreadyInSession:    {counts: true, text: "This character is already playing."},
	AlreadyQueued:       {counts: true, text: "This character already waits for another instance."},
	InvalidReplaceToken: {counts: true, text: "The question was answered too late, or already. Please connect again."},
	InstanceUnavailable: {retryable: true, text: "The game server does not answer right now. Please try again shortly."},
	DrainMode:           {retryable: true, text: "The instance lets nobody new in."},
	QueueFull:           {retryable: true, text: "The queue is full."},
	CharacterChanged:    {retryable: true, text: "Your active character has just changed. Please connect again."},
	StorageUnavailable:  {retryable: true, retryAfter: troubleRetry, text: "The server cannot save anything right now. Please try again shortly."},
	ShuttingDown:        {retryable: true, retryAfter: troubleRetry, text: "The server is restarting. Please try again shortly."},
	InternalError:       {retryable: true, retryAfter: troubleRetry, text: "Something went wrong on our side."},
	TimedOut:            {retryable: true, text: "There was no answer in time. Please try again."},
}

// Text returns what a player reads.
func (r Reason) Text() string { return rules[r].text }

// Retryable reports whether the same attempt may succeed later.
func (r Reason) Retryable() bool { return rules[r].retryable }

// PromisesNothing reports whether a refusal is no end of its attempt, and so no event: nothing can be written.
func (r Reason) PromisesNothing() bool { return r == StorageUnavailable || r == ShuttingDown }

// Refusal says why an attempt was refused, and what the player needs to go on. A refusal changes nothing
// but the account's count of failures.
type Refusal struct {
	Reason        Reason
	Message       string // the operator's words where there are some, else the reason's text
	Detail        string // what is malformed
	RetryAfter    time.Duration
	RequiredBuild string
	UpdateURL     string
	Existing      *Existing
	ReplaceToken  string
	ReplaceWithin time.Duration
}

// Existing is the place that stands in the way.
type Existing struct {
	Instance InstanceID
	State    State
	Since    time.Time
}

// Refuse returns a refusal with the reason's own text and, where the server is in trouble, the time to stay away.
func Refuse(r Reason) *Refusal {
	return &Refusal{Reason: r, Message: r.Text(), RetryAfter: rules[r].retryAfter}
}

// troubleRetry is how long an attempt is asked to stay away when the server itself is in trouble.
const troubleRetry = 2 * time.Second

// counts reports whether the refusal is a failed attempt for the rate limit.
func (r *Refusal) counts() bool { return rules[r.Reason].counts && r.ReplaceToken == "" }

func (r *Refusal) after(d time.Duration) *Refusal {
	r.RetryAfter = d
	return r
}

// After returns the refusal as it stands some time later: what it asks to wait, or leaves to answer, has shrunk.
func (r *Refusal) After(passed time.Duration) *Refusal {
	later := *r
	later.RetryAfter = max(0, r.RetryAfter-passed)
	later.ReplaceWithin = max(0, r.ReplaceWithin-passed)
	return &later
}

func (r *Refusal) saying(operatorsWords string) *Refusal {
	if operatorsWords != "" {
		r.Message = operatorsWords
	}
	return r
}
