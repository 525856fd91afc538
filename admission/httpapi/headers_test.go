package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"gatekeeper/admission/httpapi"
	"gatekeeper/admission/wire"
	"gatekeeper/webui"
)

// everyRoute is each call of the contract, with something in the place of its parameters.
func everyRoute(t *testing.T) (calls [][2]string) {
	t.Helper()
	text, err := wire.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var contract struct {
		Paths map[string]map[string]any `yaml:"paths"`
	}
	if err := yaml.Unmarshal(text, &contract); err != nil {
		t.Fatal(err)
	}
	for path, methods := range contract.Paths {
		path = strings.NewReplacer("{", "", "}", "").Replace(path)
		for method := range methods {
			if method != "parameters" {
				calls = append(calls, [2]string{strings.ToUpper(method), path})
			}
		}
	}
	return calls
}

// TestEveryAnswerTellsBrowsersWhatNotToDo asks every route, as a stranger and as an operator, and whatever else can be asked.
func TestEveryAnswerTellsBrowsersWhatNotToDo(t *testing.T) {
	edit := func(c *httpapi.Config) {
		c.Pages = webui.Handler(webui.Branding{Name: "house"})
		c.AllowedOrigins = []string{"https://game.example"}
	}
	inHouse(t, edit, func(h *house) {
		calls := everyRoute(t)
		if len(calls) < 60 {
			t.Fatalf("the contract has only %d calls", len(calls))
		}
		calls = append(calls, [][2]string{
			{"GET", "/"},
			{"GET", "/admin/"},
			{"GET", "/player.js"},
			{"GET", "/sdk/gatekeeper.js"},
			{"GET", "/nothing"},
			{"GET", "/../etc/passwd"},
			{"GET", "//double"},
			{"POST", "/"},
			{"DELETE", "/me"},
			{"PATCH", "/healthz"},
			{"OPTIONS", "/auth/login"},
		}...)
		for _, call := range calls {
			for who, header := range map[string]http.Header{
				"a stranger":        {},
				"an operator":       {"Authorization": {"Bearer " + operatorKey}},
				"a page elsewhere":  {"Origin": {"https://evil.example"}},
				"an allowed page":   {"Origin": {"https://game.example"}},
				"a socket":          {"Connection": {"Upgrade"}, "Upgrade": {"websocket"}},
				"a socket of a foe": {"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Origin": {"https://evil.example"}},
			} {
				h.isGuarded(who, call[0], call[1], header)
			}
		}
	})
}

func (h *house) isGuarded(who, method, path string, header http.Header) {
	h.t.Helper()
	r, err := http.NewRequest(method, "http://gate.example"+path, strings.NewReader(`{}`))
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header = header.Clone()
	r.Header.Set("Content-Type", "application/json")
	response, err := h.http.Transport.RoundTrip(r) // without following
	if err != nil {
		h.t.Fatalf("%s %s: %v", method, path, err)
	}
	_ = response.Body.Close()
	got := response.Header
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
		"Strict-Transport-Security": "",
	} {
		if got.Get(name) != want {
			h.t.Errorf("%s asked %s %s and was answered %d with %s %q", who, method, path, response.StatusCode, name, got.Get(name))
		}
	}
	policy := got.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") {
		h.t.Errorf("%s asked %s %s and was answered %d with the policy %q", who, method, path, response.StatusCode, policy)
	}
	if strings.HasPrefix(got.Get("Content-Type"), "application/") && !strings.HasPrefix(path, "/sdk/") {
		if policy != "default-src 'none'; frame-ancestors 'none'" {
			h.t.Errorf("%s asked %s %s and was answered with data under the policy %q", who, method, path, policy)
		}
		if mayBeKept := path == "/.well-known/jwks.json" || path == "/openapi.json"; !mayBeKept && got.Get("Cache-Control") != "no-store" {
			h.t.Errorf("%s asked %s %s and may keep the answer: %q", who, method, path, got.Get("Cache-Control"))
		}
	}
	want := "same-origin"
	if strings.HasPrefix(path, "/sdk/") {
		want = "cross-origin"
	}
	if got.Get("Cross-Origin-Resource-Policy") != want {
		h.t.Errorf("%s asked %s %s and was answered with the resource policy %q", who, method, path, got.Get("Cross-Origin-Resource-Policy"))
	}
}
