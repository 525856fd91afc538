package cli

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"gatekeeper/admission"
	"gatekeeper/webui"
)

// branding is how the player page is called and looks. Its flags begin with --brand.
type branding struct {
	Name       string   `default:"gatekeeper" env:"GATEKEEPER_BRAND_NAME" help:"What the player page calls itself (${default})."`
	Logo       string   `env:"GATEKEEPER_BRAND_LOGO" placeholder:"FILE" help:"Its logo and icon: SVG, PNG, JPEG or WebP, up to 256 KiB."`
	Accent     string   `env:"GATEKEEPER_BRAND_ACCENT" placeholder:"#RRGGBB" help:"Its colour for what can be pressed; made lighter or darker where text needs it."`
	Background string   `env:"GATEKEEPER_BRAND_BACKGROUND" placeholder:"#RRGGBB|FILE" help:"What lies behind: a colour, or an image of up to 1 MiB."`
	Links      []string `env:"GATEKEEPER_BRAND_LINKS" placeholder:"TITLE=URL" help:"Links at its foot, at most 6; a comma inside one is written \\,."`

	loaded webui.Branding
}

// Bounds of what a page has to carry.
const (
	maxLogo       = 256 << 10
	maxBackground = 1 << 20
	maxBrandText  = 40
	maxLinks      = 6
	maxURL        = 500 // characters
)

var colour = regexp.MustCompile(`^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$`)

// load checks the flags and reads the files that they name.
func (b *branding) load() (err error) {
	b.loaded = webui.Branding{Name: b.Name, Accent: b.Accent}
	if !isBrandText(b.Name) {
		return fmt.Errorf("--brand-name must be 1 to %d printable characters", maxBrandText)
	}
	if b.Accent != "" && !colour.MatchString(b.Accent) {
		return fmt.Errorf("--brand-accent %q must be a colour such as #3d4bc7", b.Accent)
	}
	if b.Logo != "" {
		if b.loaded.Logo, err = webui.LoadImage(b.Logo, maxLogo); err != nil {
			return fmt.Errorf("--brand-logo %q cannot be used: %w", b.Logo, err)
		}
	}
	if err := b.loadBackground(); err != nil {
		return err
	}
	b.loaded.Links, err = links(b.Links)
	return err
}

func (b *branding) loadBackground() (err error) {
	to := &b.loaded.Background
	switch {
	case b.Background == "":
	case strings.HasPrefix(b.Background, "#"):
		to.Color = b.Background
		if !colour.MatchString(b.Background) {
			return fmt.Errorf("--brand-background %q must be a colour such as #f4f4fa, or the name of an image", b.Background)
		}
	default:
		if to.Image, err = webui.LoadImage(b.Background, maxBackground); err != nil {
			return fmt.Errorf("--brand-background %q cannot be used: %w", b.Background, err)
		}
	}
	return nil
}

func links(texts []string) (list []webui.Link, err error) {
	if len(texts) > maxLinks {
		return nil, fmt.Errorf("--brand-links may be at most %d", maxLinks)
	}
	for _, text := range texts {
		title, address, _ := strings.Cut(text, "=")
		title, address = strings.TrimSpace(title), strings.TrimSpace(address)
		if !isBrandText(title) || !isLinkTarget(address) {
			return nil, fmt.Errorf("--brand-links %q must be a title of 1 to %d characters, = and an http, https or mailto address of at most %d; "+
				`a comma inside is written \,`, text, maxBrandText, maxURL)
		}
		list = append(list, webui.Link{Title: title, URL: address})
	}
	return list, nil
}

func isBrandText(s string) bool { return admission.ValidName(s, 1, maxBrandText) }

func isLinkTarget(address string) bool {
	u, err := url.Parse(address)
	if err != nil || utf8.RuneCountInString(address) > maxURL {
		return false
	}
	return (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" || u.Scheme == "mailto" && u.Opaque != ""
}
