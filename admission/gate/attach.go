package gate

import (
	"context"
	"errors"
	"time"

	"gatekeeper/admission"
)

// ErrDeadToken is returned for a token that is unknown, used, superseded or expired.
var ErrDeadToken = errors.New("the token is unknown, used or expired")

// Attach binds a socket to the place that the token belongs to. The first frames follow by Deliver, once the
// change is durable. Errors: ErrUnknownInstance, ErrDeadToken, ErrUnavailable; after an error the socket is bound to
// nothing.
func (g *Gate) Attach(ctx context.Context, id admission.InstanceID, token string, kind admission.TokenKind, conn admission.Conn) (*Instance, error) {
	in := g.instance(id)
	if in == nil {
		return nil, ErrUnknownInstance
	}
	if err := g.durable(ctx, in.knows(token)); err != nil {
		return nil, err
	}
	if err := g.Health(); err != nil {
		return nil, err
	}
	if !in.attach(token, kind, conn) {
		return nil, ErrDeadToken
	}
	return in, nil
}

// Accepts reports whether a token would attach a socket; it binds nothing, and waits for nothing.
func (g *Gate) Accepts(id admission.InstanceID, token string, kind admission.TokenKind) bool {
	in := g.instance(id)
	if in == nil {
		return false
	}
	in.lock()
	defer in.mu.Unlock()
	return in.core.Accepts(token, kind, g.cfg.Now())
}

func (in *Instance) knows(token string) (entry uint64) {
	in.lock()
	defer in.mu.Unlock()
	return in.core.Knows(token)
}

func (in *Instance) attach(token string, kind admission.TokenKind, conn admission.Conn) bool {
	in.lock()
	defer in.mu.Unlock()
	attached, c := in.core.Attach(token, kind, conn, in.gate.cfg.Now())
	in.apply(c)
	return attached
}

// Ack notes that the socket's player stored the newest reconnectionToken.
func (in *Instance) Ack(conn admission.Conn) {
	in.do(func(core *admission.Instance, now time.Time) *admission.Change { return core.Ack(conn, now) })
}

// Hear notes a sign of life of a socket that was promoted.
func (in *Instance) Hear(conn admission.Conn) {
	in.do(func(core *admission.Instance, now time.Time) *admission.Change { return core.Hear(conn, now) })
}

// Leave ends the place behind a socket on its player's word.
func (in *Instance) Leave(conn admission.Conn) {
	in.do(func(core *admission.Instance, now time.Time) *admission.Change { return core.Leave(conn, now) })
}

// Expel ends the place behind a socket that broke the protocol.
func (in *Instance) Expel(conn admission.Conn) {
	in.do(func(core *admission.Instance, now time.Time) *admission.Change { return core.Expel(conn, now) })
}

// Drop tells that a socket is gone. While the server stops that is its own doing and costs nobody anything.
func (in *Instance) Drop(conn admission.Conn) {
	if in.gate.stopping.Load() {
		return
	}
	in.do(func(core *admission.Instance, now time.Time) *admission.Change { return core.Drop(conn, now) })
}
