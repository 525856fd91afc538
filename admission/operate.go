package admission

import (
	"errors"
	"slices"
	"time"
)

// ErrNotQueued is returned where there is no queue place of the character.
var ErrNotQueued = errors.New("the character has no place in this queue")

// Apply carries out an operator's change of the settings. More seats promote at once, fewer evict nobody;
// closing ends every place. Error: [ErrInvalidSettings]. The settings' ID and CreatedAt stay as they are.
func (in *Instance) Apply(s Settings, now time.Time) (*Change, error) {
	s.ID, s.CreatedAt, s.IsLinked = in.ID, in.CreatedAt, in.IsLinked && s.Mode != ModeClosed
	if err := s.Validate(); err != nil {
		return nil, err
	}
	before := in.Settings
	in.Settings = s
	c := &Change{Records: []Record{PutInstance{s}}}
	c.event(Event{Time: now, Name: EventInstanceChanged, Instance: in.ID, Data: s.ChangedFrom(before)})
	if before.RequiredBuild != s.RequiredBuild || !slices.EqualFunc(before.AcceptedBuilds, s.AcceptedBuilds, AcceptedBuild.equal) {
		c.event(Event{Time: now, Name: EventBuildSet, Instance: in.ID, Data: map[string]any{
			"before": before.RequiredBuild, "after": s.RequiredBuild, "accepted": described(s.AcceptedBuilds),
		}})
	}
	if before.Mode != s.Mode {
		in.enter(c, s.Mode, now)
	} else if before.Message != s.Message {
		in.notifyMessage(c)
	}
	in.settle(c, now)
	return c, nil
}

// enter does what a mode asks for at its beginning.
func (in *Instance) enter(c *Change, mode Mode, now time.Time) {
	switch mode {
	case ModeDraining:
		in.notify(c, in.modeNotice())
		in.noteDrained(c, now)
	case ModeMaintenance:
		in.notify(c, in.modeNotice())
	case ModeClosed:
		in.unlink()
		for _, p := range in.aside {
			p.isClosed = true
		}
		in.endAll(c, now)
	case ModeOpen:
		in.notifyMessage(c)
	}
}

// Move gives a queue place another position, counted from 1 and cut to the queue's length: the only way that anybody
// overtakes. Error: [ErrNotQueued].
func (in *Instance) Move(character CharacterID, position int, now time.Time) (*Change, error) {
	p := in.queued(character)
	if p == nil {
		return nil, ErrNotQueued
	}
	c := &Change{}
	from, to := in.queue.position(p), min(max(position, 1), in.queue.size)
	if from == to {
		return c, nil
	}
	for _, changed := range in.queue.move(p, to) {
		if !changed.isReplaced { // its row is gone, and comes back with its new number if the place does
			c.put(changed)
		}
	}
	in.lastLine = max(in.lastLine, in.queue.last().Line)
	e := p.event(EventQueueMoved, now)
	e.Data = map[string]any{"from": from, "to": to}
	c.event(e)
	in.settle(c, now)
	in.pushes.want(now)
	return c, nil
}

// RemoveQueued ends a queue place on an operator's word; reason may be shown to the player. Error: [ErrNotQueued].
func (in *Instance) RemoveQueued(character CharacterID, reason string, now time.Time) (*Change, error) {
	p := in.queued(character)
	if p == nil {
		return nil, ErrNotQueued
	}
	return in.finish(p, endRemoved, reason, now), nil
}

func (in *Instance) endAll(c *Change, now time.Time) {
	places := make([]*Place, 0, len(in.characters))
	for _, p := range in.characters {
		places = append(places, p)
	}
	slices.SortFunc(places, func(a, b *Place) int { return int(a.Key - b.Key) })
	for _, p := range places {
		in.end(c, p, endClosed, in.Message, now)
	}
}

// ChangedFrom tells what an operator changed, as before and after.
func (s Settings) ChangedFrom(before Settings) map[string]any {
	after := s
	changed := make(map[string]any)
	note := func(name string, was, is any) {
		if was != is {
			changed[name] = map[string]any{"before": was, "after": is}
		}
	}
	note("name", before.Name, after.Name)
	note("state", before.Mode, after.Mode)
	note("capacity", before.Capacity, after.Capacity)
	note("queueMax", before.QueueMax, after.QueueMax)
	note("message", before.Message, after.Message)
	note("requiredBuild", before.RequiredBuild, after.RequiredBuild)
	note("updateUrl", before.UpdateURL, after.UpdateURL)
	note("gameUrl", before.GameURL, after.GameURL)
	note("upstream", before.Upstream, after.Upstream)
	note("graceSeconds", seconds(before.Grace), seconds(after.Grace))
	note("claimSeconds", seconds(before.ClaimWindow), seconds(after.ClaimWindow))
	note("replacement", before.Replacement, after.Replacement)
	if !slices.EqualFunc(before.AcceptedBuilds, after.AcceptedBuilds, AcceptedBuild.equal) {
		changed["acceptedBuilds"] = map[string]any{"before": described(before.AcceptedBuilds), "after": described(after.AcceptedBuilds)}
	}
	return changed
}
