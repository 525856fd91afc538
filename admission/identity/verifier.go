package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/golang-jwt/jwt/v5"
)

// Player is who somebody else vouches for.
type Player struct {
	Issuer, Subject string
	// Name is what the player is called there; "" = it is not told.
	Name    string
	Expires time.Time
}

// Errors of a token.
var (
	// ErrRefused is a token that is not good.
	ErrRefused = errors.New("the token is not good")
	// ErrNoKeys is a token that cannot be judged: the provider's keys have not been had yet.
	ErrNoKeys = errors.New("the provider's keys are not known yet")

	// errUnknownKey is a token of a key that the provider had not published when it was asked last.
	errUnknownKey = errors.New("nobody knows the token's key")
)

const (
	// maxToken is how long a token may be, in bytes.
	maxToken = 8 << 10
	// Leeway is how far the signer's clock may be off: so long a token is good beyond its end.
	Leeway = 30 * time.Second
	// maxText bounds what is kept of a claim, in bytes: a subject must fit as it is, a name is cut.
	maxText = 255
	maxName = 32 // characters
)

// Rules are what a token must say.
type Rules struct {
	Issuer string
	// Audiences are those that it may be for: one of them is enough.
	Audiences []string
	// SubjectClaim names the claim that tells players apart, NameClaim what they are called.
	SubjectClaim, NameClaim string
}

// keys finds the key that a token names, if it is there already.
type keys interface {
	key(*jwt.Token) (any, error)
	// refresh asks for newer keys and reports whether there may be some now. It returns within a moment.
	refresh(ctx context.Context) bool
}

// Verifier checks tokens of one issuer. Its methods may be called concurrently.
type Verifier struct {
	rules  Rules
	keys   keys
	parser *jwt.Parser
	now    func() time.Time
	known  *known
}

func newVerifier(rules Rules, keys keys, algorithms []string, now func() time.Time) *Verifier {
	return &Verifier{
		rules: rules, keys: keys, now: now, known: newKnown(),
		parser: jwt.NewParser(jwt.WithValidMethods(algorithms), jwt.WithIssuer(rules.Issuer), jwt.WithExpirationRequired(),
			jwt.WithLeeway(Leeway), jwt.WithAudience(rules.Audiences...), jwt.WithTimeFunc(now)),
	}
}

// Looks reports whether a text has the form of a token, so that it is worth checking.
func Looks(token string) bool {
	return len(token) <= maxToken && strings.Count(token, ".") == 2
}

// Verify tells whose token it is. Errors: ErrRefused, ErrNoKeys.
func (v *Verifier) Verify(ctx context.Context, token string) (Player, error) {
	if !Looks(token) {
		return Player{}, ErrRefused
	}
	id, now := hashOf(token), v.now()
	if p, isKnown := v.known.find(id, now); isKnown {
		return p, nil
	}
	p, err := v.check(token)
	if isAboutKeys := errors.Is(err, ErrNoKeys) || errors.Is(err, errUnknownKey); isAboutKeys && v.keys.refresh(ctx) {
		p, err = v.check(token)
	}
	if err != nil {
		return Player{}, err
	}
	v.known.keep(id, p, now)
	return p, nil
}

func (v *Verifier) check(token string) (Player, error) {
	claims := jwt.MapClaims{}
	parsed, err := v.parser.ParseWithClaims(token, claims, v.keys.key)
	switch {
	case errors.Is(err, ErrNoKeys):
		return Player{}, ErrNoKeys
	case err != nil:
		return Player{}, fmt.Errorf("%w: %w", ErrRefused, err)
	case !isPlayerToken(parsed.Header["typ"]):
		return Player{}, fmt.Errorf("%w: it is a token for something else", ErrRefused)
	}
	return v.player(claims)
}

// isPlayerToken wants an ID token or an access token (RFC 9068), and none of a log-out, a proof or an event.
func isPlayerToken(kind any) bool {
	text, isText := kind.(string)
	switch strings.ToLower(strings.TrimPrefix(strings.ToLower(text), "application/")) {
	case "jwt", "at+jwt", "":
		return isText || kind == nil
	}
	return false
}

func (v *Verifier) player(claims jwt.MapClaims) (Player, error) {
	subject, _ := claims[v.rules.SubjectClaim].(string)
	if subject == "" || len(subject) > maxText {
		return Player{}, fmt.Errorf("%w: the claim %s is missing", ErrRefused, v.rules.SubjectClaim)
	}
	expires, err := claims.GetExpirationTime()
	if err != nil || expires == nil {
		return Player{}, ErrRefused
	}
	return Player{v.rules.Issuer, subject, v.name(claims), expires.Time}, nil
}

// name takes the claim that is configured, or another that tells a name, as far as it can be shown.
func (v *Verifier) name(claims jwt.MapClaims) string {
	for _, claim := range []string{v.rules.NameClaim, "preferred_username", "nickname", "name"} {
		text, _ := claims[claim].(string)
		if text = shown(text); text != "" {
			return text
		}
	}
	return ""
}

func shown(text string) string {
	printable := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, strings.ToValidUTF8(text, ""))
	runes := []rune(strings.TrimSpace(printable))
	return strings.TrimSpace(string(runes[:min(len(runes), maxName)]))
}
