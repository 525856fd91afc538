package ticket

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"gatekeeper/admission"
)

// How keys follow one another.
const (
	// Term is how long a key signs.
	Term = 30 * 24 * time.Hour
	// Lead is how long the next key is published before it signs, so that whoever keeps the set for a day knows it by then.
	Lead = 24 * time.Hour
	// Overlap is how long a key stays published after the next has taken over: far longer than any ticket of it lives.
	Overlap = time.Hour
)

// Ring is the keys of one moment: the one that signs, the next, and the last. It never changes, so that it can be read
// without a lock; [Ring.Turned] returns the one that follows.
type Ring struct {
	terms []term // in order of their beginning; at least one, of which the first has begun
	jwks  []byte
}

// term is a key and from when on it signs.
type term struct {
	key  Key
	from time.Time
}

// storedTerm is a term as it is kept.
type storedTerm struct {
	Seed []byte `json:"seed"`
	From int64  `json:"from"` // milliseconds
}

// NewRing makes a ring of one key that signs at once: there is nobody yet who knows another.
func NewRing(now time.Time) (*Ring, error) {
	key, err := NewKey()
	if err != nil {
		return nil, err
	}
	return newRing([]term{{key, now}})
}

// ParseRing reads what [Ring.Marshal] wrote. A single key, as early versions kept one, begins its term now.
func ParseRing(data []byte, now time.Time) (*Ring, error) {
	if len(data) == ed25519.SeedSize {
		key, err := ParseKey(data)
		if err != nil {
			return nil, err
		}
		return newRing([]term{{key, now}})
	}
	var stored []storedTerm
	if err := json.Unmarshal(data, &stored); err != nil || len(stored) == 0 {
		return nil, fmt.Errorf("the stored ticket keys cannot be read (%d keys, %w)", len(stored), err)
	}
	terms := make([]term, len(stored))
	for i, s := range stored {
		key, err := ParseKey(s.Seed)
		if err != nil {
			return nil, err
		}
		terms[i] = term{key, time.UnixMilli(s.From)}
	}
	return newRing(terms)
}

func newRing(terms []term) (*Ring, error) {
	keys := make([]Key, len(terms))
	for i, t := range terms {
		keys[i] = t.key
	}
	jwks, err := JWKS(keys...)
	return &Ring{terms, jwks}, err
}

// Marshal returns the secrets to store.
func (r *Ring) Marshal() ([]byte, error) {
	stored := make([]storedTerm, len(r.terms))
	for i, t := range r.terms {
		stored[i] = storedTerm{t.key.Marshal(), t.from.UnixMilli()}
	}
	return json.Marshal(stored)
}

// JWKS returns the public keys as the JSON that game servers fetch.
func (r *Ring) JWKS() []byte { return r.jwks }

// Turned returns the ring as it is to be now, and whether that is another one: with the next key once it is time to
// publish it, and without those that nobody can hold a ticket of any more. It must be stored before it is used.
func (r *Ring) Turned(now time.Time) (turned *Ring, isAnother bool, err error) {
	terms := slices.Clone(r.terms)
	for len(terms) > 1 && !now.Before(terms[1].from.Add(Overlap)) {
		terms = terms[1:]
	}
	if last := terms[len(terms)-1]; !now.Before(last.from.Add(Term - Lead)) {
		key, err := NewKey()
		if err != nil {
			return nil, false, err
		}
		from := last.from.Add(Term)
		if soonest := now.Add(Lead); from.Before(soonest) { // nobody turned it for a while
			from = soonest
		}
		terms = append(terms, term{key, from})
	}
	if len(terms) == len(r.terms) && terms[0].from.Equal(r.terms[0].from) {
		return r, false, nil
	}
	turned, err = newRing(terms)
	return turned, true, err
}

// signer is the key whose term it is.
func (r *Ring) signer(now time.Time) Key {
	for _, t := range slices.Backward(r.terms) {
		if !now.Before(t.from) {
			return t.key
		}
	}
	return r.terms[0].key // the clock went back
}

// Sign signs a ticket for a seat; see [Key.Sign].
func (r *Ring) Sign(issuer string, s admission.Seated, now time.Time) (string, error) {
	return r.signer(now).Sign(issuer, s, now)
}

// Verify checks a ticket of whichever instance by the published keys. Errors: those of [Verify], of which jwt.ErrTokenExpired
// says that there was nothing else wrong with it.
func (r *Ring) Verify(token, issuer string, now time.Time) (*Claims, error) {
	return verify(token, r.published, now, jwt.WithIssuer(issuer))
}

// published finds the key that a ticket names.
func (r *Ring) published(token *jwt.Token) (any, error) {
	for _, t := range r.terms {
		if token.Header["kid"] == t.key.id {
			return t.key.Public(), nil
		}
	}
	return nil, fmt.Errorf("no key is called %.64q", token.Header["kid"])
}
