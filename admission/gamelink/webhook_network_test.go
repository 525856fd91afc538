package gamelink_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/admissiontest"
	"gatekeeper/admission/gamelink"
	"gatekeeper/storage"
)

// onLoopback is a house whose webhooks go over the network of this machine, in real time.
func onLoopback(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, dir: t.TempDir(), results: make(map[gamelink.WebhookResult]int)}
	h.start(storage.Options{}, nil)
	t.Cleanup(func() { h.stop() })
	return h
}

func TestOverTheNetworkAWebhookIsToldInOrder(t *testing.T) {
	h := onLoopback(t)
	r := admissiontest.NewReceiver(t, secret)
	fails := 2
	r.Answers(func(w http.ResponseWriter, _ *http.Request) {
		if fails > 0 {
			fails--
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	server := httptest.NewServer(r)
	defer server.Close()
	h.hooked(server.URL, nil)
	want := h.happen("main", 20)
	for deadline := time.Now().Add(20 * time.Second); len(r.Taken("main")) < len(want) && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	if got := r.Taken("main"); !slices.Equal(got, want) {
		t.Errorf("it took %v, want %v", got, want)
	}
}

func TestACertificateThatNobodyVouchesForIsRefused(t *testing.T) {
	h := onLoopback(t)
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = nil
	server.StartTLS()
	defer server.Close()
	is, err := h.hooks.TestWebhook(t.Context(), admission.WebhookRow{URL: server.URL, Secret: secret})
	if err != nil || is.IsDelivered || is.Status != 0 || !strings.Contains(is.Error, "certificate") {
		t.Errorf("it went %+v, %v", is, err)
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	h := onLoopback(t)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was followed") }))
	defer elsewhere.Close()
	server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer server.Close()
	is, err := h.hooks.TestWebhook(t.Context(), admission.WebhookRow{URL: server.URL, Secret: secret})
	if err != nil || is.IsDelivered || is.Status != http.StatusTemporaryRedirect {
		t.Errorf("it went %+v, %v", is, err)
	}
}

func TestAnAnswerWithoutEndIsCutOff(t *testing.T) {
	h := onLoopback(t)
	written := make(chan int, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		total, block := 0, make([]byte, 64<<10)
		for {
			n, err := w.Write(block)
			if total += n; err != nil || total > 1<<30 {
				written <- total
				return
			}
		}
	}))
	defer server.Close()
	is, err := h.hooks.TestWebhook(t.Context(), admission.WebhookRow{URL: server.URL, Secret: secret})
	if err != nil || !is.IsDelivered {
		t.Errorf("it went %+v, %v", is, err)
	}
	if total := <-written; total > 64<<20 {
		t.Errorf("%d bytes were read of it", total)
	}
}

func TestTheAddressesOfCredentialsAreOutOfReach(t *testing.T) {
	h := onLoopback(t)
	for _, host := range []string{"169.254.169.254", "[::ffff:169.254.169.254]", "[fe80::1%25lo]", "[fd00:ec2::254]", "224.0.0.1"} {
		is, err := h.hooks.TestWebhook(t.Context(), admission.WebhookRow{URL: "http://" + host + "/latest/meta-data", Secret: secret})
		if err != nil || is.IsDelivered || !strings.Contains(is.Error, "not sent to link-local addresses") {
			t.Errorf("to %s it went %+v, %v", host, is, err)
		}
	}
}
