package cli

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestASilentServerIsWaitedForOnlySoLong(t *testing.T) {
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer silent.Close()
	response, err := impatient(50*time.Millisecond, nil).Get(silent.URL)
	if err == nil {
		response.Body.Close()
		t.Fatal("it answered")
	}
	// On this machine too: the server runs, so nobody is told to start one.
	if says := (client{}).unreachable(t.Context(), silent.URL, callTimeout, err).Error(); !strings.Contains(says, "no answer") {
		t.Errorf("it says %s", says)
	}
}

func TestAStreamMayGoOnForLonger(t *testing.T) {
	const patience = 50 * time.Millisecond
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).Flush()
		select {
		case <-time.After(3 * patience):
		case <-r.Context().Done():
		}
		_, _ = io.WriteString(w, "late")
	}))
	defer slow.Close()
	response, err := impatient(patience, nil).Get(slow.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if text, err := io.ReadAll(response.Body); err != nil || string(text) != "late" {
		t.Errorf("it brought %q, %v", text, err)
	}
}
