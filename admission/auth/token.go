package auth

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"strings"
)

// NewPlayerToken returns a player token: 256 random bits behind a prefix that secret scanners can find.
func NewPlayerToken() string { return NewKey("gkp_") }

// NewKey returns 256 random bits behind a prefix that tells what they are for.
func NewKey(prefix string) string {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails: it ends the process instead
	return prefix + base64.RawURLEncoding.EncodeToString(random[:])
}

// NewPassword returns a password of 80 random bits, in groups that can be read out.
func NewPassword() string {
	var random [10]byte
	_, _ = rand.Read(random[:]) // never fails: it ends the process instead
	text := strings.ToLower(base32.StdEncoding.EncodeToString(random[:]))
	return text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
}
