package auth

import (
	"crypto/rand"
	"encoding/base64"
)

// NewPlayerToken returns a player token: 256 random bits behind a prefix that secret scanners can find.
func NewPlayerToken() string { return NewKey("gkp_") }

// NewKey returns 256 random bits behind a prefix that tells what they are for.
func NewKey(prefix string) string {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails: it ends the process instead
	return prefix + base64.RawURLEncoding.EncodeToString(random[:])
}
