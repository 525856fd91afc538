package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gatekeeper/webui"
)

const (
	svg = `<svg xmlns="http://www.w3.org/2000/svg"/>`
	png = "\x89PNG\r\n\x1a\n"
)

func TestBrandingTakesWhatAPageCanShow(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, change := range map[string]func(*branding){
		"nothing but a name":     func(*branding) {},
		"a name of one letter":   func(b *branding) { b.Name = "阿" },
		"the longest name":       func(b *branding) { b.Name = strings.Repeat("ä", 40) },
		"a short accent":         func(b *branding) { b.Accent = "#C03" },
		"an accent":              func(b *branding) { b.Accent = "#3d4bC7" },
		"a logo":                 func(b *branding) { b.Logo = file(t, dir, "logo", svg) },
		"the largest logo":       func(b *branding) { b.Logo = file(t, dir, "large", padded(png, 256<<10)) },
		"a colour behind":        func(b *branding) { b.Background = "#eee" },
		"a picture behind":       func(b *branding) { b.Background = file(t, dir, "back", png) },
		"the largest background": func(b *branding) { b.Background = file(t, dir, "wide", padded(png, 1<<20)) },
		"as many links as fit":   func(b *branding) { b.Links = slices.Repeat([]string{"Rules=http://a.example"}, 6) },
		"the longest address":    func(b *branding) { b.Links = []string{"Rules=" + padded("https://a.example/", 500)} },
	} {
		b := branding{Name: "gatekeeper"}
		change(&b)
		if err := b.load(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBrandingThatCannotBeShownIsRefusedByName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	link := func(text string) func(*branding) { return func(b *branding) { b.Links = []string{text} } }
	for name, c := range map[string]struct {
		change func(*branding)
		says   []string
	}{
		"no name":                  {func(b *branding) { b.Name = "" }, []string{"--brand-name"}},
		"a long name":              {func(b *branding) { b.Name = strings.Repeat("a", 41) }, []string{"--brand-name", "40"}},
		"a name with a line break": {func(b *branding) { b.Name = "a\nb" }, []string{"--brand-name"}},
		"a name that leaves lines": {func(b *branding) { b.Name = "a\u2028b" }, []string{"--brand-name"}},
		"a colour's name":          {func(b *branding) { b.Accent = "red" }, []string{"--brand-accent", "red"}},
		"four digits":              {func(b *branding) { b.Accent = "#1234" }, []string{"--brand-accent", "#1234"}},
		"more than a colour":       {func(b *branding) { b.Accent = "#123;x" }, []string{"--brand-accent"}},
		"a missing logo":           {func(b *branding) { b.Logo = filepath.Join(dir, "none") }, []string{"--brand-logo", "none"}},
		"a logo of text":           {func(b *branding) { b.Logo = file(t, dir, "logo.png", "text") }, []string{"--brand-logo", "logo.png", "PNG"}},
		"a large logo":             {func(b *branding) { b.Logo = file(t, dir, "large", padded(png, 256<<10+1)) }, []string{"--brand-logo", "large", "256 KiB"}},
		"half a colour behind":     {func(b *branding) { b.Background = "#12" }, []string{"--brand-background", "#12"}},
		"a missing background":     {func(b *branding) { b.Background = filepath.Join(dir, "none") }, []string{"--brand-background", "none"}},
		"a background of text":     {func(b *branding) { b.Background = file(t, dir, "back.png", "text") }, []string{"--brand-background", "back.png", "PNG"}},
		"a large background":       {func(b *branding) { b.Background = file(t, dir, "wide", padded(png, 1<<20+1)) }, []string{"--brand-background", "wide", "1024 KiB"}},
		"too many links":           {func(b *branding) { b.Links = slices.Repeat([]string{"Rules=http://a.example"}, 7) }, []string{"--brand-links", "6"}},
		"a link without a title":   {link("=https://a.example"), []string{"--brand-links"}},
		"a link with a long title": {link(strings.Repeat("a", 41) + "=https://a.example"), []string{"--brand-links", "40"}},
		"a title alone":            {link("Rules"), []string{"--brand-links", `"Rules"`}},
		"a script":                 {link("Rules=javascript:alert(1)"), []string{"--brand-links", "https"}},
		"a link to nowhere":        {link("Rules=https://"), []string{"--brand-links"}},
		"a path":                   {link("Rules=/rules"), []string{"--brand-links"}},
		"a letter to nobody":       {link("Write=mailto:"), []string{"--brand-links"}},
		"a long address":           {link("Rules=" + padded("https://a.example/", 501)), []string{"--brand-links", "500"}},
		"half of a cut link":       {link("2"), []string{"--brand-links", `\,`}},
	} {
		b := branding{Name: "gatekeeper"}
		c.change(&b)
		err := b.load()
		if err == nil {
			t.Errorf("%s is taken", name)
			continue
		}
		for _, word := range c.says {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: no %s in %v", name, word, err)
			}
		}
	}
}

func TestALinkIsATitleAndAnAddress(t *testing.T) {
	t.Parallel()
	got, err := links([]string{" Rules = https://a.example/?a=b ", "Write to us=mailto:ana@a.example"})
	want := []webui.Link{{Title: "Rules", URL: "https://a.example/?a=b"}, {Title: "Write to us", URL: "mailto:ana@a.example"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
}

func file(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// padded lengthens text to so many bytes.
func padded(text string, length int) string { return text + strings.Repeat("x", length-len(text)) }
