package identity

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// browser goes through a provider's pages.
type browser struct {
	t      *testing.T
	issuer string
	client http.Client
}

const (
	redirectURI = "http://127.0.0.1:9/"
	proofSecret = "a secret of forty-three characters, at least"
)

func newBrowser(t *testing.T, issuer string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, issuer: issuer}
	b.client = http.Client{Jar: jar, Timeout: 20 * time.Second, Transport: &http.Transport{}, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), redirectURI) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	t.Cleanup(b.client.CloseIdleConnections)
	return b
}

var formAction = regexp.MustCompile(`<form[^>]*action="([^"]*)"`)

// logsIn goes the whole way, and returns the ID token.
func (b *browser) logsIn(name string) string {
	b.t.Helper()
	verifier := base64.RawURLEncoding.EncodeToString([]byte(proofSecret))
	sum := sha256.Sum256([]byte(verifier))
	query := url.Values{
		"client_id": {"web"}, "redirect_uri": {redirectURI}, "response_type": {"code"}, "scope": {"openid profile"}, "state": {"s"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	response, page := b.get(b.issuer + "/auth?" + query.Encode())
	for range 2 { // who it is, and whether that is all right
		response, page = b.post(response, page, name)
	}
	back, err := url.Parse(response.Header.Get("Location"))
	if err != nil || back.Query().Get("code") == "" {
		b.t.Fatalf("the way ends at %s %s\n%s", response.Status, back, page)
	}
	form := url.Values{
		"client_id": {"web"}, "grant_type": {"authorization_code"}, "code": {back.Query().Get("code")},
		"redirect_uri": {redirectURI}, "code_verifier": {verifier},
	}
	answer, err := b.client.PostForm(b.issuer+"/token", form)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	var tokens struct {
		ID string `json:"id_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&tokens); err != nil || tokens.ID == "" {
		b.t.Fatalf("the code is answered %s, %v", answer.Status, err)
	}
	return tokens.ID
}

func (b *browser) get(address string) (*http.Response, string) {
	b.t.Helper()
	response, err := b.client.Get(address)
	return b.read(response, err)
}

func (b *browser) read(response *http.Response, err error) (*http.Response, string) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return response, string(text)
}

// post fills the page's form in.
func (b *browser) post(response *http.Response, page, name string) (*http.Response, string) {
	b.t.Helper()
	found := formAction.FindStringSubmatch(page)
	if found == nil {
		b.t.Fatalf("there is no form on\n%s", page)
	}
	action, err := response.Request.URL.Parse(found[1])
	if err != nil {
		b.t.Fatal(err)
	}
	prompt := "consent"
	if strings.Contains(page, `value="login"`) {
		prompt = "login"
	}
	form := url.Values{"prompt": {prompt}, "login": {name}, "password": {"whatever"}}
	answer, err := b.client.PostForm(action.String(), form)
	return b.read(answer, err)
}
