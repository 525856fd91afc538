package gate

import (
	"context"
	"time"

	"gatekeeper/admission"
)

// GameServer is what an instance's game server said of itself last.
type GameServer struct{ Build, Message string }

// Heartbeat notes that an instance's game server is alive. Errors: ErrUnknownInstance, also for a closed one,
// ErrUnavailable: an outage of the store is charged to no game server.
func (g *Gate) Heartbeat(ctx context.Context, id admission.InstanceID, says GameServer) (View, error) {
	in := g.instance(id)
	if in == nil || in.view().Mode == admission.ModeClosed {
		return View{}, ErrUnknownInstance
	}
	if err := g.Health(); err != nil {
		return View{}, err
	}
	entry := in.do(func(core *admission.Instance, now time.Time) *admission.Change {
		in.server = says
		return core.Heartbeat(now)
	})
	return in.view(), g.durable(ctx, entry)
}
