package webui

import (
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"os"
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

// LoadImage reads a picture of at most maxBytes. What it is decides its content, not its name. The error's text may be
// shown: it is that of the file system, [ErrNoImage], or says how large the file may be.
func LoadImage(path string, maxBytes int64) (*Image, error) {
	content, err := readAtMost(path, maxBytes)
	if err != nil {
		return nil, err
	}
	return NewImage(content)
}

// NewImage takes a picture for one if it is: what it is decides its content. Error: [ErrNoImage].
func NewImage(content []byte) (*Image, error) {
	switch kind := http.DetectContentType(content); kind {
	case "image/png", "image/jpeg", "image/webp":
		return &Image{kind, content}, nil
	}
	if isSVG(content) {
		return &Image{svgType, content}, nil
	}
	return nil, ErrNoImage
}

// readAtMost trusts no size that the file system tells: a device has none, and never ends.
func readAtMost(path string, maxBytes int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxBytes+1))
	if err == nil && int64(len(content)) > maxBytes {
		err = fmt.Errorf("it has more than %d KiB", maxBytes>>10)
	}
	return content, err
}

const svgType = "image/svg+xml"

// isSVG reports whether the document's root is an svg: a page that merely holds one is no picture.
func isSVG(content []byte) bool {
	document := xml.NewDecoder(bytes.NewReader(content))
	document.Strict = false // entities that drawing programs define before the root are left to the browser
	document.CharsetReader = func(_ string, from io.Reader) (io.Reader, error) { return from, nil }
	for {
		token, err := document.RawToken()
		if err != nil {
			return false
		}
		if root, found := token.(xml.StartElement); found {
			return root.Name.Local == "svg"
		}
	}
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
		if image.contentType == svgType {
			picture.policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
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
	logoIcon   = `<link rel="icon" href="` + logoPath + `" />` // its type comes with the answer
)

// apply brands a built page, once for all who load it.
func (b Branding) apply(page []byte) ([]byte, error) {
	told, err := b.told()
	if err != nil {
		return nil, err
	}
	meta := `<meta name="branding" content="` + html.EscapeString(told) + `" />`
	page = replaceFirst(page, metaPlace, meta)
	if b.Logo != nil {
		page = replaceFirst(page, iconPlace, logoIcon)
	}
	return replaceFirst(page, titlePlace, "<title>"+html.EscapeString(b.Name)+"</title>"), nil
}

func replaceFirst(page []byte, place, with string) []byte {
	return bytes.Replace(page, []byte(place), []byte(with), 1)
}

// LogoAddress and BackgroundAddress tell where a picture is served; "" = there is none.
func (b Branding) LogoAddress() string { return addressOf(b.Logo, logoPath) }

// BackgroundAddress is described at LogoAddress.
func (b Branding) BackgroundAddress() string { return addressOf(b.Background.Image, backgroundPath) }

func addressOf(image *Image, path string) string {
	if image == nil {
		return ""
	}
	return path
}

// told is what the page's script reads.
func (b Branding) told() (string, error) {
	brand := struct {
		Name       string `json:"name"`
		Logo       string `json:"logo,omitempty"`
		Accent     string `json:"accent,omitempty"`
		Background string `json:"background,omitempty"`
		Links      []Link `json:"links,omitempty"`
	}{Name: b.Name, Logo: b.LogoAddress(), Accent: b.Accent, Background: cmp.Or(b.Background.Color, b.BackgroundAddress()), Links: b.Links}
	content, err := json.Marshal(brand)
	if err != nil {
		return "", fmt.Errorf("webui: write the branding: %w", err)
	}
	return string(content), nil
}
