package wire

import "gatekeeper/admission"

// Messages of the players' calls.
type (
	// Credentials register or log in; a guest needs no password.
	Credentials struct {
		Name     string `json:"name"`
		Password string `json:"password"`
	}
	// Login answers them.
	Login struct {
		AccountID admission.AccountID `json:"accountId"`
		Name      string              `json:"name"`
		Token     string              `json:"token"`
		ExpiresAt Time                `json:"expiresAt"`
	}
	// OwnPassword changes the password of whoever is logged in.
	OwnPassword struct {
		Password    string `json:"password"`
		NewPassword string `json:"newPassword"`
	}
	// OtherPassword changes the password of whoever is not, and logs in.
	OtherPassword struct {
		Credentials
		NewPassword string `json:"newPassword"`
	}
	// Farewell deletes an account; one without a password needs none.
	Farewell struct {
		Password string `json:"password"`
	}
	// AuthConfig tells a client what it may offer.
	AuthConfig struct {
		Local  bool  `json:"local"`
		Guests bool  `json:"guests"`
		OIDC   *OIDC `json:"oidc"`
	}
	// OIDC is what a client needs to log in at a provider.
	OIDC struct {
		Issuer   string   `json:"issuer"`
		ClientID string   `json:"clientId"`
		Scopes   []string `json:"scopes"`
	}
	// CharacterName makes a character.
	CharacterName struct {
		Name string `json:"name"`
	}
	// ActiveCharacter chooses one; null chooses none.
	ActiveCharacter struct {
		CharacterID *admission.CharacterID `json:"characterId"`
	}
	// Character is a character.
	Character struct {
		CharacterID admission.CharacterID `json:"characterId"`
		Name        string                `json:"name"`
		Suspended   bool                  `json:"suspended"`
		CreatedAt   Time                  `json:"createdAt"`
	}
	// Me is the player's own account.
	Me struct {
		AccountID         admission.AccountID    `json:"accountId"`
		Name              string                 `json:"name"`
		Characters        []Character            `json:"characters"`
		ActiveCharacterID *admission.CharacterID `json:"activeCharacterId"`
		// IsGuest says that the account has no name to log in with: with its last token it is lost.
		IsGuest bool `json:"isGuest"`
		// HasPassword says whether there is one to change, and to give to delete the account.
		HasPassword bool `json:"hasPassword"`
	}
	// Instances lists what players may join.
	Instances struct {
		Instances []Instance `json:"instances"`
	}
	// Instance is an instance as players see it.
	Instance struct {
		InstanceID    admission.InstanceID `json:"instanceId"`
		Name          string               `json:"name"`
		State         admission.Mode       `json:"state"`
		Capacity      int                  `json:"capacity"`
		SeatsTaken    int                  `json:"seatsTaken"`
		QueueDepth    int                  `json:"queueDepth"`
		QueueMax      int                  `json:"queueMax"`
		RequiredBuild string               `json:"requiredBuild"`
		Message       string               `json:"message"`
		// GameURL is where the game is; a client adds the ticket as its fragment.
		GameURL         string          `json:"gameUrl"`
		GameServerState GameServerState `json:"gameServerState"`
	}
	// GameServerState is whether an instance's game server answers.
	GameServerState string
)

// The states of a game server.
const (
	GameServerUnlinked GameServerState = "unlinked" // it never sent a heartbeat, and need not
	GameServerUp       GameServerState = "up"
	GameServerSilent   GameServerState = "silent"
)

// NewCharacter returns a character as its player sees it.
func NewCharacter(row admission.CharacterRow) Character {
	return Character{row.ID, row.Name, row.Suspended, Time(row.CreatedAt)}
}
