package cli

import (
	"bytes"
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/ticket"
)

// tickets is the ring of keys in force.
type tickets struct {
	gate   *gate.Gate
	issuer string
	ring   atomic.Pointer[ticket.Ring]
}

const (
	// ticketKeySetting is where the keys are stored.
	ticketKeySetting = "ticket-key"
	// turnPause is how often it is looked whether the keys have to change: a fraction of what a change is announced by.
	turnPause = time.Hour
)

// newTickets reads the keys, or makes the first, and stores what changed.
func newTickets(ctx context.Context, g *gate.Gate, issuer string) (*tickets, error) {
	t := &tickets{gate: g, issuer: issuer}
	stored := g.Setting(ticketKeySetting)
	ring, err := readRing(stored, g.Now())
	if err != nil {
		return nil, err
	}
	t.ring.Store(ring)
	if secret, err := ring.Marshal(); err != nil || bytes.Equal(secret, stored) {
		return t, err
	}
	return t, t.put(ctx, ring)
}

func readRing(stored []byte, now time.Time) (*ticket.Ring, error) {
	if stored == nil {
		return ticket.NewRing(now)
	}
	ring, err := ticket.ParseRing(stored, now)
	if err == nil {
		ring, _, err = ring.Turned(now)
	}
	return ring, err
}

// put makes a ring the one in force once it is stored: what is published must not be forgotten.
func (t *tickets) put(ctx context.Context, ring *ticket.Ring) error {
	secret, err := ring.Marshal()
	if err != nil {
		return err
	}
	if err := t.gate.PutSetting(ctx, ticketKeySetting, secret); err != nil {
		return fmt.Errorf("store the ticket keys: %w", err)
	}
	t.ring.Store(ring)
	return nil
}

// run changes the keys in time until ctx ends. What fails is told, and tried again.
func (t *tickets) run(ctx context.Context, failed func(error)) {
	ticker := time.NewTicker(turnPause)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if err := t.turn(ctx); err != nil {
				failed(err)
			}
		case <-ctx.Done():
			return
		}
	}
}

func (t *tickets) turn(ctx context.Context) error {
	ring, isAnother, err := t.ring.Load().Turned(t.gate.Now())
	if err != nil || !isAnother {
		return err
	}
	return t.put(ctx, ring)
}

// Sign is for the door.
func (t *tickets) Sign(seat admission.Seated) (string, error) {
	return t.ring.Load().Sign(t.issuer, seat, t.gate.Now())
}

// Verify is for the door.
func (t *tickets) Verify(token string) (*ticket.Claims, error) {
	return t.ring.Load().Verify(token, t.issuer, t.gate.Now())
}

// JWKS is for the door.
func (t *tickets) JWKS() []byte { return t.ring.Load().JWKS() }
