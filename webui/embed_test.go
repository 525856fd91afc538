package webui

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestEveryPageAndFileHasItsAddressAndType(t *testing.T) {
	t.Parallel()
	for address, contentType := range map[string]string{
		"/":            "text/html; charset=utf-8",
		"/admin/":      "text/html; charset=utf-8",
		"/player.js":   "text/javascript; charset=utf-8",
		"/player.css":  "text/css; charset=utf-8",
		"/admin.js":    "text/javascript; charset=utf-8",
		"/favicon.svg": "image/svg+xml",
		"/texts/de.js": "text/javascript; charset=utf-8",

		"/sdk/gatekeeper.js":     "text/javascript; charset=utf-8",
		"/sdk/gatekeeper.js.map": "application/json",
		"/sdk/gatekeeper.d.ts":   "text/plain; charset=utf-8",
		"/sdk/package.json":      "application/json",
		"/sdk/README.md":         "text/markdown; charset=utf-8",
	} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			got := request(t, http.MethodGet, address, nil)
			if got.Code != http.StatusOK || got.Header().Get("Content-Type") != contentType {
				t.Errorf("%d %q, want 200 %q", got.Code, got.Header().Get("Content-Type"), contentType)
			}
			if got.Body.Len() == 0 {
				t.Error("empty")
			}
		})
	}
}

func TestTheTypeOfAFileIsTheSameOnEveryMachine(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"a.js.map": "application/json", "a.json": "application/json", "a.ts": "text/plain; charset=utf-8",
		"a.d.ts": "text/plain; charset=utf-8", "a.md": "text/markdown; charset=utf-8", "a": "application/octet-stream",
	} {
		if got := contentType(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestFoldersAndUnknownPathsAreNotFound(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"/sdk/", "/sdk", "/admin", "/index.html", "/nothing", "/dist/player.js", "/../embed.go",
		"/report/", "/report/report.js", "/report/report.css",
	} {
		if got := request(t, http.MethodGet, address, nil); got.Code != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", address, got.Code)
		}
	}
}

func TestOnlyGetAndHeadAreAllowed(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		got := request(t, method, "/", nil)
		if got.Code != http.StatusMethodNotAllowed || got.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d, Allow %q", method, got.Code, got.Header().Get("Allow"))
		}
	}
	got := request(t, http.MethodHead, "/", nil)
	if got.Code != http.StatusOK || got.Body.Len() != 0 || got.Header().Get("Content-Length") == "" {
		t.Errorf("HEAD: %d with %d bytes", got.Code, got.Body.Len())
	}
}

func TestAKnownETagIsAnsweredWithNotModified(t *testing.T) {
	t.Parallel()
	for name, encoding := range map[string]string{"plain": "", "compressed": "gzip"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := request(t, http.MethodGet, "/player.js", http.Header{"Accept-Encoding": {encoding}})
			etag := first.Header().Get("ETag")
			if !strings.HasPrefix(etag, `"`) || first.Header().Get("Cache-Control") != "no-cache" {
				t.Fatalf("ETag %q, Cache-Control %q", etag, first.Header().Get("Cache-Control"))
			}
			again := request(t, http.MethodGet, "/player.js", http.Header{
				"Accept-Encoding": {encoding}, "If-None-Match": {`"other", ` + etag},
			})
			if again.Code != http.StatusNotModified || again.Body.Len() != 0 || again.Header().Get("ETag") != etag {
				t.Errorf("%d, %d bytes, ETag %q", again.Code, again.Body.Len(), again.Header().Get("ETag"))
			}
			changed := request(t, http.MethodGet, "/player.js", http.Header{"If-None-Match": {`"other"`}})
			if changed.Code != http.StatusOK {
				t.Errorf("another ETag: %d", changed.Code)
			}
		})
	}
}

func TestCompressedAndPlainAreTheSameContent(t *testing.T) {
	t.Parallel()
	plain := request(t, http.MethodGet, "/player.js", nil)
	zipped := request(t, http.MethodGet, "/player.js", http.Header{"Accept-Encoding": {"br, gzip;q=0.8"}})
	if zipped.Header().Get("Content-Encoding") != "gzip" || zipped.Header().Get("Vary") != "Accept-Encoding" {
		t.Fatalf("headers %v", zipped.Header())
	}
	if zipped.Header().Get("ETag") == plain.Header().Get("ETag") {
		t.Error("two representations share a strong ETag")
	}
	reader, err := gzip.NewReader(zipped.Body)
	if err != nil {
		t.Fatal(err)
	}
	unzipped, err := io.ReadAll(reader)
	if err != nil || !bytes.Equal(unzipped, plain.Body.Bytes()) {
		t.Errorf("differs (%v)", err)
	}
	refused := request(t, http.MethodGet, "/player.js", http.Header{"Accept-Encoding": {"gzip; q=0"}})
	if refused.Header().Get("Content-Encoding") != "" {
		t.Error("compressed although refused")
	}
}

func TestEveryAnswerCarriesThePolicy(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"/", "/admin/", "/player.js", "/nothing"} {
		policy := request(t, http.MethodGet, address, nil).Header().Get("Content-Security-Policy")
		for _, directive := range []string{
			"default-src 'none'", "script-src 'self'", "style-src 'self'",
			"connect-src 'self' ws://example.com wss://example.com", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
		} {
			if !slices.Contains(strings.Split(policy, "; "), directive) {
				t.Errorf("%s: no %q in %q", address, directive, policy)
			}
		}
	}
}

func TestAHostCannotWriteIntoThePolicy(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"play.example:8080": " ws://play.example:8080 wss://play.example:8080",
		"[::1]:8080":        " ws://[::1]:8080 wss://[::1]:8080",
		"a;script-src *":    "",
		"":                  "",
	} {
		if got := socketOrigins(host); got != want {
			t.Errorf("%q: %q, want %q", host, got, want)
		}
	}
}

func TestTheFirstPageStaysWithinItsBudget(t *testing.T) {
	t.Parallel()
	budgets := map[int][]string{
		40 << 10: {"/", "/player.js", "/shared.js", "/player.css", "/shared.css", "/favicon.svg"},
		8 << 10:  {"/sdk/gatekeeper.js"},
	}
	for budget, addresses := range budgets {
		total := 0
		for _, address := range addresses {
			total += request(t, http.MethodGet, address, http.Header{"Accept-Encoding": {"gzip"}}).Body.Len()
		}
		if total > budget {
			t.Errorf("%v: %d bytes, more than %d", addresses, total, budget)
		}
	}
}

func TestAReportsPartsStayWithinTheirElementsAndBudget(t *testing.T) {
	t.Parallel()
	script, style := Report()
	for name, content := range map[string][]byte{"script": script, "style": style} {
		for _, end := range []string{"</script", "<!--", "</style", "\r"} {
			if bytes.Contains(bytes.ToLower(content), []byte(end)) {
				t.Errorf("the %s holds %q", name, end)
			}
		}
	}
	if total := len(zip(script)) + len(zip(style)); total > 60<<10 {
		t.Errorf("%d bytes, more than 60 KiB", total)
	}
}

func TestImportsOnlyTheStandardLibrary(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Fields(string(out)); !slices.Equal(got, []string{"gatekeeper/webui"}) {
		t.Errorf("imports %v", got)
	}
}

func request(t *testing.T, method, address string, header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	return ask(Handler(Branding{Name: "gatekeeper"}), method, address, header)
}

func ask(pages http.Handler, method, address string, header http.Header) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://example.com"+address, nil)
	if header != nil {
		r.Header = header
	}
	w := httptest.NewRecorder()
	pages.ServeHTTP(w, r)
	return w
}
