package httpapi

import (
	"context"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// Liveness of sockets.
const (
	pingInterval      = 15 * time.Second
	heartbeatInterval = 10 * time.Second
	silenceLimit      = 25 * time.Second
	hubTick           = time.Second
)

// Hub is every open socket. The gate delivers to it; one goroutine keeps them all alive.
type Hub struct {
	ticket  func(admission.Seated) (string, error)
	workers *workers
	log     zerolog.Logger
	open    context.Context // ends when the hub closes
	shut    func()

	mu      sync.RWMutex // guards sockets and closing
	sockets map[admission.Conn]*socket
	closing bool
	gone    sync.WaitGroup // one for each socket
}

// NewHub returns an empty hub.
func NewHub() *Hub {
	h := &Hub{sockets: make(map[admission.Conn]*socket), workers: newWorkers(), log: zerolog.Nop()}
	h.open, h.shut = context.WithCancel(context.Background())
	return h
}

// Count counts the open sockets.
func (h *Hub) Count() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.sockets)
}

// Deliver tells a socket what became durable. It never blocks: frames are queued.
func (h *Hub) Deliver(effect admission.Effect) {
	switch e := effect.(type) {
	case admission.Seated:
		h.with(e.Conn, func(s *socket) { s.seated(e) })
	case admission.Queued:
		h.with(e.Conn, func(s *socket) { s.send(wire.Queued(e)) })
	case admission.Hangup:
		h.with(e.Conn, func(s *socket) { s.hangUp(wire.Hangups[e.Why], closeText(e)) })
	case admission.Notice:
		for _, conn := range e.Conns {
			h.with(conn, func(s *socket) { s.send(wire.Notice(e)) })
		}
	}
}

func closeText(e admission.Hangup) string {
	if e.Message != "" {
		return e.Message
	}
	return string(e.Why)
}

func (h *Hub) with(conn admission.Conn, do func(*socket)) {
	h.mu.RLock()
	s := h.sockets[conn]
	h.mu.RUnlock()
	if s != nil {
		do(s)
	}
}

// add registers a socket before it attaches, so that no frame can come too early. It reports false while
// the hub closes.
func (h *Hub) add(s *socket) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing {
		return false
	}
	h.sockets[s.id] = s
	h.gone.Add(1)
	return true
}

func (h *Hub) remove(s *socket) {
	h.mu.Lock()
	delete(h.sockets, s.id)
	h.mu.Unlock()
	h.gone.Done()
}

// Run pings and sends heartbeats until ctx ends.
func (h *Hub) Run(ctx context.Context) {
	ticker := time.NewTicker(hubTick)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			h.each(func(s *socket) { s.tick(now) })
		case <-ctx.Done():
			return
		}
	}
}

// Cut cuts every socket of an instance, as the loss of a line does, and counts them.
func (h *Hub) Cut(instance admission.InstanceID) (cut int) {
	h.each(func(s *socket) {
		if s.instance == instance {
			_ = s.ws.Close()
			cut++
		}
	})
	return cut
}

func (h *Hub) each(do func(*socket)) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, s := range h.sockets {
		do(s)
	}
}

// Close tells every socket that the server restarts, closes it with 4000 and waits until all are gone, at most
// for ctx; then it cuts those that are left.
func (h *Hub) Close(ctx context.Context) {
	defer h.workers.stop()
	h.shut()
	h.mu.Lock()
	h.closing = true
	h.mu.Unlock()
	h.each(func(s *socket) {
		s.send(wire.Notice(admission.Notice{Kind: "restart", Message: "The server restarts."}))
		s.hangUp(wire.CloseRestart, "restart")
	})
	done := make(chan struct{})
	go func() {
		h.gone.Wait()
		close(done)
	}()
	select {
	case <-done:
		return
	case <-ctx.Done():
	}
	h.each(func(s *socket) { _ = s.ws.Close() })
}
