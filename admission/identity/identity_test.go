package identity

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	noon  = time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)
	rules = Rules{Issuer: "https://studio.example", Audiences: []string{"game", "other"}, SubjectClaim: "sub", NameClaim: "nick"}
)

// claims are those of a good token.
func claims(edit func(jwt.MapClaims)) jwt.MapClaims {
	c := jwt.MapClaims{
		"iss": "https://studio.example", "aud": "game", "sub": "ana-7", "nick": "Ana",
		"exp": noon.Add(time.Hour).Unix(), "iat": noon.Unix(),
	}
	if edit != nil {
		edit(c)
	}
	return c
}

func signed(t *testing.T, method jwt.SigningMethod, key any, c jwt.MapClaims, header map[string]any) string {
	t.Helper()
	token := jwt.NewWithClaims(method, c)
	for name, value := range header {
		token.Header[name] = value
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func secretVerifier(t *testing.T, now *time.Time) (*Verifier, []byte) {
	t.Helper()
	secret := []byte(strings.Repeat("s", 32))
	v, err := NewSecretVerifier(rules, secret, func() time.Time { return *now })
	if err != nil {
		t.Fatal(err)
	}
	return v, secret
}

func TestAGoodTokenTellsWhoItIs(t *testing.T) {
	now := noon
	v, secret := secretVerifier(t, &now)
	p, err := v.Verify(t.Context(), signed(t, jwt.SigningMethodHS256, secret, claims(nil), nil))
	want := Player{"https://studio.example", "ana-7", "Ana", noon.Add(time.Hour)}
	if err != nil || p.Subject != want.Subject || p.Name != want.Name || p.Issuer != want.Issuer || !p.Expires.Equal(want.Expires) {
		t.Errorf("it is %+v, %v", p, err)
	}
}

func TestTokensThatAreNotGoodAreRefused(t *testing.T) {
	now := noon
	v, secret := secretVerifier(t, &now)
	hs := func(c jwt.MapClaims, header map[string]any) string {
		return signed(t, jwt.SigningMethodHS256, secret, c, header)
	}
	set := func(name string, value any) jwt.MapClaims { return claims(func(c jwt.MapClaims) { c[name] = value }) }
	without := func(name string) jwt.MapClaims { return claims(func(c jwt.MapClaims) { delete(c, name) }) }
	for name, token := range map[string]string{
		"of another secret":       signed(t, jwt.SigningMethodHS256, []byte(strings.Repeat("x", 32)), claims(nil), nil),
		"unsigned":                signed(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims(nil), nil),
		"by another algorithm":    signed(t, jwt.SigningMethodHS512, secret, claims(nil), nil),
		"of another issuer":       hs(set("iss", "https://else.example"), nil),
		"for somebody else":       hs(set("aud", "shop"), nil),
		"expired":                 hs(set("exp", noon.Add(-31*time.Second).Unix()), nil),
		"without an end":          hs(without("exp"), nil),
		"not yet good":            hs(set("nbf", noon.Add(time.Minute).Unix()), nil),
		"without a subject":       hs(without("sub"), nil),
		"whose subject is none":   hs(set("sub", 7), nil),
		"whose subject is long":   hs(set("sub", strings.Repeat("x", 256)), nil),
		"for a log-out":           hs(claims(nil), map[string]any{"typ": "logout+jwt"}),
		"whose kind is no text":   hs(claims(nil), map[string]any{"typ": 7}),
		"that is too long":        hs(set("nick", strings.Repeat("x", maxToken)), nil),
		"that is no token at all": "hello",
	} {
		if _, err := v.Verify(t.Context(), token); !errors.Is(err, ErrRefused) {
			t.Errorf("a token %s: %v", name, err)
		}
	}
	for kind, token := range map[string]string{
		"access token":           hs(claims(nil), map[string]any{"typ": "at+jwt"}),
		"access token, in full":  hs(claims(nil), map[string]any{"typ": "application/at+jwt"}),
		"for several":            hs(set("aud", []string{"shop", "other"}), nil),
		"by a clock that is off": hs(set("exp", noon.Add(-29*time.Second).Unix()), nil),
	} {
		if _, err := v.Verify(t.Context(), token); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestATokenIsKnownUntilItExpires(t *testing.T) {
	now := noon
	v, secret := secretVerifier(t, &now)
	first, second := signed(t, jwt.SigningMethodHS256, secret, claims(nil), nil), signed(t, jwt.SigningMethodHS256, secret, claims(func(c jwt.MapClaims) { c["sub"] = "ben" }), nil)
	for _, token := range []string{first, second, first} {
		if _, err := v.Verify(t.Context(), token); err != nil {
			t.Fatal(err)
		}
	}
	if len(v.known.players) != 2 {
		t.Errorf("%d tokens are known", len(v.known.players))
	}
	now = noon.Add(2 * time.Hour)
	if _, err := v.Verify(t.Context(), second); !errors.Is(err, ErrRefused) {
		t.Error("an expired token is still known:", err)
	}
}

func TestHowManyTokensAreKnownIsBounded(t *testing.T) {
	k := newKnown()
	for i := range maxKnown + 1000 {
		k.keep(hashOf(fmt.Sprint(i)), Player{Expires: noon.Add(time.Hour)}, noon)
	}
	if len(k.players) > maxKnown {
		t.Errorf("%d are known", len(k.players))
	}
}

func TestNamesAreMadeFitToBeShown(t *testing.T) {
	for given, want := range map[string]string{
		" Ana ": "Ana", "A\nna\x00": "Ana", "\u202eevil": "evil", strings.Repeat("ä", 40): strings.Repeat("ä", 32), "\xff": "", "\t": "",
	} {
		if got := shown(given); got != want {
			t.Errorf("%q is shown as %q", given, got)
		}
	}
}

func TestASecretMustBeLong(t *testing.T) {
	if _, err := NewSecretVerifier(rules, []byte("short"), time.Now); err == nil || strings.Contains(err.Error(), "short\"") {
		t.Errorf("a short secret: %v", err)
	}
}

func pemOf(t *testing.T, public any) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func TestTheKindOfAKeySaysHowATokenIsSigned(t *testing.T) {
	rsaKey, _ := rsa.GenerateKey(rand.Reader, 2048)
	ecKey, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	edPublic, edKey, _ := ed25519.GenerateKey(rand.Reader)
	for name, c := range map[string]struct {
		public, private any
		method          jwt.SigningMethod
	}{
		"RSA":     {&rsaKey.PublicKey, rsaKey, jwt.SigningMethodRS256},
		"P-256":   {&ecKey.PublicKey, ecKey, jwt.SigningMethodES256},
		"Ed25519": {edPublic, edKey, jwt.SigningMethodEdDSA},
	} {
		text := pemOf(t, c.public)
		v, err := NewKeyVerifier(rules, text, func() time.Time { return noon })
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := v.Verify(t.Context(), signed(t, c.method, c.private, claims(nil), nil)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, secret := range [][]byte{text, []byte(strings.TrimSpace(string(text)))} { // the public key, taken for a secret
			if _, err := v.Verify(t.Context(), signed(t, jwt.SigningMethodHS256, secret, claims(nil), nil)); !errors.Is(err, ErrRefused) {
				t.Errorf("%s: a token that is signed with the public key: %v", name, err)
			}
		}
	}
	small, _ := rsa.GenerateKey(rand.Reader, 1024)
	for name, text := range map[string][]byte{"none": nil, "no PEM": []byte("hello"), "too short": pemOf(t, &small.PublicKey)} {
		if _, err := NewKeyVerifier(rules, text, time.Now); err == nil {
			t.Errorf("a key that is %s is taken", name)
		}
	}
}

// host is a provider's two documents, and how often they were asked for.
type host struct {
	*httptest.Server
	mu    sync.Mutex // guards keys
	keys  map[string]*rsa.PrivateKey
	asked atomic.Int64
}

func newHost(t *testing.T) *host {
	t.Helper()
	h := &host{keys: map[string]*rsa.PrivateKey{}}
	h.Server = httptest.NewServer(http.HandlerFunc(h.serve))
	t.Cleanup(h.Close)
	h.add(t, "first")
	return h
}

func (h *host) add(t *testing.T, id string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.keys[id] = key
}

func (h *host) serve(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "openid-configuration") {
		_ = json.NewEncoder(w).Encode(document{Issuer: h.URL, Keys: h.URL + "/jwks", Token: "https://token.example/t"})
		return
	}
	h.asked.Add(1)
	h.mu.Lock()
	defer h.mu.Unlock()
	set := []map[string]string{}
	for id, key := range h.keys {
		set = append(set, map[string]string{
			"kty": "RSA", "kid": id, "alg": "RS256", "use": "sig",
			"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
			"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
		})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"keys": set})
}

func (h *host) token(t *testing.T, id string, edit func(jwt.MapClaims)) string {
	t.Helper()
	h.mu.Lock()
	key := h.keys[id]
	h.mu.Unlock()
	c := claims(edit)
	c["iss"] = h.URL
	return signed(t, jwt.SigningMethodRS256, key, c, map[string]any{"kid": id})
}

// runs a provider until the end of the test.
func runs(t *testing.T, issuer string, audience string, now func() time.Time) *Provider {
	t.Helper()
	p, err := NewProvider(Rules{Issuer: issuer, Audiences: []string{audience}, SubjectClaim: "sub", NameClaim: "nick"}, now)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { p.Run(ctx, func(error) {}) })
	t.Cleanup(func() {
		stop()
		running.Wait()
		p.client.CloseIdleConnections()
	})
	return p
}

func atNoon() time.Time { return noon }

func TestAProviderThatIsGoneStallsNobodyWhoseKeyIsKnown(t *testing.T) {
	h := newHost(t)
	p := runs(t, h.URL, "game", atNoon)
	if _, err := p.Verify(t.Context(), h.token(t, "first", nil)); err != nil {
		t.Fatal(err)
	}
	h.Close()
	for i := range 3 { // tokens that were never seen before
		token := h.token(t, "first", func(c jwt.MapClaims) { c["sub"] = fmt.Sprint("new ", i) })
		gone, cancel := context.WithCancel(t.Context())
		cancel() // whoever had to wait would fail
		if _, err := p.Verify(gone, token); err != nil {
			t.Error(err)
		}
	}
}

func TestAFloodOfUnknownKeysCostsNoFetches(t *testing.T) {
	h := newHost(t)
	p := runs(t, h.URL, "game", atNoon)
	if _, err := p.Verify(t.Context(), h.token(t, "first", nil)); err != nil {
		t.Fatal(err)
	}
	forged, _ := rsa.GenerateKey(rand.Reader, 2048)
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	for i := range 200 {
		c := claims(func(c jwt.MapClaims) { c["iss"] = h.URL })
		if _, err := p.Verify(impatient, signed(t, jwt.SigningMethodRS256, forged, c, map[string]any{"kid": fmt.Sprint(i)})); !errors.Is(err, errUnknownKey) && !errors.Is(err, ErrRefused) {
			t.Fatal(err)
		}
	}
	if n := h.asked.Load(); n > 2 {
		t.Errorf("200 forged tokens cost %d fetches", n)
	}
}

func TestAProviderThatNeverAnsweredIsNotTheTokensFault(t *testing.T) {
	p := runs(t, "http://127.0.0.1:9", "game", atNoon)
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	key, _ := rsa.GenerateKey(rand.Reader, 2048)
	c := claims(func(c jwt.MapClaims) { c["iss"] = "http://127.0.0.1:9" })
	if _, err := p.Verify(impatient, signed(t, jwt.SigningMethodRS256, key, c, map[string]any{"kid": "a"})); !errors.Is(err, ErrNoKeys) {
		t.Error(err)
	}
}

func TestSecretsOfAProviderMakeNoTokenGood(t *testing.T) {
	h := newHost(t)
	p := runs(t, h.URL, "game", atNoon)
	good := h.token(t, "first", nil)
	if _, err := p.Verify(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	c := claims(func(c jwt.MapClaims) { c["iss"] = h.URL })
	public := x509.MarshalPKCS1PublicKey(&h.keys["first"].PublicKey)
	for name, token := range map[string]string{
		"signed with the public key": signed(t, jwt.SigningMethodHS256, public, c, map[string]any{"kid": "first"}),
		"unsigned":                   signed(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, c, map[string]any{"kid": "first"}),
		"with another's signature":   good[:strings.LastIndex(good, ".")] + ".AAAA",
	} {
		if _, err := p.Verify(t.Context(), token); !errors.Is(err, ErrRefused) {
			t.Errorf("a token %s: %v", name, err)
		}
	}
}

func TestOriginsAreTheProvidersOnceItHasSaidSo(t *testing.T) {
	h := newHost(t)
	p := runs(t, h.URL, "game", atNoon)
	if _, err := p.Verify(t.Context(), h.token(t, "first", nil)); err != nil {
		t.Fatal(err)
	}
	if got := p.Origins(); len(got) != 2 || got[0] != h.URL || got[1] != "https://token.example" {
		t.Errorf("they are %v", got)
	}
}

// TestARealProvidersTokensAreGood asks a real provider for a token as a browser would: by code and PKCE, page by page.
func TestARealProvidersTokensAreGood(t *testing.T) {
	cmd := exec.Command("node", "provider.mjs", "0", "web", "http://127.0.0.1/")
	cmd.Dir = "../../testdata/oidc"
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	issuer := strings.TrimSpace(line)
	b := newBrowser(t, issuer)
	token := b.logsIn("ana")
	p := runs(t, issuer, "web", time.Now)
	player, err := p.Verify(t.Context(), token)
	if err != nil || player.Subject != "ana" || player.Issuer != issuer {
		t.Errorf("the token is of %+v, %v", player, err)
	}
	other := runs(t, issuer, "another client", time.Now)
	if _, err := other.Verify(t.Context(), token); !errors.Is(err, ErrRefused) {
		t.Errorf("for another client it is %v", err)
	}
}
