package ticket_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"gatekeeper/admission/ticket"
)

// Ways to sign what a forger made up.
const (
	asItIs        = iota // the third argument is the signature's text
	withTheKey           // as only the server can
	withAnother          // Ed25519, but somebody else's
	withThePublic        // HMAC, with the public key as its secret
	ways
)

// FuzzTicket lets a forger choose the header, the claims and the way to sign them. Only what the key signed, for this
// instance, by this issuer and in time is a ticket.
func FuzzTicket(f *testing.F) {
	seed := []byte("a seed of thirty-two bytes, ever")
	k, err := ticket.ParseKey(seed)
	if err != nil {
		f.Fatal(err)
	}
	private, stranger := ed25519.NewKeyFromSeed(seed), ed25519.NewKeyFromSeed([]byte("another of thirty-two bytes here"))
	f.Fuzz(func(t *testing.T, header, claims, signature string, way uint8) {
		text := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
		switch way % ways {
		case withTheKey:
			signature = base64.RawURLEncoding.EncodeToString(ed25519.Sign(private, []byte(text)))
		case withAnother:
			signature = base64.RawURLEncoding.EncodeToString(ed25519.Sign(stranger, []byte(text)))
		case withThePublic:
			sum, err := jwt.SigningMethodHS256.Sign(text, []byte(k.Public()))
			if err != nil {
				t.Fatal(err)
			}
			signature = base64.RawURLEncoding.EncodeToString(sum)
		}
		token := text + "." + signature
		got, err := ticket.Verify(token, k.Public(), "https://gate", "main", now)
		again, errAgain := ticket.Verify(token, k.Public(), "https://gate", "main", now)
		if (err == nil) != (errAgain == nil) || err == nil && (got.ID != again.ID || got.Subject != again.Subject) {
			t.Errorf("%q is a ticket once: %v, %v", token, err, errAgain)
		}
		if err == nil && (!isGenuine(token, k.Public()) || !isMeant(header, claims)) {
			t.Errorf("%q with the claims %q is accepted as %+v", header, claims, got)
		}
	})
}

// isGenuine asks the standard library who signed the text.
func isGenuine(token string, key ed25519.PublicKey) bool {
	end := strings.LastIndexByte(token, '.')
	signature, err := base64.RawURLEncoding.DecodeString(token[end+1:])
	return err == nil && ed25519.Verify(key, []byte(token[:end]), signature)
}

// isMeant reads what a ticket must say in the plainest way.
func isMeant(header, claims string) bool {
	var h struct{ Alg string }
	var c struct {
		Iss, Aud string
		Exp, Nbf json.Number // the library takes a number in quotes, too
	}
	if json.Unmarshal([]byte(header), &h) != nil || json.Unmarshal([]byte(claims), &c) != nil {
		return false
	}
	expires, err := c.Exp.Float64()
	begins, _ := c.Nbf.Float64() // none = at once
	at := float64(now.Unix())
	return err == nil && h.Alg == "EdDSA" && c.Iss == "https://gate" && c.Aud == "main" && expires > at && begins <= at
}
