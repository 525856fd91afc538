package admission

import (
	"context"
	"time"
)

// Change is what one decision did: one transaction's worth of rows and events, and what the world
// is told once they are durable. The caller owns a returned Change; it shares no memory with the engine
// but its places, which are only there to be stamped.
type Change struct {
	Records []Record
	Events  []Event
	Effects []Effect
	// Claims tells, in order, which characters took or lost their one place; the gate applies them while it still
	// holds the mutex of every instance that the change touched.
	Claims []Claim

	places []*Place
}

// Claim is a change of a character's one place.
type Claim struct {
	Character CharacterID
	// Instance is where the place is; "" = it ended.
	Instance InstanceID
}

// IsEmpty reports whether there is nothing to write and nobody to tell.
func (c *Change) IsEmpty() bool {
	return len(c.Records) == 0 && len(c.Events) == 0 && len(c.Effects) == 0
}

// Stamp notes on every place that the change touched which journal entry holds its newest state.
// It needs the lock under which the change was made.
func (c *Change) Stamp(entry uint64) {
	for _, p := range c.places {
		p.Written = entry
	}
	c.places = nil
}

// put writes a place's row as it is now; call it after the last field was set.
func (c *Change) put(p *Place) {
	c.Records = append(c.Records, PutPlace{p.PlaceRow})
	c.places = append(c.places, p)
}

func (c *Change) event(e Event)   { c.Events = append(c.Events, e) }
func (c *Change) tell(e Effect)   { c.Effects = append(c.Effects, e) }
func (c *Change) record(r Record) { c.Records = append(c.Records, r) }

// More returns what is to be written together with what is being written; nothing, where that is all.
type More = func() (records []Record, events []Event)

// Record is one row to write: an upsert or a delete by key, so that writing it twice does no harm.
type Record interface{ isRecord() }

type (
	// PutInstance writes an instance's settings.
	PutInstance struct{ Settings Settings }
	// PutPlace writes a place's row.
	PutPlace struct{ Row PlaceRow }
	// DropPlace removes a place's row.
	DropPlace struct{ Key PlaceKey }
	// PutAccount writes an account without its characters and failures.
	PutAccount struct{ Row AccountRow }
	// DropAccount removes an account and its failures. Its characters and tokens must go before it.
	DropAccount struct{ ID AccountID }
	// PutCharacter writes a character.
	PutCharacter struct{ Row CharacterRow }
	// DropCharacter removes a character.
	DropCharacter struct{ ID CharacterID }
	// PutToken writes a player token's hash.
	PutToken struct{ Row TokenRow }
	// DropToken revokes a player token.
	DropToken struct{ Hash TokenHash }
	// PutThrottle writes an account's failures and lock.
	PutThrottle struct{ Row ThrottleRow }
	// PutAdmin writes an operator's account.
	PutAdmin struct{ Row AdminRow }
	// DropAdmin removes an operator's account.
	DropAdmin struct{ Name string }
	// PutAdminSession writes an operator's log-in.
	PutAdminSession struct{ Row AdminSessionRow }
	// DropAdminSession ends an operator's log-in.
	DropAdminSession struct{ Hash TokenHash }
	// PutKey writes an API key.
	PutKey struct{ Row KeyRow }
	// DropKey revokes an API key.
	DropKey struct{ ID string }
	// PutTicketUse writes that a ticket was checked, and removes those that have expired.
	PutTicketUse struct {
		Row TicketUseRow
		Now time.Time
	}
	// PutEndedToken writes that a token of another issuer was ended, and removes those that have expired.
	PutEndedToken struct {
		Row EndedTokenRow
		Now time.Time
	}
	// PutWebhook writes a webhook.
	PutWebhook struct{ Row WebhookRow }
	// DropWebhook removes a webhook and its cursors.
	DropWebhook struct{ ID string }
	// PutWebhookCursor writes how far a webhook has been told; it never goes back.
	PutWebhookCursor struct{ Row WebhookCursorRow }
	// PutSample writes a sample, and removes those of the same instance and step that began before OldestKept.
	PutSample struct {
		Sample     Sample
		OldestKept time.Time
	}
	// PutSetting writes one value of the server's own: signing keys and the like.
	PutSetting struct {
		Name  string
		Value []byte
	}
)

func (PutInstance) isRecord()      {}
func (PutPlace) isRecord()         {}
func (DropPlace) isRecord()        {}
func (PutAccount) isRecord()       {}
func (DropAccount) isRecord()      {}
func (PutTicketUse) isRecord()     {}
func (PutEndedToken) isRecord()    {}
func (PutWebhook) isRecord()       {}
func (DropWebhook) isRecord()      {}
func (PutWebhookCursor) isRecord() {}
func (PutCharacter) isRecord()     {}
func (DropCharacter) isRecord()    {}
func (PutToken) isRecord()         {}
func (DropToken) isRecord()        {}
func (PutThrottle) isRecord()      {}
func (PutAdmin) isRecord()         {}
func (DropAdmin) isRecord()        {}
func (PutAdminSession) isRecord()  {}
func (DropAdminSession) isRecord() {}
func (PutKey) isRecord()           {}
func (DropKey) isRecord()          {}
func (PutSample) isRecord()        {}
func (PutSetting) isRecord()       {}

