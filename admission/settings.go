package admission

import (
	"errors"
	"fmt"
	"net/url"
	"time"
)

// Mode is what an instance does with players.
type Mode string

// The modes of an instance; see the contract, section 8.
const (
	// ModeOpen admits.
	ModeOpen Mode = "open"
	// ModeDraining lets in those already queued, in order, and nobody new.
	ModeDraining Mode = "draining"
	// ModeMaintenance stands still: no newcomer, no promotion, nobody lost.
	ModeMaintenance Mode = "maintenance"
	// ModeClosed holds nobody and is hidden.
	ModeClosed Mode = "closed"
)

// ReplacementPolicy is when a new connection may take over a session that is attached elsewhere.
type ReplacementPolicy string

// The policies of an instance.
const (
	// ReplaceSameInstance lets a session be taken over by one on the same instance.
	ReplaceSameInstance ReplacementPolicy = "same-instance"
	// ReplaceAnywhere lets one here also end a session on another instance.
	ReplaceAnywhere ReplacementPolicy = "anywhere"
	// ReplaceNever lets nothing be taken over.
	ReplaceNever ReplacementPolicy = "never"
)

// Settings is what an operator sets on an instance, and its row.
type Settings struct {
	ID            InstanceID
	Name          string
	Mode          Mode
	Capacity      int // seats
	QueueMax      int // places in the queue
	Message       string
	RequiredBuild string // "" = any build
	// AcceptedBuilds may come in beside the required one; see [AcceptedBuild].
	AcceptedBuilds []AcceptedBuild
	UpdateURL      string
	// GameURL is where the game is that an admitted player is handed over to; "" = not told. A client adds the ticket
	// as its fragment.
	GameURL string
	// Upstream is the game's own WebSocket that players are relayed to, ws:// or wss://; "" = they are not.
	Upstream    string
	Grace       time.Duration
	ClaimWindow time.Duration
	Replacement ReplacementPolicy
	// IsLinked is true from the first heartbeat of the instance's game server until the instance is closed: from
	// then on heartbeats are required. No operator sets it.
	IsLinked  bool
	CreatedAt time.Time
}

// Bounds of the settings.
const (
	MaxCapacity = 1_000_000
	MaxQueue    = 1_000_000
	// MaxAcceptedBuilds is how many builds may be accepted beside the required one.
	MaxAcceptedBuilds = 16
	maxText           = 500
)

// DefaultSettings returns what an instance has when an operator says nothing.
func DefaultSettings(id InstanceID) Settings {
	return Settings{
		ID: id, Name: string(id), Mode: ModeOpen, Capacity: 50, QueueMax: 1000,
		Grace: 60 * time.Second, ClaimWindow: 10 * time.Second, Replacement: ReplaceSameInstance,
	}
}

// ErrInvalidSettings is wrapped by what [Settings.Validate] finds; its text may be shown to the operator.
var ErrInvalidSettings = errors.New("invalid settings")

// Validate reports the first setting that cannot be.
func (s Settings) Validate() error {
	for _, rule := range []struct {
		holds bool
		says  string
	}{
		{ValidID(string(s.ID)), "the instance id must be 1 to 64 of A-Z a-z 0-9 _ -"},
		{isText(s.Name, 1, 64), "name must be 1 to 64 printable characters"},
		{isText(s.Message, 0, maxText), "message must be at most 500 printable characters"},
		{s.Mode == ModeOpen || s.Mode == ModeDraining || s.Mode == ModeMaintenance || s.Mode == ModeClosed, "state must be open, draining, maintenance or closed"},
		{s.Capacity >= 0 && s.Capacity <= MaxCapacity, "capacity must be 0 to 1000000"},
		{s.QueueMax >= 0 && s.QueueMax <= MaxQueue, "queueMax must be 0 to 1000000"},
		{s.Grace >= time.Second && s.Grace <= time.Hour, "graceSeconds must be 1 to 3600"},
		{s.ClaimWindow >= time.Second && s.ClaimWindow <= 5*time.Minute, "claimSeconds must be 1 to 300"},
		{isText(s.RequiredBuild, 0, MaxBuild), "requiredBuild must be at most 64 printable characters"},
		{len(s.AcceptedBuilds) <= MaxAcceptedBuilds, "acceptedBuilds must be at most 16"},
		{areBuilds(s.AcceptedBuilds), "each of acceptedBuilds must be 1 to 64 printable characters"},
		{len(s.AcceptedBuilds) == 0 || s.RequiredBuild != "", "acceptedBuilds need a requiredBuild: without one any build comes in"},
		{s.UpdateURL == "" || isWebURL(s.UpdateURL), "updateUrl must be an http or https address"},
		{s.GameURL == "" || isGameURL(s.GameURL), "gameUrl must be at most 500 characters: an http or https address, or one of any scheme but javascript, data, vbscript, blob, file and about"},
		{s.Upstream == "" || isSocketURL(s.Upstream), "upstream must be at most 500 characters: a ws or wss address without user and fragment"},
		{s.Replacement == ReplaceSameInstance || s.Replacement == ReplaceAnywhere || s.Replacement == ReplaceNever, "replacement must be same-instance, anywhere or never"},
	} {
		if !rule.holds {
			return fmt.Errorf("%w: %s", ErrInvalidSettings, rule.says)
		}
	}
	return nil
}

func isWebURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && len(s) <= maxText
}

// isSocketURL wants no user: the ticket is what says who comes.
func isSocketURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "ws" || u.Scheme == "wss") && u.Hostname() != "" && u.User == nil && u.Fragment == "" && isText(s, 1, maxText)
}

// isGameURL lets in schemes that nobody has heard of, because native games register their own, but none that could run
// a script in the page that opens it or show what lies on the player's disk.
func isGameURL(s string) bool {
	u, err := url.Parse(s) // lowers the scheme, and finds none behind the blanks that a browser would skip
	if err != nil || !isText(s, 1, maxText) {
		return false
	}
	switch u.Scheme {
	case "http", "https":
		return u.Hostname() != ""
	case "", "javascript", "data", "vbscript", "blob", "file", "about":
		return false
	default:
		return true
	}
}
