package wire

import "gatekeeper/admission"

// Messages about players, as operators see them.
type (
	// Listed is a place: a session, a queue place, or both while a promotion is unclaimed.
	Listed struct {
		InstanceID    admission.InstanceID  `json:"instanceId"`
		SessionID     admission.SessionID   `json:"sessionId,omitempty"`
		AttemptID     admission.AttemptID   `json:"attemptId"`
		AccountID     admission.AccountID   `json:"accountId"`
		AccountName   string                `json:"accountName"`
		CharacterID   admission.CharacterID `json:"characterId"`
		CharacterName string                `json:"characterName"`
		State         admission.State       `json:"state"`
		Build         string                `json:"build"`
		Position      int                   `json:"position,omitempty"`
		MissedClaims  int                   `json:"missedClaims"`
		QueuedAt      *Time                 `json:"queuedAt"`
		SeatedAt      *Time                 `json:"seatedAt"`
	}
	// Sessions is a page of who holds a seat.
	Sessions struct {
		Sessions []Listed `json:"sessions"`
		Total    int      `json:"total"`
	}
	// QueuePlaces is a page of an instance's queue.
	QueuePlaces struct {
		Places []Listed `json:"places"`
		Total  int      `json:"total"`
	}
	// Account is a player's account.
	Account struct {
		AccountID admission.AccountID `json:"accountId"`
		Name      string              `json:"name"`
		IsGuest   bool                `json:"isGuest"`
		// MustChange says that the player has to choose another password to log in.
		MustChange bool `json:"mustChange"`
		// Issuer is the identity provider that vouches for the player; "" = this server does.
		Issuer            string                 `json:"issuer"`
		CreatedAt         Time                   `json:"createdAt"`
		Characters        []Character            `json:"characters"`
		ActiveCharacterID *admission.CharacterID `json:"activeCharacterId"`
		// LockedSeconds is how long its lock lasts yet; 0 = it is not locked.
		LockedSeconds float64 `json:"lockedSeconds"`
		// Failures counts failed attempts within the window of the limit.
		Failures int      `json:"failures"`
		Places   []Listed `json:"places"`
	}
	// Accounts is a page of accounts.
	Accounts struct {
		Accounts []Account `json:"accounts"`
		Total    int       `json:"total"`
	}
	// NewPassword is a password that an operator gives a player; empty = the server makes one up.
	NewPassword struct {
		Password string `json:"password"`
		// MustChange makes it good for nothing but to choose another.
		MustChange bool `json:"mustChange"`
	}
	// Builds tells which build is required where, and which the clients have.
	Builds struct {
		Instances []InstanceBuilds `json:"instances"`
	}
	// InstanceBuilds is one instance of it.
	InstanceBuilds struct {
		InstanceID     admission.InstanceID `json:"instanceId"`
		Name           string               `json:"name"`
		RequiredBuild  string               `json:"requiredBuild"`
		AcceptedBuilds []AcceptedBuild      `json:"acceptedBuilds"`
		Clients        []BuildClients       `json:"clients"`
	}
	// BuildClients counts the clients of one build, the most first.
	BuildClients struct {
		Build string `json:"build"`
		Count int    `json:"count"`
	}
)

// NewListed returns a place as operators read it.
func NewListed(p admission.Listed, accountName string) Listed {
	return Listed{
		InstanceID: p.Instance, SessionID: p.Session, AttemptID: p.Attempt, AccountID: p.Account, AccountName: accountName,
		CharacterID: p.Character, CharacterName: p.CharacterName, State: p.State, Build: p.Build, Position: p.Position,
		MissedClaims: p.Missed, QueuedAt: Optional(p.QueuedAt), SeatedAt: Optional(p.SeatedAt),
	}
}
