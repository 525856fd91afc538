package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/ticket"
	"gatekeeper/storage"
)

// newKeeper is a gate on a real store, which stops with the test.
func newKeeper(t *testing.T, path string, now *time.Time) (g *gate.Gate, stop func()) {
	t.Helper()
	schema, err := os.ReadFile("../../schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	store, err := storage.Open(path, string(schema), storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	g = gate.New(gate.Config{Store: store, Now: func() time.Time { return *now }})
	if err := g.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return g, func() {
		if err := g.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
}

func keysOf(t *testing.T, g *gate.Gate) *tickets {
	t.Helper()
	k, err := newTickets(t.Context(), g, "https://gate.example")
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestTicketKeysFollowOneAnotherWhileTheServerRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gatekeeper.db")
	now := time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)
	g, stop := newKeeper(t, path, &now)
	keys := keysOf(t, g)
	passes := func(d time.Duration) {
		t.Helper()
		now = now.Add(d)
		if err := keys.turn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	passes(ticket.Term - ticket.Lead)
	both := keys.JWKS()
	if bytes.Count(both, []byte(`"kid"`)) != 2 {
		t.Errorf("a day before the change the set is %s", both)
	}
	passes(ticket.Lead + ticket.Overlap)
	token, err := keys.Sign(admission.Seated{Instance: "main"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Verify(token); err != nil || bytes.Count(keys.JWKS(), []byte(`"kid"`)) != 1 {
		t.Errorf("after the change the set is %s, %v", keys.JWKS(), err)
	}
	published := keys.JWKS()
	stop()
	g, stop = newKeeper(t, path, &now)
	defer stop()
	if again := keysOf(t, g).JWKS(); !bytes.Equal(again, published) {
		t.Errorf("a restart makes of it %s", again)
	}
}

func TestAKeyOfAnEarlierVersionGoesOn(t *testing.T) {
	now := time.Now()
	g, stop := newKeeper(t, filepath.Join(t.TempDir(), "gatekeeper.db"), &now)
	defer stop()
	single, err := ticket.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	if err := g.PutSetting(t.Context(), ticketKeySetting, single.Marshal()); err != nil {
		t.Fatal(err)
	}
	want, err := ticket.JWKS(single)
	if err != nil {
		t.Fatal(err)
	}
	if got := keysOf(t, g).JWKS(); !bytes.Equal(got, want) {
		t.Errorf("the set is %s, want %s", got, want)
	}
	if stored := g.Setting(ticketKeySetting); bytes.Equal(stored, single.Marshal()) {
		t.Error("when its term began is not kept")
	}
}
