package webui

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"os"
	"unicode/utf8"
)

// Branding is what those who run a server call it and how it looks. What is absent looks like gatekeeper itself.
type Branding struct {
	Name       string
	Logo       *Image
	Accent     string // #rgb or #rrggbb
	Background Background
	Links      []Link
}

// Background is a colour or an image, or nothing.
type Background struct {
	Color string // #rgb or #rrggbb
	Image *Image
}

// Link leads from the foot of the page to somewhere else.
type Link struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// Image is a picture that browsers know, checked by [LoadImage].
type Image struct {
	contentType string
	content     []byte
}

// ErrNoImage is what [LoadImage] returns for a file that is none.
var ErrNoImage = errors.New("it is no PNG, JPEG, WebP or SVG image")

// LoadImage reads a picture of at most maxBytes. The error's text may be shown: it is that of the file system,
// [ErrNoImage], or says how large the file may be.
func LoadImage(path string, maxBytes int64) (*Image, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxBytes {
		return nil, fmt.Errorf("it has more than %d KiB", maxBytes>>10)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	switch kind := http.DetectContentType(content); kind {
	case "image/png", "image/jpeg", "image/webp":
		return &Image{kind, content}, nil
	}
	if utf8.Valid(content) && bytes.Contains(content, []byte("<svg")) {
		return &Image{"image/svg+xml", content}, nil
	}
	return nil, ErrNoImage
}

// Where the pictures are served.
const (
	logoPath       = "/branding/logo"
	backgroundPath = "/branding/background"
)

// pictures are the assets that come from settings, by their paths. An SVG that is opened by itself is a page of this origin:
// it may style itself and do nothing else.
func (b Branding) pictures() map[string]asset {
	found := make(map[string]asset)
	for path, image := range map[string]*Image{logoPath: b.Logo, backgroundPath: b.Background.Image} {
		if image == nil {
			continue
		}
		picture := newAsset(image.contentType, image.content)
		if image.contentType == "image/svg+xml" {
			picture.policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
		}
		found[path] = picture
	}
	return found
}

// The places of a built page that branding fills in.
const (
	titlePlace = "<title>gatekeeper</title>"
	metaPlace  = `<meta name="branding" content="" />`
	iconPlace  = `<link rel="icon" href="/favicon.svg" type="image/svg+xml" />`
)

// apply brands a built page, once for all who load it.
func (b Branding) apply(page []byte) ([]byte, error) {
	told := struct {
		Name       string `json:"name"`
		Logo       string `json:"logo,omitempty"`
		Accent     string `json:"accent,omitempty"`
		Background string `json:"background,omitempty"`
		Links      []Link `json:"links,omitempty"`
	}{Name: b.Name, Accent: b.Accent, Background: b.Background.Color, Links: b.Links}
	if b.Logo != nil {
		told.Logo = logoPath
		page = bytes.Replace(page, []byte(iconPlace), []byte(`<link rel="icon" href="`+logoPath+`" />`), 1)
	}
	if b.Background.Image != nil {
		told.Background = backgroundPath
	}
	content, err := json.Marshal(told)
	if err != nil {
		return nil, fmt.Errorf("webui: write the branding: %w", err)
	}
	page = bytes.Replace(page, []byte(titlePlace), []byte("<title>"+html.EscapeString(b.Name)+"</title>"), 1)
	meta := `<meta name="branding" content="` + html.EscapeString(string(content)) + `" />`
	return bytes.Replace(page, []byte(metaPlace), []byte(meta), 1), nil
}
