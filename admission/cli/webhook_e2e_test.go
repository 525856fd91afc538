package cli_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/admissiontest"
	"gatekeeper/admission/wire"
)

const hookSecret = "a-secret-that-is-told-once"

// receives runs a receiver of webhooks on this machine.
func receives(t *testing.T) (*admissiontest.Receiver, *httptest.Server) {
	t.Helper()
	r := admissiontest.NewReceiver(t, hookSecret)
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	return r, server
}

// hook returns a webhook as the server tells of it.
func (p *program) hook(id string) (found wire.Webhook) {
	p.t.Helper()
	var list wire.Webhooks
	if err := json.Unmarshal([]byte(p.runs("webhook", "list", "--json")), &list); err != nil {
		p.t.Fatal(err)
	}
	for _, hook := range list.Webhooks {
		if hook.WebhookID == id || hook.Name == id {
			found = hook
		}
	}
	return found
}

func TestAWebhookIsToldOfAnEvening(t *testing.T) {
	p := serve(t)
	r, server := receives(t)
	p.runs("instance", "set", "main", "--capacity", "1")
	secret := strings.TrimSpace(p.runs("webhook", "add", "backend", server.URL+"/in-a-path", "--event", "sessions", "--event", "drained",
		"--secret-file", p.writes("secret", hookSecret+"\n")))
	if secret != hookSecret {
		t.Errorf("it was given the secret %q", secret)
	}
	ana := p.player("ana").plays()
	p.must(http.StatusNoContent, "POST", "/sessions/"+ana.session+"/leave", ana.token, nil)
	p.runs("instance", "drain", "main")
	p.eventually("all of it is told", func() bool { return len(r.Taken("main")) == 3 })
	var told []string
	for _, d := range r.Tries() {
		for _, e := range d.Received {
			told = append(told, string(e.Event)+" "+e.Reason)
		}
	}
	if got := strings.Join(told, ", "); got != "connection.admitted , connection.disconnected user, instance.drained " {
		t.Errorf("it was told of %s", got)
	}
	if text := p.runs("webhook", "test", "backend"); !strings.Contains(text, "the receiver answered 200") {
		t.Errorf("the test says %s", text)
	}
	p.runs("webhook", "pause", "backend")
	p.runs("instance", "open", "main")
	p.runs("instance", "drain", "main")
	p.eventually("it waits", func() bool { return p.hook("backend").Delivery.Waiting == 1 })
	if is := p.hook("backend"); !is.IsPaused || len(r.Taken("main")) != 3 {
		t.Errorf("paused, it is %+v", is)
	}
	if text := p.runs("webhook", "list"); !strings.Contains(text, "paused") {
		t.Errorf("the list is\n%s", text)
	}
	p.runs("webhook", "resume", "backend")
	p.eventually("what waited is told", func() bool { return len(r.Taken("main")) == 4 })
	p.eventually("the metrics count it", func() bool { // once the answer was read, later than it was sent
		return p.Scrape(t)[`gatekeeper_webhook_deliveries_total{result="taken"}`] >= 2
	})
	p.runs("webhook", "remove", "backend")
	if _, err := p.Run("webhook", "remove", "backend"); err == nil {
		t.Error("it was removed twice")
	}
	p.tellsNoSecret(secret, server.URL)
}

// tellsNoSecret looks where everybody may.
func (p *program) tellsNoSecret(secret, url string) {
	p.t.Helper()
	events := p.runs("export", "events")
	for where, text := range map[string]string{"the events": events, "the log": p.read(p.Stderr), "the output": p.read(p.Stdout)} {
		if strings.Contains(text, secret) || strings.Contains(text, "in-a-path") {
			p.t.Errorf("%s tell the secret, or the address", where)
		}
	}
	if !strings.Contains(events, `"host":"`+url+`"`) {
		p.t.Errorf("the events do not tell the host:\n%s", events)
	}
}

