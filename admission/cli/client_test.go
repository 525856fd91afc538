package cli_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// operator stands for a server elsewhere, which no real one can be made to be.
func operator(t *testing.T, answer http.HandlerFunc) (flags []string) {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	key := filepath.Join(t.TempDir(), "key")
	write(t, key, "secret\n")
	return []string{"--url", server.URL + "/", "--key-file", key}
}

func TestAServerElsewhereIsAskedWithTheKeyOfTheFile(t *testing.T) {
	var asked string
	flags := operator(t, func(w http.ResponseWriter, r *http.Request) {
		asked = fmt.Sprint(r.Method, " ", r.URL.Path, " ", r.Header.Get("Authorization"), " ", r.ContentLength)
		_, _ = w.Write([]byte(`{"instances":[]}`))
	})
	if status, _, stderr := runs(t, nil, append([]string{"instance", "list"}, flags...)...); status != 0 {
		t.Fatalf("it exits %d and says %s", status, stderr)
	}
	if asked != "GET /admin/api/instances Bearer secret 0" {
		t.Errorf("it asked %s", asked)
	}
}

func TestWhatAServerAnswersWrongIsOneLine(t *testing.T) {
	for name, c := range map[string]struct {
		status     int
		body, says string
	}{
		"a problem":          {409, `{"title":"Conflict","detail":"that id is taken"}`, "gatekeeper: that id is taken"},
		"only a title":       {403, `{"title":"Forbidden"}`, "Forbidden"},
		"a proxy's page":     {502, "<html>\n<body>bad gateway</body>", "502"},
		"no JSON though 200": {200, "<html>", "cannot be read"},
	} {
		flags := operator(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			_, _ = w.Write([]byte(c.body))
		})
		status, _, stderr := runs(t, nil, append([]string{"instance", "list"}, flags...)...)
		isOneLine(t, name, stderr)
		if status != 1 || !strings.Contains(stderr, c.says) {
			t.Errorf("%s exits %d and says %s", name, status, stderr)
		}
	}
}

func TestAnUnreachableServerElsewhereIsNotToldToStartHere(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key")
	write(t, key, "secret")
	status, _, stderr := runs(t, nil, "instance", "list", "--url", "http://127.0.0.1:1", "--key-file", key)
	isOneLine(t, "list", stderr)
	if status != 1 || !strings.Contains(stderr, "check --url") || strings.Contains(stderr, "/admin/api") {
		t.Errorf("it exits %d and says %s", status, stderr)
	}
}

func TestAnAddressThatIsNoneIsWrongUsage(t *testing.T) {
	status, _, stderr := runs(t, nil, "instance", "list", "--url", "nowhere", "--key-file", "none")
	isOneLine(t, "list", stderr)
	if status != 2 || !strings.Contains(stderr, "--url") {
		t.Errorf("it exits %d and says %s", status, stderr)
	}
}
