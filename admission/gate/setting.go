package gate

import (
	"context"

	"gatekeeper/admission"
)

// Setting returns one of the server's own stored values; nil = there is none.
func (g *Gate) Setting(name string) []byte {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.settings[name]
}

// PutSetting stores one of the server's own values, durably. Error: ErrUnavailable.
func (g *Gate) PutSetting(ctx context.Context, name string, value []byte) error {
	return g.putSetting(ctx, name, value)
}

func (g *Gate) putSetting(ctx context.Context, name string, value []byte, told ...admission.Event) error {
	g.mu.Lock()
	g.settings[name] = value
	g.mu.Unlock()
	return g.write(ctx, &admission.Change{Records: []admission.Record{admission.PutSetting{Name: name, Value: value}}, Events: told})
}
