package gamelink_test

import (
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/admissiontest"
)

func TestTheReadmeShowsWhatIsTested(t *testing.T) {
	readme := read(t, "../../README.md")
	for file, begin := range map[string]string{
		"../admissiontest/receiver.go": "func VerifyWebhook", "../../testdata/webhooks/receiver.mjs": "function isFromGatekeeper",
	} {
		text := read(t, file)
		from := strings.Index(text, begin)
		if from < 0 {
			t.Fatalf("%s has no %s", file, begin)
		}
		shown, _, _ := strings.Cut(text[from:], "\n}\n")
		if !strings.Contains(readme, shown+"\n}\n") {
			t.Errorf("the README does not show %s of %s as it is", begin, file)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheReceiverInNodeTakesWhatIsSignedOnly(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no Node here")
	}
	address := admissiontest.FreeAddress(t)
	receiver := exec.Command(node, "../../testdata/webhooks/receiver.mjs")
	receiver.Env = append(os.Environ(), "WEBHOOK_SECRET="+secret, "PORT="+address[strings.LastIndex(address, ":")+1:])
	receiver.Stderr = os.Stderr
	if err := receiver.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = receiver.Process.Kill(), receiver.Wait() }()
	h := onLoopback(t)
	hook := admission.WebhookRow{ID: "a webhook", URL: "http://" + address + "/", Secret: secret}
	is, err := h.hooks.TestWebhook(t.Context(), hook)
	for deadline := time.Now().Add(20 * time.Second); is.Status == 0 && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		is, err = h.hooks.TestWebhook(t.Context(), hook) // it takes a moment to start
	}
	if err != nil || !is.IsDelivered || is.Status != http.StatusNoContent {
		t.Errorf("what is signed goes %+v, %v", is, err)
	}
	hook.Secret = "another secret than its"
	if is, err := h.hooks.TestWebhook(t.Context(), hook); err != nil || is.Status != http.StatusUnauthorized {
		t.Errorf("what another signed goes %+v, %v", is, err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	response, err := http.Post(hook.URL, "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if response.Body.Close(); response.StatusCode != http.StatusUnauthorized {
		t.Errorf("what nobody signed goes %d", response.StatusCode)
	}
}
