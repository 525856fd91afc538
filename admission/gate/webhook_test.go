package gate_test

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"testing/synctest"

	"gatekeeper/admission"
	"gatekeeper/admission/gate"
)

const hookSecret = "a-secret-that-nobody-is-told"

func hook(name string) admission.WebhookRow {
	return admission.WebhookRow{
		Name: name, URL: "https://backend.example.org/hooks/in-a-path-nobody-knows", Secret: hookSecret, Events: []string{"connection.", "instance.drained"},
	}
}

func TestWebhooksSurviveARestartAndTheirCursorsNeverGoBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		s := start(t, dir, nil)
		ana := s.As("ana")
		made, err := ana.AddWebhook(t.Context(), hook("backend"))
		if err != nil || made.ID == "" || made.Since == 0 || made.CreatedBy != "ana" || made.CreatedAt.IsZero() {
			t.Fatalf("made %+v, %v", made, err)
		}
		gone, err := ana.AddWebhook(t.Context(), hook("gone"))
		if err != nil {
			t.Fatal(err)
		}
		for _, seq := range []uint64{7, 5} {
			for _, id := range []string{made.ID, gone.ID} {
				if err := s.MoveWebhookCursors(t.Context(), admission.WebhookCursorRow{Webhook: id, Instance: "main", Seq: seq}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := ana.RemoveWebhook(t.Context(), gone.ID); err != nil {
			t.Fatal(err)
		}
		late := admission.WebhookCursorRow{Webhook: gone.ID, Instance: "main", Seq: 9}
		if err := s.MoveWebhookCursors(t.Context(), late); err != nil {
			t.Error(err)
		}
		s.stop()

		s = start(t, dir, nil)
		defer s.stop()
		list := s.Webhooks()
		if len(list) != 1 || list[0].ID != made.ID || list[0].Secret != hookSecret || list[0].Since != made.Since {
			t.Errorf("after a restart there are %+v", list)
		}
		if is := s.WebhookCursors(made.ID); !maps.Equal(is, map[admission.InstanceID]uint64{"main": 7}) {
			t.Errorf("it was told up to %v", is)
		}
		if is := s.WebhookCursors(gone.ID); len(is) > 0 {
			t.Errorf("one that is gone was told up to %v", is)
		}
	})
}

func TestAWebhookIsToldOfInstancesFromWhenItCoversThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, t.TempDir(), nil)
		defer s.stop()
		if _, err := s.As("ana").CreateInstance(t.Context(), admission.DefaultSettings("other")); err != nil {
			t.Fatal(err)
		}
		row := hook("backend")
		row.Instances = []admission.InstanceID{"main"}
		made, err := s.As("ana").AddWebhook(t.Context(), row)
		if err != nil {
			t.Fatal(err)
		}
		changed, err := s.As("ana").ChangeWebhook(t.Context(), made.ID, func(w *admission.WebhookRow) error {
			w.Instances, w.IsPaused = nil, true
			return nil
		})
		if err != nil || !changed.IsPaused {
			t.Fatalf("changed to %+v, %v", changed, err)
		}
		newest := made.Since + 1 // that it was made
		if is := s.WebhookCursors(made.ID); !maps.Equal(is, map[admission.InstanceID]uint64{"other": newest, "": newest}) {
			t.Errorf("it was told up to %v, want %d for those it did not cover", is, newest)
		}
	})
}

func TestTheAuditTrailTellsOfWebhooksWithoutTheirSecrets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, t.TempDir(), nil)
		defer s.stop()
		made, err := s.As("ana").AddWebhook(t.Context(), hook("backend"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.As("ana").ChangeWebhook(t.Context(), made.ID, func(w *admission.WebhookRow) error {
			w.Secret += "-and-another"
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if err := s.As("ana").RemoveWebhook(t.Context(), made.ID); err != nil {
			t.Fatal(err)
		}
		events, err := s.Events(t.Context(), admission.EventFilter{Name: "admin."})
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(events)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range events {
			names = append(names, string(e.Name))
			if e.Data["by"] != "ana" || e.Data["webhookId"] != made.ID {
				t.Errorf("%s tells %v", e.Name, e.Data)
			}
		}
		if is := strings.Join(names, " "); is != "admin.webhook_added admin.webhook_changed admin.webhook_removed" {
			t.Errorf("the trail has %s", is)
		}
		if strings.Contains(string(text), hookSecret) || strings.Contains(string(text), "nobody-knows") {
			t.Errorf("the trail tells too much: %s", text)
		}
	})
}

func TestWhatIsNoWebhookIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, t.TempDir(), nil)
		defer s.stop()
		ana := s.As("ana")
		bad, elsewhere := hook("bad"), hook("elsewhere")
		bad.Events, elsewhere.Instances = []string{"no.event"}, []admission.InstanceID{"nowhere"}
		if _, err := ana.AddWebhook(t.Context(), bad); !errors.Is(err, admission.ErrInvalidWebhook) {
			t.Error(err)
		}
		if _, err := ana.AddWebhook(t.Context(), elsewhere); !errors.Is(err, gate.ErrUnknownInstance) {
			t.Error(err)
		}
		if err := ana.RemoveWebhook(t.Context(), "unknown"); !errors.Is(err, gate.ErrUnknownWebhook) {
			t.Error(err)
		}
		if _, err := ana.ChangeWebhook(t.Context(), "unknown", nil); !errors.Is(err, gate.ErrUnknownWebhook) {
			t.Error(err)
		}
		for i := range admission.MaxWebhooks + 1 {
			_, err := ana.AddWebhook(t.Context(), hook("one of many"))
			if wantErr := i == admission.MaxWebhooks; errors.Is(err, gate.ErrTooManyWebhooks) != wantErr {
				t.Fatalf("number %d: %v", i+1, err)
			}
		}
		first := s.Webhooks()[0]
		refusal := errors.New("no")
		for _, edit := range []func(*admission.WebhookRow) error{
			func(w *admission.WebhookRow) error { w.Name = "changed"; return refusal },
			func(w *admission.WebhookRow) error { w.Name = ""; return nil },
		} {
			if _, err := ana.ChangeWebhook(t.Context(), first.ID, edit); err == nil {
				t.Error("it was changed")
			}
		}
		if is, err := s.Webhook(first.ID); err != nil || is.Name != first.Name {
			t.Errorf("a refused change left %+v, %v", is, err)
		}
	})
}
