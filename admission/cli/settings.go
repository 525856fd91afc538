package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alecthomas/kong"

	"gatekeeper/admission/auth"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/wire"
	"gatekeeper/storage"
	"gatekeeper/webui"
)

// settings are what owners may change while the server runs. What the command line, the environment or the
// configuration file says is fixed; the rest is stored, and what is not stored is as the flags' defaults say.
type settings struct {
	gate    *gate.Gate
	store   *storage.Store
	limits  *auth.AddressLimiter
	pages   atomic.Pointer[http.Handler]
	outside *outside // who else vouches for players; nil = nobody

	mu       sync.Mutex // guards the rest
	now      wire.Settings
	pictures map[string]*webui.Image
}

// setting is one thing that can be set: its name in the contract, its flag, and where it lies.
type setting struct {
	name, flag string
	in         func(*wire.Settings) any // a pointer
}

var everySetting = []setting{
	{"branding.name", "brand-name", func(s *wire.Settings) any { return &s.Branding.Name }},
	{"branding.accent", "brand-accent", func(s *wire.Settings) any { return &s.Branding.Accent }},
	{"branding.links", "brand-links", func(s *wire.Settings) any { return &s.Branding.Links }},
	{"branding.logo", "brand-logo", func(s *wire.Settings) any { return &s.Branding.Logo }},
	{"branding.background", "brand-background", func(s *wire.Settings) any { return &s.Branding.Background }},
	{"logIn", "auth", func(s *wire.Settings) any { return &s.LogIn }},
	{"limits.internet", "limit-internet", func(s *wire.Settings) any { return &s.Limits.Internet }},
	{"limits.private", "limit-private", func(s *wire.Settings) any { return &s.Limits.Private }},
	{"retention.eventDays", "event-age", func(s *wire.Settings) any { return &s.Retention.EventDays }},
	{"retention.eventRows", "event-rows", func(s *wire.Settings) any { return &s.Retention.EventRows }},
	{"retention.backupEveryHours", "backup-every", func(s *wire.Settings) any { return &s.Retention.BackupEveryHours }},
	{"retention.backupKeep", "backup-keep", func(s *wire.Settings) any { return &s.Retention.BackupKeep }},
}

// AfterApply is for kong: it notes which flags were given, and not left to their defaults.
func (s *serve) AfterApply(ctx *kong.Context) error {
	given := func(flag *kong.Flag) bool {
		fromEnvironment := slices.ContainsFunc(flag.Envs, func(name string) bool { _, isSet := os.LookupEnv(name); return isSet })
		return fromEnvironment || slices.ContainsFunc(ctx.Path, func(p *kong.Path) bool { return p.Flag == flag })
	}
	for _, flag := range ctx.Flags() {
		if given(flag) {
			s.given = append(s.given, flag.Name)
		}
	}
	return nil
}

// Where the stored settings lie.
const (
	settingsKey   = "settings"
	pictureKey    = "picture-"
	pictureLogo   = "logo"
	pictureBehind = "background"
)

// newSettings reads what is stored and puts it in force.
func newSettings(g *gate.Gate, store *storage.Store, limits *auth.AddressLimiter, flags *serve, outside *outside) (*settings, error) {
	s := &settings{gate: g, store: store, limits: limits, outside: outside, now: flags.settings(), pictures: flags.pictures()}
	if stored := g.Setting(settingsKey); stored != nil {
		var was wire.Settings
		if err := json.Unmarshal(stored, &was); err != nil {
			return nil, fmt.Errorf("read the stored settings: %w", err)
		}
		s.now = s.overlaid(was)
	}
	for _, which := range []string{pictureLogo, pictureBehind} {
		if stored := g.Setting(pictureKey + which); len(stored) > 0 && !s.isFixed("branding."+which) {
			image, err := webui.NewImage(stored)
			if err != nil {
				return nil, fmt.Errorf("read the stored %s: %w", which, err)
			}
			s.pictures[which] = image
		}
	}
	s.apply()
	return s, nil
}

