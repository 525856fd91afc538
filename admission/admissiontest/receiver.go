package admissiontest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// Receiver is a studio's backend that webhooks are sent to.
type Receiver struct {
	t      testing.TB
	secret string

	mu     sync.Mutex       // guards the rest
	answer http.HandlerFunc // nil = it takes everything
	tries  []Delivery
}

// Delivery is one try to deliver.
type Delivery struct {
	wire.WebhookDelivery
	ID       string
	Received []wire.Event
	Seqs     []uint64
	Status   int // that it answered
	At       time.Time
}

// NewReceiver returns one that takes everything that is signed with a secret.
func NewReceiver(t testing.TB, secret string) *Receiver { return &Receiver{t: t, secret: secret} }

// Answers changes how it answers; nil = it takes everything.
func (r *Receiver) Answers(how http.HandlerFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = how
}

// Tries returns every try so far.
func (r *Receiver) Tries() []Delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.tries)
}

// Taken returns the numbers of the events of an instance that it took, in the order in which it did.
func (r *Receiver) Taken(id admission.InstanceID) (seqs []uint64) {
	for _, d := range r.Tries() {
		if d.InstanceID == id && d.Status < 300 {
			seqs = append(seqs, d.Seqs...)
		}
	}
	return seqs
}

// ServeHTTP checks what every delivery must be, notes it, and answers.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return // its sender was cut off
	}
	if err := VerifyWebhook(r.secret, request.Header.Get("Gatekeeper-Signature"), body, time.Now()); err != nil {
		r.t.Errorf("%s: %v", body, err)
	}
	d := Delivery{At: time.Now(), ID: request.Header.Get("Gatekeeper-Delivery")}
	if err := json.Unmarshal(body, &d.WebhookDelivery); err != nil {
		r.t.Error(err)
	}
	for _, raw := range d.Events {
		var e wire.Event
		if err := json.Unmarshal(raw, &e); err != nil || e.InstanceID != d.InstanceID {
			r.t.Errorf("%s in a delivery of %q: %v", raw, d.InstanceID, err)
		}
		d.Received, d.Seqs = append(d.Received, e), append(d.Seqs, e.Seq)
	}
	d.Status = r.reply(w, request)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tries = append(r.tries, d)
}

func (r *Receiver) reply(w http.ResponseWriter, request *http.Request) (status int) {
	r.mu.Lock()
	how := r.answer
	r.mu.Unlock()
	noting := &statusNoting{w, http.StatusOK}
	if how != nil {
		how(noting, request)
	}
	return noting.status
}

type statusNoting struct {
	http.ResponseWriter
	status int
}

func (n *statusNoting) WriteHeader(status int) {
	n.status = status
	n.ResponseWriter.WriteHeader(status)
}

// VerifyWebhook is shown by the README: what a receiver does with a delivery before it believes a word of it.
func VerifyWebhook(secret, signature string, body []byte, now time.Time) error {
	var t int64
	var v1 string
	if _, err := fmt.Sscanf(strings.Replace(signature, ",v1=", " ", 1), "t=%d %s", &t, &v1); err != nil {
		return errors.New("there is no signature")
	}
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.%s", t, body)
	if signed, _ := hex.DecodeString(v1); !hmac.Equal(signed, mac.Sum(nil)) || now.Sub(time.Unix(t, 0)).Abs() > 5*time.Minute {
		return errors.New("it is not from gatekeeper, or old")
	}
	return nil
}
