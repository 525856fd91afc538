package gate

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"gatekeeper/admission"
)

// ErrTicketUsed is returned for a ticket that was checked before.
var ErrTicketUsed = errors.New("the ticket was used before")

// Ticket is what a checked signature says of a ticket.
type Ticket struct {
	ID        string // its jti
	Instance  admission.InstanceID
	Session   admission.SessionID
	Character admission.CharacterID
	ExpiresAt time.Time
}

// ticketUses are the tickets that were checked and would still be good.
type ticketUses struct {
	mu    sync.Mutex // guards uses; a leaf
	uses  map[string]time.Time
	order []string // of uses, the oldest first
}

func newTicketUses() *ticketUses { return &ticketUses{uses: make(map[string]time.Time)} }

func (u *ticketUses) restore(rows []admission.TicketUseRow) {
	for _, row := range rows {
		u.uses[row.ID] = row.ExpiresAt
		u.order = append(u.order, row.ID)
	}
}

// take reports whether the ticket was good for this once. Tickets live equally long, so that the oldest expire first.
func (u *ticketUses) take(t Ticket, now time.Time) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	for len(u.order) > 0 && !u.uses[u.order[0]].After(now) {
		delete(u.uses, u.order[0])
		u.order = u.order[1:]
	}
	if _, used := u.uses[t.ID]; used {
		return false
	}
	u.uses[t.ID] = t.ExpiresAt
	u.order = append(u.order, t.ID)
	return true
}

// giveBack makes a ticket good again whose use was answered with an error.
func (u *ticketUses) giveBack(t Ticket) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.uses, t.ID)
	u.order = slices.DeleteFunc(u.order, func(id string) bool { return id == t.ID })
}

// UseTicket uses a ticket up, durably, and tells where its session stands. Errors: ErrUnknownSession for one that is over,
// ErrTicketUsed, ErrUnavailable, after which the ticket is as good as before.
func (g *Gate) UseTicket(ctx context.Context, t Ticket) (admission.Listed, error) {
	if err := g.Health(); err != nil {
		return admission.Listed{}, err
	}
	session, isLive := g.session(t)
	if !isLive {
		return session, errors.Join(ErrUnknownSession, g.durable(ctx, g.journal.newest()))
	}
	now := g.cfg.Now()
	if !g.ticketUses.take(t, now) {
		return session, ErrTicketUsed
	}
	use := admission.PutTicketUse{Row: admission.TicketUseRow{ID: t.ID, ExpiresAt: t.ExpiresAt}, Now: now}
	err := g.write(ctx, &admission.Change{Records: []admission.Record{use}})
	if err != nil {
		g.ticketUses.giveBack(t)
	}
	return session, err
}

func (g *Gate) session(t Ticket) (session admission.Listed, isLive bool) {
	in := g.instance(t.Instance)
	if in == nil {
		return session, false
	}
	in.lock()
	defer in.mu.Unlock()
	session, isThere := in.core.Listed(t.Character)
	return session, isThere && session.Session == t.Session
}

// LiveSessions lists who holds a seat on an instance, in no order, and the number of an event that was written before:
// who follows the log from there on misses nothing. Errors: ErrUnknownInstance, ErrUnavailable.
func (g *Gate) LiveSessions(ctx context.Context, id admission.InstanceID) (list []admission.Listed, seq uint64, err error) {
	newest, err := g.Events(ctx, admission.EventFilter{NewestFirst: true, Limit: 1})
	if err != nil {
		return nil, 0, errors.Join(ErrUnavailable, err)
	}
	for _, e := range newest {
		seq = e.Seq
	}
	if list, err = g.Sessions(id); err != nil {
		return nil, 0, err
	}
	return list, seq, g.durable(ctx, g.journal.newest())
}