// settings are what the flags say.
func (s *serve) settings() wire.Settings {
	b := s.Brand.loaded
	told := wire.Settings{
		Branding:  wire.Branding{Name: b.Name, Accent: b.Accent, Logo: b.LogoAddress(), Background: cmp.Or(b.Background.Color, b.BackgroundAddress())},
		LogIn:     wire.LogInWays{Local: slices.Contains(s.Auth, "local"), Guest: slices.Contains(s.Auth, "guest")},
		Limits:    wire.Limits{Internet: s.LimitInternet, Private: s.LimitPrivate},
		Retention: wire.Retention{EventDays: s.EventAge.Hours() / 24, EventRows: s.EventRows, BackupEveryHours: s.BackupEvery.Hours(), BackupKeep: s.BackupKeep},
		Fixed:     []string{},
	}
	told.Branding.Links = []wire.Link{}
	for _, link := range b.Links {
		told.Branding.Links = append(told.Branding.Links, wire.Link(link))
	}
	for _, setting := range everySetting {
		if slices.Contains(s.given, setting.flag) {
			told.Fixed = append(told.Fixed, setting.name)
		}
	}
	return told
}

func (s *serve) pictures() map[string]*webui.Image {
	return map[string]*webui.Image{pictureLogo: s.Brand.loaded.Logo, pictureBehind: s.Brand.loaded.Background.Image}
}

func (s *settings) isFixed(name string) bool { return slices.Contains(s.now.Fixed, name) }

// overlaid is what is in force where others are wished for: all of them but those that are fixed.
func (s *settings) overlaid(wished wire.Settings) wire.Settings {
	after := s.now
	for _, setting := range everySetting {
		if !s.isFixed(setting.name) {
			reflect.ValueOf(setting.in(&after)).Elem().Set(reflect.ValueOf(setting.in(&wished)).Elem())
		}
	}
	return after
}

// apply puts the settings in force. s.mu is held, or nobody else is there.
func (s *settings) apply() {
	b := &s.now.Branding
	brand := webui.Branding{Name: b.Name, Accent: b.Accent, Logo: s.pictures[pictureLogo]}
	if strings.HasPrefix(b.Background, "#") {
		brand.Background.Color = b.Background
	} else {
		brand.Background.Image = s.pictures[pictureBehind]
	}
	for _, link := range b.Links {
		brand.Links = append(brand.Links, webui.Link(link))
	}
	b.Logo, b.Background = brand.LogoAddress(), cmp.Or(brand.Background.Color, brand.BackgroundAddress())
	pages := webui.AllowConnect(webui.Handler(brand), s.outside.origins)
	s.pages.Store(&pages)
	s.limits.Set(s.now.Limits.Internet, s.now.Limits.Private)
	s.store.Retain(hours(24*s.now.Retention.EventDays), s.now.Retention.EventRows)
}

func hours(n float64) time.Duration { return time.Duration(n * float64(time.Hour)) }

// ServeHTTP serves the pages as they are branded now.
func (s *settings) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	(*s.pages.Load()).ServeHTTP(w, r)
}

// schedule is how often backups are taken.
func (s *settings) schedule() storage.Schedule {
	r := s.Read().Retention
	return storage.Schedule{Every: hours(r.BackupEveryHours), Keep: r.BackupKeep}
}

// Read implements httpapi.Settings.
func (s *settings) Read() wire.Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// Ways implements httpapi.Settings.
func (s *settings) Ways() wire.LogInWays { return s.Read().LogIn }

// Change implements httpapi.Settings. It writes before it applies: what cannot be kept is not in force.
func (s *settings) Change(r *http.Request, by gate.Operator, change wire.SettingsChange, check func(wire.Settings) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := check(s.now); err != nil {
		return err
	}
	wished := s.now
	give(&wished.LogIn, change.LogIn)
	give(&wished.Limits, change.Limits)
	give(&wished.Retention, change.Retention)
	if change.Branding != nil {
		logo, behind := wished.Branding.Logo, wished.Branding.Background
		wished.Branding = *change.Branding
		wished.Branding.Links = append([]wire.Link{}, wished.Branding.Links...)
		wished.Branding.Logo = logo // has a call of its own
		if b := wished.Branding.Background; b != "" && !strings.HasPrefix(b, "#") {
			wished.Branding.Background = behind // a picture, too
		}
	}
	if err := valid(wished, s.outside != nil); err != nil {
		return err
	}
	after := s.overlaid(wished)
	if !reflect.DeepEqual(after, wished) {
		return wire.SettingFixed.Saying("Fixed by the command line, the environment or the configuration file: " + strings.Join(s.now.Fixed, ", ") + ".")
	}
	if err := s.put(r, by, after); err != nil {
		return err
	}
	s.now = after
	s.apply()
	return nil
}

