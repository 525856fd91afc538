package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"gatekeeper/admission/identity"
	"gatekeeper/admission/wire"
)

// oidcFlags say where players log in who have an account elsewhere.
type oidcFlags struct {
	Issuer       string   `env:"GATEKEEPER_OIDC_ISSUER" placeholder:"URL" help:"OIDC provider whose access or ID tokens are player tokens; needs --auth oidc."`
	ClientID     string   `env:"GATEKEEPER_OIDC_CLIENT_ID" placeholder:"ID" help:"Client by which the player page logs in there."`
	Audience     []string `env:"GATEKEEPER_OIDC_AUDIENCE" placeholder:"AUD" help:"What tokens may be for; without it the client id."`
	Scopes       []string `default:"openid,profile" env:"GATEKEEPER_OIDC_SCOPES" help:"What the player page asks for (${default})."`
	SubjectClaim string   `default:"sub" env:"GATEKEEPER_OIDC_SUBJECT_CLAIM" help:"Claim that tells players apart (${default})."`
	NameClaim    string   `default:"preferred_username" env:"GATEKEEPER_OIDC_NAME_CLAIM" help:"Claim with a player's name (${default})."`
}

// jwtFlags say how a studio's own backend vouches for players.
type jwtFlags struct {
	SecretFile string   `env:"GATEKEEPER_JWT_SECRET_FILE" placeholder:"FILE" help:"Secret by which the studio's backend signs player tokens (HS256), at least 32 bytes; or the environment's GATEKEEPER_JWT_SECRET. Needs --auth jwt."`
	KeyFile    string   `env:"GATEKEEPER_JWT_KEY_FILE" placeholder:"FILE" help:"Public key for them instead, in PEM: RSA, P-256 or Ed25519."`
	Issuer     string   `env:"GATEKEEPER_JWT_ISSUER" placeholder:"ISS" help:"Who signs them, as they say themselves."`
	Audience   []string `env:"GATEKEEPER_JWT_AUDIENCE" placeholder:"AUD" help:"What they may be for."`
}

const secretVar = "GATEKEEPER_JWT_SECRET"

// Ways to log in, as --auth names them.
const (
	wayLocal = "local"
	wayGuest = "guest"
	wayOIDC  = "oidc"
	wayJWT   = "jwt"
)

var ways = []string{wayLocal, wayGuest, wayOIDC, wayJWT}

// validateIdentity finds what is missing to have somebody else vouch for players.
func (s *serve) validateIdentity() error {
	for _, way := range s.Auth {
		if !slices.Contains(ways, way) {
			return fmt.Errorf("--auth %q must be local, guest, oidc or jwt", way)
		}
	}
	if slices.Contains(s.Auth, wayOIDC) {
		switch {
		case s.OIDC.Issuer == "" || s.OIDC.ClientID == "" && len(s.OIDC.Audience) == 0:
			return fmt.Errorf("--auth oidc needs --oidc-issuer, and --oidc-client-id or --oidc-audience")
		case slices.Contains(s.Auth, wayJWT):
			return fmt.Errorf("--auth takes oidc or jwt, not both: each is about whose tokens are players' tokens")
		}
	}
	if slices.Contains(s.Auth, wayJWT) {
		hasSecret := s.JWT.SecretFile != "" || os.Getenv(secretVar) != ""
		if s.JWT.Issuer == "" || len(s.JWT.Audience) == 0 || hasSecret == (s.JWT.KeyFile != "") {
			return fmt.Errorf("--auth jwt needs --jwt-issuer, --jwt-audience, and either --jwt-secret-file or --jwt-key-file")
		}
	}
	return nil
}

// outside is who else vouches for players.
type outside struct {
	*identity.Verifier
	provider *identity.Provider // nil = a backend that is asked nothing
	logIn    *wire.OIDC
}

// newOutside returns nil where nobody else vouches.
func newOutside(s *serve) (*outside, error) {
	switch {
	case slices.Contains(s.Auth, wayOIDC):
		return newProvider(&s.OIDC)
	case slices.Contains(s.Auth, wayJWT):
		v, err := newBackend(&s.JWT)
		return &outside{Verifier: v}, err
	}
	return nil, nil
}

func newProvider(f *oidcFlags) (*outside, error) {
	audiences := f.Audience
	if len(audiences) == 0 {
		audiences = []string{f.ClientID}
	}
	p, err := identity.NewProvider(identity.Rules{
		Issuer: f.Issuer, Audiences: audiences, SubjectClaim: f.SubjectClaim, NameClaim: f.NameClaim,
	}, time.Now)
	if err != nil {
		return nil, fmt.Errorf("--oidc-issuer: %w", err)
	}
	o := &outside{Verifier: p.Verifier, provider: p}
	if f.ClientID != "" {
		o.logIn = &wire.OIDC{Issuer: f.Issuer, ClientID: f.ClientID, Scopes: f.Scopes}
	}
	return o, nil
}

func newBackend(f *jwtFlags) (*identity.Verifier, error) {
	rules := identity.Rules{Issuer: f.Issuer, Audiences: f.Audience, SubjectClaim: "sub", NameClaim: "name"}
	if f.KeyFile != "" {
		text, err := readAtMost(f.KeyFile, maxKeyFile)
		if err != nil {
			return nil, fmt.Errorf("--jwt-key-file: %w", err)
		}
		v, err := identity.NewKeyVerifier(rules, text, time.Now)
		if err != nil {
			return nil, fmt.Errorf("--jwt-key-file %s: %w", f.KeyFile, err)
		}
		return v, nil
	}
	secret := []byte(os.Getenv(secretVar))
	if f.SecretFile != "" {
		var err error
		if secret, err = readAtMost(f.SecretFile, maxKeyFile); err != nil {
			return nil, fmt.Errorf("--jwt-secret-file: %w", err)
		}
	}
	v, err := identity.NewSecretVerifier(rules, bytes.TrimSpace(secret), time.Now)
	if err != nil {
		return nil, fmt.Errorf("--jwt-secret-file: %w", err)
	}
	return v, nil
}

// maxKeyFile is how long a file with a key or a secret may be.
const maxKeyFile = 64 << 10

// LogIn is for the door.
func (o *outside) LogIn() *wire.OIDC { return o.logIn }

// run asks the provider for its keys until ctx ends.
func (o *outside) run(ctx context.Context, failed func(error)) {
	if o != nil && o.provider != nil {
		o.provider.Run(ctx, failed)
	}
}

// origins are those that the player page talks to beside its own.
func (o *outside) origins() []string {
	if o == nil || o.provider == nil || o.logIn == nil {
		return nil
	}
	return o.provider.Origins()
}
