package httpapi

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/auth"
	"gatekeeper/admission/wire"
)

// Connections bounds how many connections there are at a time.
type Connections struct {
	// Internet and Private are those of one address: an IPv4 or an IPv6 /64.
	Internet, Private int
	// All is how many there are at either door together; 0 = as many as come.
	All int
}

const (
	// maxRefused is how many lines over the bound are told so at a time; more are cut without a word, which costs nothing.
	maxRefused = 128
	// lineRetry is when an address that has too many lines may try again.
	lineRetry = 10 * time.Second
)

// lines are the connections of all doors.
type lines struct {
	bound     *auth.AddressBound
	most      int64 // 0 = as many as come
	trusted   []netip.Prefix
	onRefusal func()

	open    atomic.Int64
	refused atomic.Int64 // that are open
}

// Bound returns a listener that gives each address its number of connections and no more. A trusted proxy has as many as
// it wants: its clients' sockets are counted by their own addresses, before the upgrade.
func (s *Server) Bound(l net.Listener) net.Listener {
	return boundListener{Listener: l, lines: s.lines}
}

type boundListener struct {
	net.Listener
	*lines
}

// Accept implements net.Listener. It cuts what nobody has time to answer.
func (l boundListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if counted := l.enter(conn); counted != nil {
			return counted, nil
		}
		cut(conn)
	}
}

// enter counts a connection, or returns nil where there are too many.
func (l *lines) enter(conn net.Conn) *line {
	if n := l.open.Add(1); l.most > 0 && n > l.most {
		l.open.Add(-1)
		l.onRefusal()
		return nil
	}
	addr := addressOf(conn.RemoteAddr().String())
	counted := &line{Conn: conn, lines: l, address: addr}
	switch {
	case slices.ContainsFunc(l.trusted, func(p netip.Prefix) bool { return p.Contains(addr) }):
		counted.kind = trustedLine
	case l.bound.Take(addr, isPrivateAddr(addr)):
	case l.refused.Add(1) <= maxRefused:
		l.onRefusal()
		counted.kind = refusedLine
	default:
		l.refused.Add(-1)
		l.open.Add(-1)
		l.onRefusal()
		return nil
	}
	return counted
}

// cut resets a connection: a goodbye would be kept by the system until it is answered.
func cut(conn net.Conn) {
	if tcp, isTCP := conn.(*net.TCPConn); isTCP {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// lineKind is how a line is counted.
type lineKind uint8

const (
	countedLine lineKind = iota
	trustedLine          // of a proxy: not counted by its address
	refusedLine          // over the bound: its one request is told so
)

// line is a connection that is counted for as long as it is open.
type line struct {
	net.Conn
	lines   *lines
	address netip.Addr
	kind    lineKind
	isGone  atomic.Bool
}

// Close implements net.Conn.
func (l *line) Close() error {
	if l.isGone.CompareAndSwap(false, true) {
		l.lines.leave(l)
	}
	return l.Conn.Close()
}

func (l *lines) leave(gone *line) {
	l.open.Add(-1)
	switch gone.kind {
	case refusedLine:
		l.refused.Add(-1)
	case countedLine:
		l.bound.GiveBack(gone.address)
	}
}

// SyscallConn lets a socket wait for input without reading it; see readable.
func (l *line) SyscallConn() (syscall.RawConn, error) {
	if file, isFile := l.Conn.(syscall.Conn); isFile {
		return file.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}

// isRefused marks the requests of a line that is over the bound.
type isRefused struct{}

// markRefused is for http.Server's ConnContext.
func markRefused(ctx context.Context, conn net.Conn) context.Context {
	if encrypted, isTLS := conn.(*tls.Conn); isTLS {
		conn = encrypted.NetConn()
	}
	if l, isLine := conn.(*line); isLine && l.kind == refusedLine {
		return context.WithValue(ctx, isRefused{}, true)
	}
	return ctx
}

// bounded answers those who came over a line too many, and hangs up.
func (s *Server) bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Context().Value(isRefused{}) == nil {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Connection", "close")
		s.turnAway(w, r, tooManyLines, admission.RateLimited)
	})
}

var tooManyLines = wire.TooManyRequests.Saying("Too many connections from this address; close some.").After(lineRetry)
