package wire

import (
	"encoding/json"

	"gatekeeper/admission"
)

// Messages about webhooks.
type (
	// NewWebhook makes a webhook. An empty Secret is made by the server.
	NewWebhook struct {
		Name      string                 `json:"name"`
		URL       string                 `json:"url"`
		Secret    string                 `json:"secret"`
		Events    []string               `json:"events"`
		Instances []admission.InstanceID `json:"instances"`
	}
	// WebhookChange changes a webhook; what is nil stays.
	WebhookChange struct {
		Name      *string                 `json:"name"`
		URL       *string                 `json:"url"`
		Secret    *string                 `json:"secret"`
		Events    *[]string               `json:"events"`
		Instances *[]admission.InstanceID `json:"instances"`
		IsPaused  *bool                   `json:"isPaused"`
	}
	// Webhook is an address that is told of events, without its secret.
	Webhook struct {
		WebhookID string                 `json:"webhookId"`
		Name      string                 `json:"name"`
		URL       string                 `json:"url"`
		Events    []string               `json:"events"`
		Instances []admission.InstanceID `json:"instances"`
		IsPaused  bool                   `json:"isPaused"`
		CreatedBy string                 `json:"createdBy"`
		CreatedAt Time                   `json:"createdAt"`
		Delivery  WebhookState           `json:"delivery"`
	}
	// WebhookState is how the deliveries of a webhook go.
	WebhookState struct {
		// DeliveredUpTo is the newest event up to which nothing waits.
		DeliveredUpTo uint64 `json:"deliveredUpTo"`
		// Waiting counts the events that are to be delivered yet.
		Waiting int `json:"waiting"`
		// Failures counts the tries in a row that failed; of several instances, the most.
		Failures  int   `json:"failures"`
		NextTryAt *Time `json:"nextTryAt"`
		// LastError tells why the last try that failed did, also where later ones went well.
		LastError       string `json:"lastError"`
		LastErrorAt     *Time  `json:"lastErrorAt"`
		LastDeliveredAt *Time  `json:"lastDeliveredAt"`
		// SkippedUpTo says that events up to this one were removed from the log before they were delivered; 0 = none.
		SkippedUpTo uint64        `json:"skippedUpTo"`
		Instances   []WebhookLine `json:"instances"`
	}
	// WebhookLine is the state of the deliveries of one instance's events; an empty InstanceID is that of events of none
	// in particular.
	WebhookLine struct {
		InstanceID    admission.InstanceID `json:"instanceId"`
		DeliveredUpTo uint64               `json:"deliveredUpTo"`
		Waiting       int                  `json:"waiting"`
		Failures      int                  `json:"failures"`
		NextTryAt     *Time                `json:"nextTryAt"`
	}
	// MadeWebhook is a new webhook with its secret, which is told this once.
	MadeWebhook struct {
		Webhook
		Secret string `json:"secret"`
	}
	// Webhooks lists webhooks, and choices of events that one need not know by name.
	Webhooks struct {
		Webhooks []Webhook       `json:"webhooks"`
		Presets  []WebhookPreset `json:"presets"`
	}
	// WebhookPreset is a choice of events with a name.
	WebhookPreset struct {
		Name   string                `json:"name"`
		Events []admission.EventName `json:"events"`
	}
	// WebhookTest tells how a receiver took a webhook.test.
	WebhookTest struct {
		IsDelivered bool `json:"isDelivered"`
		// Status is what the receiver answered; 0 = nothing.
		Status      int     `json:"status"`
		Error       string  `json:"error"`
		TookSeconds float64 `json:"tookSeconds"`
	}
	// WebhookDelivery is the body of what a receiver is sent: events of one instance, in order of their numbers.
	WebhookDelivery struct {
		WebhookID  string               `json:"webhookId"`
		InstanceID admission.InstanceID `json:"instanceId"`
		Events     []json.RawMessage    `json:"events"` // each an [Event]
	}
)

// WebhookTestEvent is the name of an event that only says that a webhook works. It is not in the log, and has no number.
const WebhookTestEvent admission.EventName = "webhook.test"

// WebhookPresets are what most want to be told of.
var WebhookPresets = []WebhookPreset{
	{"outcomes", []admission.EventName{
		admission.EventAdmitted, admission.EventQueued, admission.EventFailed, admission.EventTimeout, admission.EventThrottled,
	}},
	{"sessions", []admission.EventName{admission.EventAdmitted, admission.EventReconnected, admission.EventDisconnected}},
	{"drained", []admission.EventName{admission.EventInstanceDrained}},
}

// NewWebhookView returns a webhook without its secret.
func NewWebhookView(row admission.WebhookRow, state WebhookState) Webhook {
	return Webhook{
		WebhookID: row.ID, Name: row.Name, URL: row.URL, Events: row.Events, Instances: append([]admission.InstanceID{}, row.Instances...),
		IsPaused: row.IsPaused, CreatedBy: row.CreatedBy, CreatedAt: Time(row.CreatedAt), Delivery: state,
	}
}

// Apply changes what was given.
func (c WebhookChange) Apply(to *admission.WebhookRow) {
	set(&to.Name, c.Name)
	set(&to.URL, c.URL)
	set(&to.Secret, c.Secret)
	set(&to.Events, c.Events)
	set(&to.Instances, c.Instances)
	set(&to.IsPaused, c.IsPaused)
}
