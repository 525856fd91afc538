package admission

import "time"

// HeartbeatLimit is how long the game server of an instance may be silent, once it has sent a heartbeat.
const HeartbeatLimit = 30 * time.Second

// heartbeat watches an instance's game server. One that never sent a heartbeat is not expected to.
type heartbeat struct {
	due        time.Time // when it counts as silent; zero = nothing is expected
	isDown     bool
	isSilenced bool // by an operator, for a test: what it sends is not heard
}

func (h *heartbeat) restart(isLinked bool, now time.Time) {
	if isLinked {
		h.due = now.Add(HeartbeatLimit)
	}
}

func (h *heartbeat) thaw(outage time.Duration) {
	if !h.due.IsZero() {
		h.due = h.due.Add(outage)
	}
}

// Heartbeat notes that the instance's game server is alive. If it was silent, the queue moves again.
func (in *Instance) Heartbeat(now time.Time) *Change {
	c := &Change{}
	if in.Mode == ModeClosed || in.heartbeat.isSilenced {
		return c
	}
	if !in.IsLinked {
		in.IsLinked = true
		c.record(PutInstance{in.Settings})
	}
	in.heartbeat.due = now.Add(HeartbeatLimit)
	in.comeUp(c, now)
	return c
}

func (in *Instance) comeUp(c *Change, now time.Time) {
	if !in.heartbeat.isDown {
		return
	}
	in.heartbeat.isDown = false
	c.event(Event{Time: now, Name: EventInstanceUp, Instance: in.ID})
	in.notify(c, gameServerBack)
	in.settle(c, now)
}

// Silence makes the instance's game server count as silent, whatever it sends, until it is called with false: to see
// what players see then. A restart forgets it.
func (in *Instance) Silence(isOn bool, now time.Time) *Change {
	c := &Change{}
	if in.heartbeat.isSilenced == isOn || isOn && in.Mode == ModeClosed {
		return c
	}
	in.heartbeat.isSilenced = isOn
	if isOn {
		in.fallSilent(c, "silenced for a test", now)
		return c
	}
	in.heartbeat.restart(in.IsLinked, now)
	in.comeUp(c, now)
	return c
}

// missHeartbeat holds newcomers and the queue while the game server is silent: they would be let in to nothing.
func (in *Instance) missHeartbeat(c *Change, now time.Time) {
	if in.heartbeat.due.IsZero() || in.heartbeat.due.After(now) {
		return
	}
	in.fallSilent(c, "no heartbeat", now)
}

func (in *Instance) fallSilent(c *Change, reason string, now time.Time) {
	in.heartbeat.due = time.Time{}
	if in.heartbeat.isDown {
		return
	}
	in.heartbeat.isDown = true
	c.event(Event{
		Time: now, Name: EventInstanceDown, Instance: in.ID, Reason: reason,
		Data: map[string]any{"silentSeconds": seconds(HeartbeatLimit), "queued": in.queue.size},
	})
	in.notify(c, gameServerSilent)
}

// IsDown reports whether the instance's game server is silent.
func (in *Instance) IsDown() bool { return in.heartbeat.isDown }

// unlink forgets the game server of an instance that was closed.
func (in *Instance) unlink() {
	in.IsLinked = false
	in.heartbeat = heartbeat{}
}
