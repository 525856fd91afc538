package httpapi

import (
	"cmp"
	"context"
	"net/http"

	"gatekeeper/admission"
	"gatekeeper/admission/auth"
	"gatekeeper/admission/wire"
)

// Webhooks is who delivers.
type Webhooks interface {
	// WebhookState tells how the deliveries of a webhook go.
	WebhookState(admission.WebhookRow) wire.WebhookState
	// TestWebhook sends a webhook.test, once. Its errors are problems of the contract.
	TestWebhook(context.Context, admission.WebhookRow) (wire.WebhookTest, error)
}

func (s *Server) webhookView(row admission.WebhookRow) wire.Webhook {
	return wire.NewWebhookView(row, s.Webhooks.WebhookState(row))
}

func (s *Server) listWebhooks(*http.Request, *principal) (answer, error) {
	body := wire.Webhooks{Webhooks: []wire.Webhook{}, Presets: wire.WebhookPresets}
	for _, row := range s.Gate.Webhooks() {
		body.Webhooks = append(body.Webhooks, s.webhookView(row))
	}
	return ok(body)
}

// addWebhook makes a webhook, whose secret is told this once.
func (s *Server) addWebhook(r *http.Request, p *principal) (answer, error) {
	body, err := decode[wire.NewWebhook](r)
	if err != nil {
		return answer{}, err
	}
	row := admission.WebhookRow{
		Name: body.Name, URL: body.URL, Secret: cmp.Or(body.Secret, auth.NewKey("gkw_")), Events: body.Events, Instances: body.Instances,
	}
	made, err := s.by(p).AddWebhook(r.Context(), row)
	if err != nil {
		return answer{}, err
	}
	return created(wire.MadeWebhook{Webhook: s.webhookView(made), Secret: made.Secret})
}

func (s *Server) changeWebhook(r *http.Request, p *principal) (answer, error) {
	body, err := decode[wire.WebhookChange](r)
	if err != nil {
		return answer{}, err
	}
	row, err := s.by(p).ChangeWebhook(r.Context(), r.PathValue("id"), func(row *admission.WebhookRow) error {
		body.Apply(row)
		return nil
	})
	if err != nil {
		return answer{}, err
	}
	return ok(s.webhookView(row))
}

func (s *Server) removeWebhook(r *http.Request, p *principal) (answer, error) {
	if err := s.by(p).RemoveWebhook(r.Context(), r.PathValue("id")); err != nil {
		return answer{}, err
	}
	return noContent()
}

// testWebhook answers with how the receiver took it, which is no error of this server's.
func (s *Server) testWebhook(r *http.Request, _ *principal) (answer, error) {
	row, err := s.Gate.Webhook(r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	test, err := s.Webhooks.TestWebhook(r.Context(), row)
	if err != nil {
		return answer{}, err
	}
	return ok(test)
}