func TestTheSecretOfAWebhookIsToldOnce(t *testing.T) {
	p := serve(t)
	key := p.operatorKey()
	made := p.must(http.StatusCreated, "POST", "/admin/api/webhooks", key, object{"name": "backend", "url": "http://127.0.0.1:9/", "events": []string{"queue."}})
	secret, id := made["secret"].(string), made["webhookId"].(string)
	if len(secret) < 32 {
		t.Errorf("its secret is %q", secret)
	}
	changed := p.must(http.StatusOK, "PATCH", "/admin/api/webhooks/"+id, key, object{"name": "other", "secret": hookSecret, "isPaused": true})
	listed := p.must(http.StatusOK, "GET", "/admin/api/webhooks", key, nil)
	tested := p.must(http.StatusOK, "POST", "/admin/api/webhooks/"+id+"/test", key, nil)
	if tested["isDelivered"] != false || !strings.Contains(tested["error"].(string), "refused") {
		t.Errorf("the test of nobody says %v", tested)
	}
	for _, answer := range []object{changed, listed, tested} {
		if text := fmt.Sprint(answer); strings.Contains(text, secret) || strings.Contains(text, hookSecret) || !strings.Contains(text, "other") && answer["tookSeconds"] == nil {
			t.Errorf("it is told again: %v", answer)
		}
	}
	for _, bad := range []object{
		{"url": "ftp://example.org/"},
		{"events": []string{"nothing.like_it"}},
		{"secret": "short"},
		{"name": ""},
	} {
		p.must(http.StatusBadRequest, "PATCH", "/admin/api/webhooks/"+id, key, bad)
	}
	p.must(http.StatusNotFound, "PATCH", "/admin/api/webhooks/"+id, key, object{"instances": []string{"nowhere"}})
	p.must(http.StatusNoContent, "DELETE", "/admin/api/webhooks/"+id, key, nil)
	for _, call := range [][2]string{{"DELETE", ""}, {"PATCH", ""}, {"POST", "/test"}} {
		p.must(http.StatusNotFound, call[0], "/admin/api/webhooks/"+id+call[1], key, object{})
	}
}

// TestAWebhookOutlivesKills kills the server again and again while it delivers: nothing is lost, and of each instance
// everything comes in order, but for what comes twice.
func TestAWebhookOutlivesKills(t *testing.T) {
	p := serve(t)
	r, server := receives(t)
	var tries atomic.Int64
	r.Answers(func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(5 * time.Millisecond) // a delivery is under way when the server is killed
		if tries.Add(1)%7 == 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	p.runs("instance", "add", "other")
	p.runs("webhook", "add", "backend", server.URL, "--event", "instance.changed", "--secret-file", p.writes("secret", hookSecret))
	instances := []admission.InstanceID{"main", "other"}
	for round := range 6 {
		key := p.operatorKey()
		for i := range 12 {
			for _, id := range instances {
				p.must(http.StatusOK, "PATCH", "/admin/api/instances/"+string(id), key, object{"message": fmt.Sprint(round, "-", i)})
			}
		}
		p.Kill()
		p.restart()
	}
	for _, id := range instances {
		var want []uint64
		for line := range strings.Lines(p.runs("export", "events", "--event", "instance.changed", "--instance", string(id))) {
			var e wire.Event
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatal(err)
			}
			want = append(want, e.Seq)
		}
		if len(want) != 6*12 {
			t.Fatalf("%d events of %s, want %d", len(want), id, 6*12)
		}
		p.eventually("all of "+string(id)+" is told", func() bool { return slices.Contains(r.Taken(id), want[len(want)-1]) })
		taken := r.Taken(id)
		if first := firsts(taken); !slices.Equal(first, want) {
			t.Errorf("of %s it took %v, want %v", id, taken, want)
		}
		if len(taken) > len(want)+6*100 {
			t.Errorf("of %s it took %d events for %d", id, len(taken), len(want))
		}
	}
	if is := p.hook("backend"); is.Delivery.SkippedUpTo != 0 {
		t.Errorf("it stands at %+v", is.Delivery)
	}
}

// firsts leaves out what comes again: what a receiver does that remembers the highest number.
func firsts(taken []uint64) (list []uint64) {
	for _, seq := range taken {
		if len(list) == 0 || seq > list[len(list)-1] {
			list = append(list, seq)
		}
	}
	return list
}
