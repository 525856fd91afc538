package ticket_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"gatekeeper/admission"
	"gatekeeper/admission/ticket"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func key(t *testing.T) ticket.Key {
	t.Helper()
	k, err := ticket.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestATicketSaysWhoSitsWhere(t *testing.T) {
	k := key(t)
	stored, err := ticket.ParseKey(k.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	token, err := stored.Sign("https://gate", admission.Seated{
		Instance: "main", Account: "a", Session: "s", Character: "c", CharacterName: "Ana",
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	claims, err := ticket.Verify(token, k.Public(), "https://gate", "main", now)
	if err != nil || claims.Subject != "a" || claims.Session != "s" || claims.CharacterName != "Ana" || claims.ID == "" {
		t.Errorf("the ticket says %+v, %v", claims, err)
	}
}

func TestTheAudienceIsOneTextAsTheContractSays(t *testing.T) {
	token, err := key(t).Sign("https://gate", admission.Seated{Instance: "main"}, now)
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	payload := part(t, token, 1)
	if json.Unmarshal(payload, &claims) != nil || claims["aud"] != "main" {
		t.Errorf("the ticket says %s", payload)
	}
}

func header(t *testing.T, token string) []byte { return part(t, token, 0) }

func part(t *testing.T, token string, i int) []byte {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[i])
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestBadTicketsAreRefused(t *testing.T) {
	k := key(t)
	sign := func(k ticket.Key) string {
		token, err := k.Sign("https://gate", admission.Seated{Instance: "main"}, now)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	claims := jwt.MapClaims{"iss": "https://gate", "aud": "main", "exp": now.Add(time.Minute).Unix()}
	unsigned, _ := jwt.NewWithClaims(jwt.SigningMethodNone, claims).SignedString(jwt.UnsafeAllowNoneSignatureType)
	confused, _ := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(k.Public()))
	for name, bad := range map[string]struct {
		token, issuer string
		instance      admission.InstanceID
		at            time.Time
	}{
		"of another key":                 {sign(key(t)), "https://gate", "main", now},
		"for another instance":           {sign(k), "https://gate", "other", now},
		"of another issuer":              {sign(k), "https://else", "main", now},
		"expired":                        {sign(k), "https://gate", "main", now.Add(ticket.Life)},
		"unsigned":                       {unsigned, "https://gate", "main", now},
		"signed with the public key":     {confused, "https://gate", "main", now},
		"cut short":                      {sign(k)[:40], "https://gate", "main", now},
		"with a byte changed in its end": {sign(k)[:len(sign(k))-4] + "AAAA", "https://gate", "main", now},
	} {
		if _, err := ticket.Verify(bad.token, k.Public(), bad.issuer, bad.instance, bad.at); err == nil {
			t.Errorf("a ticket %s is accepted", name)
		}
	}
}

func TestTheKeySetNamesTheKeyOfATicket(t *testing.T) {
	k := key(t)
	data, err := ticket.JWKS(k)
	if err != nil {
		t.Fatal(err)
	}
	var set struct{ Keys []map[string]string }
	if err := json.Unmarshal(data, &set); err != nil {
		t.Fatal(err)
	}
	token, _ := k.Sign("x", admission.Seated{}, now)
	parsed, _, err := jwt.NewParser().ParseUnverified(token, jwt.MapClaims{})
	if err != nil || parsed.Header["kid"] != set.Keys[0]["kid"] || set.Keys[0]["alg"] != "EdDSA" {
		t.Errorf("the set is %s, the header %v", data, parsed.Header)
	}
}
