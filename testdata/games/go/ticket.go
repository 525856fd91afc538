package main

import (
	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
)

// ticket is what gatekeeper says of a player. The subject is the account.
type ticket struct {
	jwt.RegisteredClaims
	Instance      string `json:"aud"`
	Session       string `json:"sid"`
	Character     string `json:"cid"`
	CharacterName string `json:"cname"`
}

// GetAudience is for the library.
func (t ticket) GetAudience() (jwt.ClaimStrings, error) { return jwt.ClaimStrings{t.Instance}, nil }

// check verifies a ticket without asking anybody: the keys were fetched before, and are again when one is new.
func check(keys keyfunc.Keyfunc, text, gatekeeper, instance string) (t ticket, err error) {
	_, err = jwt.ParseWithClaims(text, &t, keys.Keyfunc, jwt.WithValidMethods([]string{"EdDSA"}),
		jwt.WithIssuer(gatekeeper), jwt.WithAudience(instance), jwt.WithExpirationRequired())
	return t, err
}
