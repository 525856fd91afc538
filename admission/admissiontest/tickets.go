package admissiontest

import (
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/ticket"
)

// Tickets signs and checks with keys that are kept nowhere.
type Tickets struct {
	issuer string
	now    func() time.Time
	ring   *ticket.Ring
}

// NewTickets makes the keys, in the name of an issuer.
func NewTickets(issuer string, now func() time.Time) Tickets {
	ring, err := ticket.NewRing(now())
	if err != nil {
		panic(err) // no randomness
	}
	return Tickets{issuer, now, ring}
}

// Sign is for the door.
func (t Tickets) Sign(seat admission.Seated) (string, error) {
	return t.ring.Sign(t.issuer, seat, t.now())
}

// Verify is for the door.
func (t Tickets) Verify(token string) (*ticket.Claims, error) {
	return t.ring.Verify(token, t.issuer, t.now())
}

// JWKS is for the door.
func (t Tickets) JWKS() []byte { return t.ring.JWKS() }
