package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
)

// How the provider is asked.
const (
	askPatience  = 5 * time.Second
	refreshEvery = time.Hour
	// refreshPause is the least between two fetches, whoever asks for them.
	refreshPause = 10 * time.Second
	firstRetry   = time.Second
	lastRetry    = time.Minute
	// unknownPatience is how long a token of an unknown key waits for newer ones.
	unknownPatience = 2 * time.Second
	maxDocument     = 1 << 20
)

// providerAlgorithms are those with a public key. A provider's key set cannot make a token good that is signed with a secret.
var providerAlgorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}

// Provider is an OIDC provider and its keys.
type Provider struct {
	*Verifier
	issuer string
	client *http.Client

	set       atomic.Pointer[keyfunc.Keyfunc] // nil = none was had yet
	endpoints atomic.Pointer[[]string]        // origins that a page talks to; nil = not known yet
	wanted    chan struct{}                   // holds one while somebody asks for newer keys

	mu      sync.Mutex    // guards fetched
	fetched chan struct{} // closed at the next fetch, and then made anew
}

// NewProvider returns a provider that [Provider.Run] asks for its keys. It is at the issuer's address.
func NewProvider(rules Rules, now func() time.Time) (*Provider, error) {
	if u, err := url.Parse(rules.Issuer); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return nil, fmt.Errorf("the issuer %q must be an http or https address", rules.Issuer)
	}
	p := &Provider{
		issuer: rules.Issuer, wanted: make(chan struct{}, 1), fetched: make(chan struct{}),
		client: &http.Client{Timeout: askPatience},
	}
	p.Verifier = newVerifier(rules, p, providerAlgorithms, now)
	return p, nil
}

// Origins are those of the provider that a page has to talk to: its own, and that of its endpoints once they are known.
func (p *Provider) Origins() []string {
	if known := p.endpoints.Load(); known != nil {
		return *known
	}
	return []string{originOf(p.issuer)}
}

func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// Run fetches the keys until ctx ends: at once, every hour, and where a token names one that is not known. failed hears of
// what fails, and it is tried again.
func (p *Provider) Run(ctx context.Context, failed func(error)) {
	retry := firstRetry
	for {
		wait := refreshEvery
		if err := p.fetch(ctx); err != nil && ctx.Err() == nil {
			failed(err)
			wait, retry = retry, min(2*retry, lastRetry)
		} else {
			retry = firstRetry
		}
		p.tellFetched()
		if !p.rest(ctx, min(wait, refreshPause), nil) || !p.rest(ctx, wait-refreshPause, p.wanted) {
			return
		}
	}
}

// rest waits, or until somebody wants keys; it reports false when ctx ends.
func (p *Provider) rest(ctx context.Context, wait time.Duration, wanted <-chan struct{}) bool {
	if wait <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-wanted:
	case <-ctx.Done():
		return false
	}
	return true
}

func (p *Provider) tellFetched() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.fetched)
	p.fetched = make(chan struct{})
}

// refresh implements keys.
func (p *Provider) refresh(ctx context.Context) bool {
	p.mu.Lock()
	next := p.fetched
	p.mu.Unlock()
	select {
	case p.wanted <- struct{}{}:
	default:
	}
	timer := time.NewTimer(unknownPatience)
	defer timer.Stop()
	select {
	case <-next:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// key implements keys.
func (p *Provider) key(token *jwt.Token) (any, error) {
	set := p.set.Load()
	if set == nil {
		return nil, ErrNoKeys
	}
	key, err := (*set).Keyfunc(token)
	if err != nil {
		return nil, errors.Join(errUnknownKey, err)
	}
	return key, nil
}

// document is what matters of a provider's description.
type document struct {
	Issuer        string `json:"issuer"`
	Keys          string `json:"jwks_uri"`
	Authorization string `json:"authorization_endpoint"`
	Token         string `json:"token_endpoint"`
	EndSession    string `json:"end_session_endpoint"`
}

// fetch asks for the description and the keys. What was had before stays in force where either fails.
func (p *Provider) fetch(ctx context.Context) error {
	var d document
	if err := p.get(ctx, strings.TrimSuffix(p.issuer, "/")+"/.well-known/openid-configuration", &d); err != nil {
		return err
	}
	if d.Issuer != p.issuer {
		return fmt.Errorf("the provider calls itself %q and not %q", d.Issuer, p.issuer)
	}
	var raw json.RawMessage
	if err := p.get(ctx, d.Keys, &raw); err != nil {
		return err
	}
	set, err := keyfunc.NewJWKSetJSON(raw)
	if err != nil {
		return fmt.Errorf("read the provider's keys: %w", err)
	}
	p.set.Store(&set)
	var origins []string
	for _, address := range []string{p.issuer, d.Token} {
		if origin := originOf(address); origin != "" {
			origins = append(origins, origin)
		}
	}
	p.endpoints.Store(&origins)
	return nil
}

func (p *Provider) get(ctx context.Context, address string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("ask the provider: %w", err)
	}
	response, err := p.client.Do(r)
	if err != nil {
		return fmt.Errorf("ask the provider: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the provider answers %s to %s", response.Status, address)
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxDocument)).Decode(into); err != nil {
		return fmt.Errorf("read what the provider says: %w", err)
	}
	return nil
}
