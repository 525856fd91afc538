package admission

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Bounds of webhooks.
const (
	MaxWebhooks         = 32
	MaxWebhookEvents    = 32
	MaxWebhookInstances = 64
	minWebhookSecret    = 16
	maxWebhookSecret    = 128
)

// ErrInvalidWebhook is wrapped by what [WebhookRow.Validate] finds; its text may be shown to the operator.
var ErrInvalidWebhook = errors.New("invalid webhook")

// Validate reports the first thing that cannot be.
func (w *WebhookRow) Validate() error {
	for _, rule := range []struct {
		holds bool
		says  string
	}{
		{ValidName(w.Name, 1, 64), "name must be 1 to 64 printable characters"},
		{isHookURL(w.URL), "url must be an http or https address of at most 500 characters, without user, password and fragment"},
		{isSecret(w.Secret), "secret must be 16 to 128 printable ASCII characters without a blank"},
		{len(w.Events) >= 1 && len(w.Events) <= MaxWebhookEvents, "events must be 1 to 32"},
		{len(w.Instances) <= MaxWebhookInstances, "instances may be at most 64"},
	} {
		if !rule.holds {
			return fmt.Errorf("%w: %s", ErrInvalidWebhook, rule.says)
		}
	}
	for _, name := range w.Events {
		if !isEventChoice(name) {
			return fmt.Errorf("%w: %.80q is no event, and no beginning of one up to its dot", ErrInvalidWebhook, name)
		}
	}
	return nil
}

// Wants reports whether it is to be told of an event.
func (w *WebhookRow) Wants(e *Event) bool {
	return e.Seq > w.Since && w.Covers(e.Instance) && slices.ContainsFunc(w.Events, func(choice string) bool {
		return choice == string(e.Name) || strings.HasSuffix(choice, ".") && strings.HasPrefix(string(e.Name), choice)
	})
}

// Covers reports whether it is to be told of an instance's events; "" = of those of none in particular.
func (w *WebhookRow) Covers(id InstanceID) bool {
	return len(w.Instances) == 0 || slices.Contains(w.Instances, id)
}

// Host is as much of its address as may be told: the rest may be what the receiver knows its callers by.
func (w *WebhookRow) Host() string {
	u, err := url.Parse(w.URL)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// isHookURL wants no user: an address is shown, and a password would be, too.
func isHookURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && isWebURL(s) && u.Hostname() != "" && u.User == nil && u.Fragment == "" && isText(s, 1, maxText)
}

func isSecret(s string) bool {
	return len(s) >= minWebhookSecret && len(s) <= maxWebhookSecret && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// isEventChoice knows every event, so that a slip of the pen is found before it is waited for in vain.
func isEventChoice(choice string) bool {
	return slices.ContainsFunc(everyEvent, func(name EventName) bool {
		family, _, _ := strings.Cut(string(name), ".")
		return choice == string(name) || choice == family+"."
	})
}
