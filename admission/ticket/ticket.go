// Package ticket signs what a player shows to the game server, and publishes the keys to check it with.
package ticket

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"gatekeeper/admission"
)

// Life is how long a ticket is good.
const Life = 60 * time.Second

// Claims are what a ticket says. The subject is the account.
type Claims struct {
	jwt.RegisteredClaims
	// Instance is the audience: one text, where the library would write a list, which naive game servers trip over.
	Instance      admission.InstanceID  `json:"aud"`
	Session       admission.SessionID   `json:"sid"`
	Character     admission.CharacterID `json:"cid"`
	CharacterName string                `json:"cname"`
}

// GetAudience is for the library, which checks it.
func (c Claims) GetAudience() (jwt.ClaimStrings, error) {
	return jwt.ClaimStrings{string(c.Instance)}, nil
}

// Key signs tickets with Ed25519. Its id is the thumbprint of RFC 7638.
type Key struct {
	private ed25519.PrivateKey
	id      string
}

// NewKey makes a key.
func NewKey() (Key, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return Key{}, fmt.Errorf("make a ticket key: %w", err)
	}
	return newKey(private), nil
}

// ParseKey reads what [Key.Marshal] wrote.
func ParseKey(data []byte) (Key, error) {
	if len(data) != ed25519.SeedSize {
		return Key{}, errors.New("a stored ticket key has the wrong size")
	}
	return newKey(ed25519.NewKeyFromSeed(data)), nil
}

func newKey(private ed25519.PrivateKey) Key {
	k := Key{private: private}
	sum := sha256.Sum256(fmt.Appendf(nil, `{"crv":"Ed25519","kty":"OKP","x":"%s"}`, k.x()))
	k.id = base64.RawURLEncoding.EncodeToString(sum[:])
	return k
}

// Marshal returns the secret to store.
func (k Key) Marshal() []byte { return k.private.Seed() }

// Public returns the key that checks tickets.
func (k Key) Public() ed25519.PublicKey { return k.private.Public().(ed25519.PublicKey) }

func (k Key) x() string { return base64.RawURLEncoding.EncodeToString(k.Public()) }

// Sign signs a ticket for a seat.
func (k Key) Sign(issuer string, s admission.Seated, now time.Time) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, Claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuer, Subject: string(s.Account),
			ID: uuid.NewString(), IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(Life)),
		},
		Instance: s.Instance, Session: s.Session, Character: s.Character, CharacterName: s.CharacterName,
	})
	token.Header["kid"] = k.id
	return token.SignedString(k.private)
}

// JWKS returns the public keys as the JSON that game servers fetch.
func JWKS(keys ...Key) ([]byte, error) {
	type jwk struct {
		Type      string `json:"kty"`
		Curve     string `json:"crv"`
		X         string `json:"x"`
		ID        string `json:"kid"`
		Algorithm string `json:"alg"`
		Use       string `json:"use"`
	}
	set := struct {
		Keys []jwk `json:"keys"`
	}{Keys: []jwk{}}
	for _, k := range keys {
		set.Keys = append(set.Keys, jwk{"OKP", "Ed25519", k.x(), k.id, "EdDSA", "sig"})
	}
	return json.Marshal(set)
}

// Verify checks a ticket as a game server would: pinned algorithm, issuer, audience and expiry.
func Verify(token string, key ed25519.PublicKey, issuer string, instance admission.InstanceID, now time.Time) (*Claims, error) {
	return verify(token, func(*jwt.Token) (any, error) { return key, nil }, now, jwt.WithIssuer(issuer), jwt.WithAudience(string(instance)))
}

func verify(token string, key jwt.Keyfunc, now time.Time, wanted ...jwt.ParserOption) (*Claims, error) {
	var claims Claims
	_, err := jwt.ParseWithClaims(token, &claims, key, append(wanted, jwt.WithValidMethods([]string{"EdDSA"}),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(func() time.Time { return now }))...)
	if err != nil {
		return nil, fmt.Errorf("check a ticket: %w", err)
	}
	return &claims, nil
}
