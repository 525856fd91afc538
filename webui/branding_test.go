package webui

import (
	"encoding/json"
	"errors"
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1" height="1"/></svg>`

const png = "\x89PNG\r\n\x1a\n"

func TestBrandingIsShownWithoutARebuild(t *testing.T) {
	t.Parallel()
	brand := Branding{
		Name: `Ana's "Arena" <b>&amp;` + "\u2028", Logo: picture(t, "logo.svg", svg), Accent: "#c03",
		Background: Background{Image: picture(t, "back.png", png)},
		Links:      []Link{{Title: `Rules"><script>`, URL: "https://example.com/?a=1&b=2"}},
	}
	for _, address := range []string{"/", "/admin/"} {
		page := branded(t, brand, address).Body.String()
		told := toldTo(t, page)
		if told["name"] != brand.Name || told["logo"] != "/branding/logo" || told["accent"] != "#c03" || told["background"] != "/branding/background" {
			t.Errorf("%s tells %v", address, told)
		}
		link := told["links"].([]any)[0].(map[string]any)
		if link["title"] != brand.Links[0].Title || link["url"] != brand.Links[0].URL {
			t.Errorf("%s links to %v", address, link)
		}
		if strings.Contains(page, "<b>") || strings.Contains(page, "><script>") {
			t.Errorf("the name or a link broke out:\n%s", page)
		}
		if strings.Contains(page, "favicon") || !strings.Contains(page, `<link rel="icon" href="/branding/logo" />`) {
			t.Errorf("%s does not have the logo as its icon", address)
		}
	}
	if page := branded(t, brand, "/").Body.String(); !strings.Contains(page, "<title>"+html.EscapeString(brand.Name)+"</title>") {
		t.Errorf("the title is another:\n%s", page)
	}
}

func TestAPageWithoutBrandingTellsItsNameAlone(t *testing.T) {
	t.Parallel()
	told := toldTo(t, branded(t, Branding{Name: "gatekeeper"}, "/").Body.String())
	if len(told) != 1 || told["name"] != "gatekeeper" {
		t.Errorf("it tells %v", told)
	}
	for _, address := range []string{logoPath, backgroundPath} {
		if got := branded(t, Branding{Name: "gatekeeper"}, address); got.Code != http.StatusNotFound {
			t.Errorf("%s: %d", address, got.Code)
		}
	}
}

func TestADifferentBrandIsADifferentPage(t *testing.T) {
	t.Parallel()
	one, other := branded(t, Branding{Name: "one"}, "/"), branded(t, Branding{Name: "other"}, "/")
	if one.Header().Get("ETag") == other.Header().Get("ETag") {
		t.Error("both have one ETag, so browsers would keep the former")
	}
}

func TestAnSVGOpenedByItselfRunsNothing(t *testing.T) {
	t.Parallel()
	got := branded(t, Branding{Name: "x", Logo: picture(t, "logo.svg", svg)}, logoPath)
	header := got.Header()
	if got.Code != http.StatusOK || got.Body.String() != svg || header.Get("Content-Type") != "image/svg+xml" {
		t.Errorf("%d %v", got.Code, header)
	}
	if policy := header.Get("Content-Security-Policy"); policy != "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox" {
		t.Errorf("its policy is %q", policy)
	}
	if header.Get("ETag") == "" {
		t.Errorf("it comes with %v", header)
	}
}

func TestAPictureIsServedFromMemoryAsWhatItIs(t *testing.T) {
	t.Parallel()
	for content, contentType := range map[string]string{
		png:                                   "image/png",
		"\xff\xd8\xff\xe0JFIF":                "image/jpeg",
		"RIFF\x1a\x00\x00\x00WEBPVP8 ":        "image/webp",
		svg:                                   "image/svg+xml",
		"\ufeff<?xml version='1.0'?>\n" + svg: "image/svg+xml",
		`<?xml version="1.0" encoding="ISO-8859-1"?><!-- <b> --><!DOCTYPE svg [<!ENTITY ns "x">]><svg xmlns:e="&ns;"/>`: "image/svg+xml",
	} {
		path := write(t, "named.otherwise", content)
		image, err := LoadImage(path, 1<<10)
		if err != nil {
			t.Errorf("%s: %v", contentType, err)
			continue
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		pages := Handler(Branding{Name: "x", Background: Background{Image: image}})
		got := ask(pages, http.MethodGet, backgroundPath, nil)
		header := got.Header()
		if got.Code != http.StatusOK || got.Body.String() != content || header.Get("Content-Type") != contentType {
			t.Errorf("%d, %d bytes of %q, want %q", got.Code, got.Body.Len(), header.Get("Content-Type"), contentType)
		}
		if header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s comes with %v", contentType, header)
		}
		again := ask(pages, http.MethodGet, backgroundPath, http.Header{"If-None-Match": {header.Get("ETag")}})
		if again.Code != http.StatusNotModified {
			t.Errorf("%s is sent again to who has it: %d", contentType, again.Code)
		}
	}
}

func TestBrandingLeavesThePagesPolicyAsItIs(t *testing.T) {
	t.Parallel()
	brand := Branding{Name: "x", Logo: picture(t, "logo.svg", svg), Background: Background{Image: picture(t, "back.png", png)}}
	for _, address := range []string{"/", "/admin/", backgroundPath} {
		policy := branded(t, brand, address).Header().Get("Content-Security-Policy")
		if plain := request(t, http.MethodGet, address, nil).Header().Get("Content-Security-Policy"); policy != plain {
			t.Errorf("%s: %q, without branding %q", address, policy, plain)
		}
		// The script sets both pictures as the page's own, which needs this and no more.
		if !strings.Contains(policy, "; img-src 'self' data:;") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: %q", address, policy)
		}
	}
}

func TestOnlyPicturesAreLoaded(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"page.svg": "<html>hello</html>", "inside.svg": "<html>" + svg + "</html>", "text.png": "no picture",
		"empty.svg": "", "comment.svg": "<!-- " + svg + " -->", "page.gif": "GIF89a",
	} {
		if _, err := LoadImage(write(t, name, content), 1<<10); !errors.Is(err, ErrNoImage) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := LoadImage(write(t, "full.svg", svg+strings.Repeat(" ", 1<<10-len(svg))), 1<<10); err != nil {
		t.Errorf("a picture as large as may be: %v", err)
	}
	if _, err := LoadImage(write(t, "large.svg", svg+strings.Repeat(" ", 1<<10)), 1<<10); err == nil || !strings.Contains(err.Error(), "1 KiB") {
		t.Errorf("a picture over the limit: %v", err)
	}
	if _, err := LoadImage(filepath.Join(t.TempDir(), "none.svg"), 1<<10); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := LoadImage(t.TempDir(), 1<<10); err == nil {
		t.Error("a folder was loaded")
	}
}

func branded(t *testing.T, brand Branding, address string) *httptest.ResponseRecorder {
	t.Helper()
	return ask(Handler(brand), http.MethodGet, address, nil)
}

var meta = regexp.MustCompile(`<meta name="branding" content="([^"]*)" />`)

// toldTo reads what the page's head tells its script, as a browser would.
func toldTo(t *testing.T, page string) (told map[string]any) {
	t.Helper()
	found := meta.FindAllStringSubmatch(page, -1)
	if len(found) != 1 {
		t.Fatalf("there are %d brandings in\n%s", len(found), page)
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(found[0][1])), &told); err != nil {
		t.Fatal(err)
	}
	return told
}

func picture(t *testing.T, name, content string) *Image {
	t.Helper()
	image, err := LoadImage(write(t, name, content), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
