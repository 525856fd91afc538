package ticket_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/ticket"
)

func newRing(t *testing.T, at time.Time) *ticket.Ring {
	t.Helper()
	r, err := ticket.NewRing(at)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func turned(t *testing.T, r *ticket.Ring, at time.Time) *ticket.Ring {
	t.Helper()
	next, isAnother, err := r.Turned(at)
	if err != nil || isAnother != (next != r) {
		t.Fatalf("another: %v, %v", isAnother, err)
	}
	return next
}

// signedBy returns the place in the published set of the key that signs.
func signedBy(t *testing.T, r *ticket.Ring, at time.Time) (token string, place, published int) {
	t.Helper()
	token, err := r.Sign("https://gate", admission.Seated{Instance: "main"}, at)
	if err != nil {
		t.Fatal(err)
	}
	var set struct{ Keys []struct{ Kid string } }
	if err := json.Unmarshal(r.JWKS(), &set); err != nil {
		t.Fatal(err)
	}
	for i, k := range set.Keys {
		if bytes.Contains(header(t, token), []byte(k.Kid)) {
			return token, i, len(set.Keys)
		}
	}
	t.Fatalf("the key that signs is not in %s", r.JWKS())
	return "", 0, 0
}

func TestTheNextKeyIsPublishedADayBeforeItSigns(t *testing.T) {
	r := newRing(t, now)
	if turned(t, r, now.Add(ticket.Term-ticket.Lead-time.Second)) != r {
		t.Error("there is another key long before it is needed")
	}
	r = turned(t, r, now.Add(ticket.Term-ticket.Lead))
	if _, place, published := signedBy(t, r, now.Add(ticket.Term-time.Second)); place != 0 || published != 2 {
		t.Errorf("a second before the end of the term the key %d of %d signs", place, published)
	}
	if _, place, _ := signedBy(t, r, now.Add(ticket.Term)); place != 1 {
		t.Errorf("at the end of the term the key %d signs", place)
	}
}

func TestAKeyStaysUntilNobodyHoldsATicketOfIt(t *testing.T) {
	r := turned(t, newRing(t, now), now.Add(ticket.Term-ticket.Lead))
	last := now.Add(ticket.Term - time.Second)
	old, _, _ := signedBy(t, r, last)
	r = turned(t, r, now.Add(ticket.Term+ticket.Overlap-time.Second))
	if _, err := r.Verify(old, "https://gate", last.Add(ticket.Life-time.Second)); err != nil {
		t.Error("a ticket of the old key is refused:", err)
	}
	r = turned(t, r, now.Add(ticket.Term+ticket.Overlap))
	if _, err := r.Verify(old, "https://gate", last); err == nil {
		t.Error("the old key is still published")
	}
}

func TestARingThatNobodyTurnedGivesADaysNotice(t *testing.T) {
	late := now.Add(10 * ticket.Term)
	r := turned(t, newRing(t, now), late)
	if _, place, published := signedBy(t, r, late.Add(ticket.Lead-time.Second)); place != 0 || published != 2 {
		t.Errorf("the key %d of %d signs", place, published)
	}
	if _, place, _ := signedBy(t, r, late.Add(ticket.Lead)); place != 1 {
		t.Error("the next key never signs")
	}
}

func TestARingIsReadAsItWasStored(t *testing.T) {
	r := turned(t, newRing(t, now), now.Add(ticket.Term-ticket.Lead))
	stored, err := r.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	same, err := ticket.ParseRing(stored, now.Add(time.Hour))
	if err != nil || !bytes.Equal(same.JWKS(), r.JWKS()) {
		t.Fatalf("%s, %v", same.JWKS(), err)
	}
	token, _, _ := signedBy(t, r, now)
	if _, err := same.Verify(token, "https://gate", now); err != nil {
		t.Error(err)
	}
	single := key(t)
	if early, err := ticket.ParseRing(single.Marshal(), now); err != nil || !bytes.Contains(early.JWKS(), []byte(`"kid"`)) {
		t.Errorf("a single key is read as %v, %v", early, err)
	}
	for name, data := range map[string]string{"nothing": "", "no JSON": "x", "no keys": "[]", "a short key": `[{"seed":"AAAA"}]`} {
		if _, err := ticket.ParseRing([]byte(data), now); err == nil {
			t.Errorf("%s is read", name)
		}
	}
}
