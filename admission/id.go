package admission

import (
	"crypto/sha256"
	"time"
)

// Ids are types, so that one cannot stand where another is meant.
type (
	// InstanceID names a game instance, CharacterID a character; both match [ValidID].
	InstanceID  string
	CharacterID string
	// AccountID, SessionID and AttemptID are UUIDs.
	AccountID string
	SessionID string
	AttemptID string
)

// Conn names an attached socket for as long as the process lives; 0 is none.
type Conn uint64

// PlaceKey is a place's row number: unique over all instances and restarts, and rising.
type PlaceKey int64

// TokenHash is the SHA-256 of a token; the token itself is never kept. The zero hash is none.
type TokenHash [sha256.Size]byte

// HashToken hashes a token as a client presents it.
func HashToken(token string) TokenHash { return sha256.Sum256([]byte(token)) }

// IsZero reports whether there is no token.
func (h TokenHash) IsZero() bool { return h == TokenHash{} }

// Minter brings what the engine may not make up itself: unguessable ids and row numbers.
// Its methods are called with an instance's or an account's lock held and must not block.
type Minter interface {
	// UUID returns a random version 4 UUID: 122 random bits, good for ids and tokens alike.
	UUID() string
	// PlaceKey returns the next unused row number.
	PlaceKey() PlaceKey
}

const maxID = 64

// ValidID reports whether s may name an instance or a character: ^[A-Za-z0-9_-]{1,64}$.
func ValidID(s string) bool {
	if len(s) == 0 || len(s) > maxID {
		return false
	}
	for i := range len(s) {
		if !isIDByte(s[i]) {
			return false
		}
	}
	return true
}

func isIDByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

// Times of the contract, fixed for every instance.
const (
	// AttemptLimit is how long an attempt may take by the server's own clock; the contract promises 10 s.
	AttemptLimit = 9500 * time.Millisecond
	// PresenceWindow is how long a queue place stays present without socket or poll.
	PresenceWindow = 30 * time.Second
	// AbsenceLimit is how long an absent place keeps its rank.
	AbsenceLimit = 60 * time.Second
	// OfferLife is how long a replaceToken is good.
	OfferLife = 30 * time.Second
	// DepartureMemory is how long the reason of an ended place is remembered.
	DepartureMemory = 10 * time.Minute
)
