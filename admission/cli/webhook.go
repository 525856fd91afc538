package cli

import (
	"fmt"
	"net/http"
	"strings"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// webhooks is `gatekeeper webhook`.
type webhooks struct {
	Add    webhookAdd    `cmd:"" help:"Make a webhook and print its secret, this once, on a line of its own."`
	List   webhookList   `cmd:"" help:"List the webhooks, and how their deliveries go."`
	Test   webhookTest   `cmd:"" help:"Send a signed webhook.test, once."`
	Pause  webhookPause  `cmd:"" help:"Let what happens wait."`
	Resume webhookPause  `cmd:"" help:"Deliver what waits, and what happens from now on."`
	Remove webhookRemove `cmd:"" help:"Remove a webhook; what waits for it is forgotten."`
}

const webhooksPath = "/admin/api/webhooks"

type webhookAdd struct {
	client
	Name       string   `arg:"" help:"What you call it."`
	Address    string   `arg:"" help:"Where events are posted: an http or https address."`
	Event      []string `default:"sessions" placeholder:"EVENT" help:"What it is told of: outcomes (of attempts), sessions (begun and ended), drained (instances), an event such as connection.queued, or a family such as queue. with its dot; may be given several times (${default})."`
	Instance   []string `placeholder:"ID" help:"Of which instance; may be given several times. Else of all."`
	SecretFile string   `placeholder:"FILE" help:"File with the secret that deliveries are signed with. Else one is made."`
}

// Run makes the webhook.
func (c webhookAdd) Run(w world) error {
	body := wire.NewWebhook{Name: c.Name, URL: c.Address, Events: chosenEvents(c.Event)}
	for _, id := range c.Instance {
		body.Instances = append(body.Instances, admission.InstanceID(id))
	}
	if c.SecretFile != "" {
		secret, err := readAtMost(c.SecretFile, maxConfig)
		if err != nil {
			return fmt.Errorf("cannot read the secret: %w", err)
		}
		if body.Secret = strings.TrimSpace(string(secret)); body.Secret == "" {
			return fmt.Errorf("there is no secret in %s", c.SecretFile)
		}
	}
	made, err := call[wire.MadeWebhook](w, c.client, http.MethodPost, webhooksPath, body)
	if err == nil {
		fmt.Fprintln(w.stdout, made.Secret)
	}
	return err
}

// chosenEvents puts the events of presets in the places of their names.
func chosenEvents(choices []string) (events []string) {
	presets := make(map[string][]admission.EventName)
	for _, p := range wire.WebhookPresets {
		presets[p.Name] = p.Events
	}
	known := make(map[string]bool)
	add := func(name string) {
		if !known[name] {
			known[name], events = true, append(events, name)
		}
	}
	for _, choice := range choices {
		if preset, isPreset := presets[choice]; isPreset {
			for _, name := range preset {
				add(string(name))
			}
			continue
		}
		add(choice)
	}
	return events
}

type webhookList struct {
	client
	JSON bool `help:"Write JSON."`
}

// Run lists the webhooks.
func (c webhookList) Run(w world) error {
	list, err := call[wire.Webhooks](w, c.client, http.MethodGet, webhooksPath, nil)
	switch {
	case err != nil:
		return err
	case c.JSON:
		return printJSON(w, list)
	}
	return table(w, "NAME\tID\tADDRESS\tEVENTS\tINSTANCES\tSTATE\tWAITING\tUP TO\tNEXT TRY\tLAST ERROR", func(row func(...any)) {
		for _, hook := range list.Webhooks {
			d := hook.Delivery
			row(hook.Name, hook.WebhookID, hook.URL, joined(hook.Events), orDash(joined(hook.Instances)), webhookHealth(hook), d.Waiting,
				d.DeliveredUpTo, atTime(d.NextTryAt), orDash(d.LastError))
		}
	})
}

func webhookHealth(hook wire.Webhook) string {
	switch {
	case hook.IsPaused:
		return "paused"
	case hook.Delivery.Failures > 0:
		return "failing"
	}
	return "good"
}

// webhook finds one by its name or id.
func (c client) webhook(w world, name string) (wire.Webhook, error) {
	list, err := call[wire.Webhooks](w, c, http.MethodGet, webhooksPath, nil)
	if err != nil {
		return wire.Webhook{}, err
	}
	var found []wire.Webhook
	for _, hook := range list.Webhooks {
		if hook.WebhookID == name || hook.Name == name {
			found = append(found, hook)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return wire.Webhook{}, fmt.Errorf("there is no webhook %q; `gatekeeper webhook list` shows them", name)
	}
	return wire.Webhook{}, fmt.Errorf("there are %d webhooks %q; say which by its id", len(found), name)
}

type webhookTest struct {
	client
	Name string `arg:"" help:"Name of the webhook, or its id."`
}

// Run tests the webhook; the exit status tells how it went.
func (c webhookTest) Run(w world) error {
	hook, err := c.webhook(w, c.Name)
	if err != nil {
		return err
	}
	test, err := call[wire.WebhookTest](w, c.client, http.MethodPost, webhooksPath+"/"+hook.WebhookID+"/test", nil)
	switch {
	case err != nil:
		return err
	case !test.IsDelivered:
		return fmt.Errorf("%s was not delivered: %s", wire.WebhookTestEvent, test.Error)
	}
	fmt.Fprintf(w.stdout, "delivered in %.3f s; the receiver answered %d\n", test.TookSeconds, test.Status)
	return nil
}

type webhookPause struct {
	client
	Name string `arg:"" help:"Name of the webhook, or its id."`
}

// Run pauses or resumes the webhook.
func (c webhookPause) Run(w world, command commandName) error {
	hook, err := c.webhook(w, c.Name)
	if err != nil {
		return err
	}
	isPaused := command == "pause"
	changed, err := call[wire.Webhook](w, c.client, http.MethodPatch, webhooksPath+"/"+hook.WebhookID, wire.WebhookChange{IsPaused: &isPaused})
	if err == nil {
		fmt.Fprintf(w.stdout, "%s: %s\n", changed.Name, map[bool]string{true: "paused", false: "resumed"}[changed.IsPaused])
	}
	return err
}

type webhookRemove struct {
	client
	Name string `arg:"" help:"Name of the webhook, or its id."`
}

// Run removes the webhook.
func (c webhookRemove) Run(w world) error {
	hook, err := c.webhook(w, c.Name)
	if err != nil {
		return err
	}
	if err := do(w, c.client, http.MethodDelete, webhooksPath+"/"+hook.WebhookID, nil); err != nil {
		return err
	}
	fmt.Fprintf(w.stdout, "%s removed\n", hook.Name)
	return nil
}