func give[T any](to, given *T) {
	if given != nil {
		*to = *given
	}
}

// put stores the settings and tells what changed of them.
func (s *settings) put(r *http.Request, by gate.Operator, after wire.Settings) error {
	stored, err := json.Marshal(after)
	if err != nil {
		return err
	}
	before, changed := s.now, map[string]any{}
	for _, setting := range everySetting {
		was, is := reflect.ValueOf(setting.in(&before)).Elem().Interface(), reflect.ValueOf(setting.in(&after)).Elem().Interface()
		if !reflect.DeepEqual(was, is) {
			changed[setting.name] = map[string]any{"before": was, "after": is}
		}
	}
	return by.PutSetting(r.Context(), settingsKey, stored, changed)
}

// valid finds what cannot be set, in an operator's words.
func valid(s wire.Settings, hasOutside bool) error {
	b, l, r := s.Branding, s.Limits, s.Retention
	for _, rule := range []struct {
		holds bool
		says  string
	}{
		{isBrandText(b.Name), "the name must be 1 to 40 printable characters"},
		{b.Accent == "" || colour.MatchString(b.Accent), "the accent must be a colour such as #3d4bc7"},
		{!strings.HasPrefix(b.Background, "#") || colour.MatchString(b.Background), "the background must be a colour such as #f4f4fa"},
		{len(b.Links) <= maxLinks, "there may be at most 6 links"},
		{!slices.ContainsFunc(b.Links, func(l wire.Link) bool { return !isBrandText(l.Title) || !isLinkTarget(l.URL) }), "each link needs a title of 1 to 40 characters and an http, https or mailto address"},
		{s.LogIn.Local || s.LogIn.Guest || hasOutside, "players need at least one way to log in"},
		{l.Internet >= 1 && l.Private >= 1, "each limit must be at least 1"},
		{r.EventDays == 0 || r.EventDays >= 1./24 && r.EventDays <= 36500, "events must be kept for at least an hour, or 0 for ever"},
		{r.EventRows == 0 || r.EventRows >= 1000, "at least 1000 events must be kept, or 0 for all"},
		{r.BackupEveryHours == 0 || r.BackupEveryHours >= 1./60 && r.BackupEveryHours <= 8760, "backups may come every minute at most, or 0 for none"},
		{r.BackupKeep >= 1 && r.BackupKeep <= 1000, "1 to 1000 backups can be kept"},
	} {
		if !rule.holds {
			return wire.Malformed.Saying(rule.says)
		}
	}
	return nil
}

// SetPicture implements httpapi.Settings.
func (s *settings) SetPicture(r *http.Request, by gate.Operator, which string, content []byte) error {
	most, isKnown := map[string]int{pictureLogo: maxLogo, pictureBehind: maxBackground}[which]
	if !isKnown {
		return wire.NotFound
	}
	var image *webui.Image
	if content != nil {
		var err error
		if image, err = webui.NewImage(content); errors.Is(err, webui.ErrNoImage) {
			return wire.Malformed.Saying("It is no PNG, JPEG, WebP or SVG image.")
		}
	}
	if len(content) > most {
		return wire.TooLarge.Saying(fmt.Sprintf("It has more than %d KiB.", most>>10))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isFixed("branding." + which) {
		return wire.SettingFixed
	}
	changed := map[string]any{"branding." + which: map[string]any{"before": s.pictures[which] != nil, "after": image != nil}}
	if err := by.PutSetting(r.Context(), pictureKey+which, content, changed); err != nil {
		return err
	}
	s.pictures[which] = image
	if which == pictureBehind {
		s.now.Branding.Background = ""
	}
	s.apply()
	return nil
}
