package webui

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// FuzzPicture offers whatever it is as a logo: it is refused, or served as the picture that it is, and as an SVG with a
// policy under which nothing runs.
func FuzzPicture(f *testing.F) {
	const most = 64 << 10
	path := filepath.Join(f.TempDir(), "picture")
	types := []string{"image/png", "image/jpeg", "image/webp", svgType}
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		image, err := LoadImage(path, most)
		switch {
		case len(content) > most:
			if err == nil || errors.Is(err, ErrNoImage) {
				t.Errorf("%d bytes are not too many: %v", len(content), err)
			}
			return
		case err != nil:
			if !errors.Is(err, ErrNoImage) {
				t.Error(err)
			}
			return
		}
		pages := handler(Branding{Name: "x", Logo: image}.pictures())
		got := ask(pages, http.MethodGet, logoPath, nil)
		header := got.Header()
		kind := header.Get("Content-Type")
		if got.Code != http.StatusOK || !bytes.Equal(got.Body.Bytes(), content) || !slices.Contains(types, kind) {
			t.Errorf("it is served with %d as %q", got.Code, kind)
		}
		policy := header.Get("Content-Security-Policy")
		if kind == svgType && !strings.Contains(policy, "sandbox") {
			t.Errorf("as %q it comes with %v", kind, header)
		}
		if sniffed := http.DetectContentType(content); kind != svgType && sniffed != kind {
			t.Errorf("it is served as %q and looks like %q", kind, sniffed)
		}
	})
}

// FuzzPagePath asks for any path: nothing but what was built is served, and by no other name.
func FuzzPagePath(f *testing.F) {
	pages := Handler(Branding{Name: "x"}).(handler)
	f.Fuzz(func(t *testing.T, path, host, encoding string) {
		r := &http.Request{Method: http.MethodGet, Host: host, URL: &url.URL{Path: path}, Header: http.Header{"Accept-Encoding": {encoding}}}
		got := httptest.NewRecorder()
		pages.ServeHTTP(got, r)
		if _, isBuilt := pages[path]; isBuilt != (got.Code == http.StatusOK) || !isBuilt && got.Code != http.StatusNotFound {
			t.Errorf("%q answers %d", path, got.Code)
		}
		policy := got.Header().Get("Content-Security-Policy")
		if strings.Count(policy, "connect-src") != 1 || !strings.HasPrefix(policy, "default-src 'none'; script-src 'self';") ||
			strings.ContainsAny(policy, "\r\n,*") || strings.Contains(policy, "unsafe") {
			t.Errorf("for the host %q the policy is %q", host, policy)
		}
	})
}
