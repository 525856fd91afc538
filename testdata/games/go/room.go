package main

import (
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// room is who plays, by session.
type room struct {
	mu      sync.Mutex // guards the rest
	players map[string]*player
	used    map[string]time.Time // tickets that let somebody in, by jti, until they expire
	over    map[string]time.Time // sessions that have ended, until every ticket of them has expired
}

// player is one who plays.
type player struct {
	ticket ticket
	ws     *websocket.Conn
}

// ticketLife is how long a ticket is good.
const ticketLife = time.Minute

func newRoom() *room {
	return &room{players: map[string]*player{}, used: map[string]time.Time{}, over: map[string]time.Time{}}
}

// enter lets a player in, and the line out that the session had before. It says why not, where it does not.
func (r *room) enter(p *player, now time.Time) (refused string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	forget(r.used, now)
	forget(r.over, now)
	switch {
	case !r.over[p.ticket.Session].IsZero():
		return "session ended"
	case !r.used[p.ticket.ID].IsZero():
		return "ticket used"
	}
	r.used[p.ticket.ID] = p.ticket.ExpiresAt.Time
	if before := r.players[p.ticket.Session]; before != nil {
		_ = before.ws.Close()
	}
	r.players[p.ticket.Session] = p
	return ""
}

// leave is how a player's line ends; another line of the session stays.
func (r *room) leave(p *player) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.players[p.ticket.Session] == p {
		delete(r.players, p.ticket.Session)
	}
}

// end lets the player of a session go that gatekeeper has ended, and nobody in with an old ticket of it.
func (r *room) end(session string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over[session] = now.Add(ticketLife)
	if p := r.players[session]; p != nil {
		delete(r.players, session)
		_ = p.ws.Close()
	}
}

// keep ends every session that is not among those that live.
func (r *room) keep(live map[string]bool, now time.Time) {
	for _, p := range r.list() {
		if !live[p.ticket.Session] {
			r.end(p.ticket.Session, now)
		}
	}
}

func (r *room) list() (all []*player) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.players {
		all = append(all, p)
	}
	return all
}

func forget(until map[string]time.Time, now time.Time) {
	for key, at := range until {
		if !now.Before(at) {
			delete(until, key)
		}
	}
}
