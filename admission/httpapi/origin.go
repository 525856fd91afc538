package httpapi

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/gorilla/websocket"

	"gatekeeper/admission/wire"
)

// origins decides which web pages may use the server. Its own always may; others from an exact list, and
// only the players' calls. Without an Origin it is no browser: tokens are bearer, nothing rides along.
type origins struct {
	own     string // from the public address; "" = as the request says
	allowed []string
	trusted []netip.Prefix
}

func newOrigins(publicURL string, allowed []string, trusted []netip.Prefix) origins {
	o := origins{allowed: allowed, trusted: trusted}
	if u, err := url.Parse(publicURL); err == nil && u.Host != "" {
		o.own = u.Scheme + "://" + u.Host
	}
	return o
}

// onceOnly are headers that decide who asks and what for. Two readers on the way, such as a proxy and this server, could
// each take another one of two.
var onceOnly = []string{"Authorization", "Content-Type", "Origin", "Sec-Fetch-Site", "X-Client-Build"}

// plain refuses what could be read in two ways, before anybody reads it.
func (o origins) plain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 {
			w.Header().Set("Connection", "close") // a length that came with it would be somebody else's idea of its end (RFC 9112, 6.1)
		}
		for _, name := range onceOnly {
			if len(r.Header[name]) > 1 {
				p := wire.Malformed.Saying("the header " + name + " came twice")
				write(w, "application/problem+json", p.Status, p)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

func (o origins) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		switch {
		case origin == "" || origin == o.own || origin == o.scheme(r)+"://"+r.Host:
			next.ServeHTTP(w, r)
		case isShared(r.URL.Path) && slices.Contains(o.allowed, origin):
			o.share(w, r, origin, next)
		case isRead(r):
			next.ServeHTTP(w, r)
		default:
			write(w, "application/problem+json", wire.ForeignOrigin.Status, wire.ForeignOrigin)
		}
	})
}

// share serves an allowed page elsewhere: never with credentials, for that one origin only.
func (o origins) share(w http.ResponseWriter, r *http.Request, origin string, next http.Handler) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", origin)
	h.Add("Vary", "Origin")
	h.Set("Access-Control-Expose-Headers", "Retry-After")
	if r.Method != http.MethodOptions {
		next.ServeHTTP(w, r)
		return
	}
	h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, X-Client-Build")
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
}

func isRead(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && !websocket.IsWebSocketUpgrade(r)
}

// isShared reports whether other origins may ever use the path.
func isShared(path string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return slices.Contains([]string{"auth", "me", "characters", "instances", "sessions", "sdk"}, first)
}

// scheme is how the client reached the server; a trusted proxy may have ended its TLS.
func (o origins) scheme(r *http.Request) string {
	if r.TLS != nil || isTrusted(o.trusted, r) && r.Header.Get("X-Forwarded-Proto") == "https" {
		return "https"
	}
	return "http"
}

// socketURL is where a player attaches, without a token.
func (s *Server) socketURL(r *http.Request, instance string) string {
	base := s.origins.own
	if base == "" {
		base = s.origins.scheme(r) + "://" + r.Host
	}
	return "ws" + strings.TrimPrefix(base, "http") + "/instances/" + url.PathEscape(instance) + "/ws"
}