// Rows as they are stored. Times are wall time, kept in milliseconds.
type (
	// AccountRow is a player's account. PasswordHash is empty for a guest and for a player whom somebody else vouches for.
	AccountRow struct {
		ID           AccountID
		Name         string
		PasswordHash string
		MustChange   bool // the password is good for nothing but to set another
		Guest        bool
		// Issuer is the identity provider that vouches for the player, and Subject the player's id there; both "" =
		// this server does.
		Issuer, Subject string
		Active          CharacterID // "" = none
		CreatedAt       time.Time
	}
	// CharacterRow is a character of an account.
	CharacterRow struct {
		ID        CharacterID
		Account   AccountID
		Name      string
		Suspended bool
		CreatedAt time.Time
	}
	// TokenRow is a player token, by its hash.
	TokenRow struct {
		Hash      TokenHash
		Account   AccountID
		ExpiresAt time.Time
	}
	// ThrottleRow is an account's failed attempts within the window, oldest first, and its lock.
	ThrottleRow struct {
		Account     AccountID
		Failures    []time.Time // at most FailureLimit
		LockedUntil time.Time   // zero = not locked
	}
	// AdminRow is an operator's account.
	AdminRow struct {
		Name         string
		PasswordHash string
		Role         Role
		TOTPSecret   string // Base32; "" = a log-in needs no code
		CreatedAt    time.Time
	}
	// AdminSessionRow is an operator who is logged in.
	AdminSessionRow struct {
		Hash      TokenHash
		Admin     string
		ExpiresAt time.Time
	}
	// KeyRow is an API key, by its hash.
	KeyRow struct {
		ID         string
		Name       string
		Hash       TokenHash
		Scopes     []Scope
		Instances  []InstanceID // where it works; none = everywhere
		CreatedBy  string
		CreatedAt  time.Time
		ExpiresAt  time.Time // zero = never
		LastUsedAt time.Time // zero = never
	}
	// TicketUseRow is a ticket that a game server has had checked, by its jti.
	TicketUseRow struct {
		ID        string
		ExpiresAt time.Time
	}
	// EndedTokenRow is a token that another issuer still vouches for and its player has ended.
	EndedTokenRow struct {
		Hash      TokenHash
		ExpiresAt time.Time
	}
	// WebhookRow is an address that is told of events.
	WebhookRow struct {
		ID        string
		Name      string
		URL       string
		Secret    string       // what deliveries are signed with
		Events    []string     // names, or their beginnings up to a dot, such as "queue."
		Instances []InstanceID // of which; none = of all
		IsPaused  bool
		Since     uint64 // the newest event when it was made: it is told of later ones
		CreatedBy string
		CreatedAt time.Time
	}
	// WebhookCursorRow is how far a webhook has been told of an instance's events.
	WebhookCursorRow struct {
		Webhook  string
		Instance InstanceID // "" = events of none in particular
		Seq      uint64
	}
	// PlaceRow is a character's one place: a queue place, a session, or both while a promotion is unclaimed.
	// It holds no deadline: a start gives everybody a fresh one.
	PlaceRow struct {
		Key       PlaceKey
		Instance  InstanceID
		Account   AccountID
		Character CharacterID
		State     State
		Attempt   AttemptID // the attempt that made the place
		Session   SessionID // "" while it only waits
		Build     string
		Line      uint64 // rank key in the queue, rising with arrival; 0 = not in the queue
		Missed    int    // unclaimed promotions
		QueuedAt  time.Time
		SeatedAt  time.Time // since when it holds its seat
		Resumed   bool      // the next admitted frame says so
		Replaced  bool
		// SessionToken attaches for the first time.
		SessionToken TokenHash
		// Reconnect and Queue are the two generations that may work: see TokenPair.
		Reconnect TokenPair
		Queue     TokenPair
	}
)

// Snapshot is everything that a start reads back.
type Snapshot struct {
	Instances  []Settings
	Accounts   []AccountRow
	Characters []CharacterRow
	Tokens     []TokenRow
	Throttles  []ThrottleRow
	Places     []PlaceRow
	Admins     []AdminRow
	// AdminSessions and Keys may hold some that have expired.
	AdminSessions []AdminSessionRow
	Keys          []KeyRow
	// TicketUses and EndedTokens may hold some that have expired.
	TicketUses     []TicketUseRow
	EndedTokens    []EndedTokenRow
	Webhooks       []WebhookRow
	WebhookCursors []WebhookCursorRow
	Settings       map[string][]byte
	// LastSeq is the highest event number ever written.
	LastSeq uint64
}

// Early is told of parts of a snapshot as soon as they are there, while others are still being read: from a goroutine each,
// with a context that ends when the reading fails. An error of theirs is the reading's own. Any may be nil.
type Early struct {
	// People is told once LastSeq, Instances, Accounts, Characters and Throttles are read.
	People func(context.Context, *Snapshot) error
	// Tokens is told once Tokens are, too.
	Tokens func(context.Context, *Snapshot) error
	// Places is told once Places are.
	Places func(context.Context, *Snapshot) error
}
