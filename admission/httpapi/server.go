// Package httpapi is the door: it finds out who asks, decodes, calls the gate and encodes. Every route stands
// in routes.go, every error is mapped in problem.go, and sockets live in socket.go and hub.go.
package httpapi

import (
	"context"
	"net/http"
	"net/netip"
	"os"
	"time"

	"github.com/rs/zerolog"

	"gatekeeper/admission"
	"gatekeeper/admission/auth"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/wire"
)

// Config is what the door is built from. All fields are needed but where said otherwise.
type Config struct {
	Gate      *gate.Gate
	Passwords *auth.Passwords
	Limits    *auth.AddressLimiter
	Names     *auth.NameLimiter
	Log       zerolog.Logger
	// Pages serves everything that is not a call.
	Pages http.Handler
	// Metrics hears of what is not an event.
	Metrics Metrics
	// Ticket signs the ticket of a seat for the issuer, which is the server's public address.
	Ticket func(admission.Seated) (string, error)
	// JWKS are the public keys of the tickets.
	JWKS func() []byte
	// Backup makes a copy of everything and returns it open and without a name; the caller closes it.
	Backup func(context.Context) (*os.File, error)
	// OperatorKey is the hash of the key that the command line uses.
	OperatorKey admission.TokenHash
	// SetupToken is the hash of the one-time link's token; zero = there is none.
	SetupToken admission.TokenHash
	// PublicURL is how players reach the server; "" = as the request says.
	PublicURL string
	// AllowedOrigins are web pages elsewhere that may use the players' calls.
	AllowedOrigins []string
	// TrustedProxies may tell a client's address by X-Forwarded-For.
	TrustedProxies []netip.Prefix
	Local, Guests  bool
	Version        wire.Version
}

// Metrics is what the door tells telemetry.
type Metrics interface {
	// Admission tells how long an attempt took, from arrival to answer.
	Admission(took time.Duration)
	// Handshake tells how long a socket took, from arrival to attached.
	Handshake(took time.Duration)
	// Refused counts an attempt that is no event: nobody is known, or nothing can be written.
	Refused(reason admission.Reason)
	// ReconnectionRefused counts a reconnection with a dead token.
	ReconnectionRefused(instance admission.InstanceID)
	// ServeHTTP is the scrape.
	http.Handler
}

// Server answers players and operators.
type Server struct {
	Config
	hub     *Hub
	origins origins
	client  addresses
	handler http.Handler
}

// New returns a server. hub must be the one that the gate delivers to.
func New(cfg Config, hub *Hub) *Server {
	s := &Server{
		Config: cfg, hub: hub,
		origins: newOrigins(cfg.PublicURL, cfg.AllowedOrigins, cfg.TrustedProxies),
		client:  addresses{trusted: cfg.TrustedProxies, log: cfg.Log},
	}
	hub.ticket = cfg.Ticket
	s.handler = s.recovering(s.origins.guard(s.routes()))
	return s
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// HTTPServer returns a server with every wait bounded. Requests end when ctx does.
func (s *Server) HTTPServer(ctx context.Context) *http.Server {
	return &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       90 * time.Second,
		MaxHeaderBytes:    16 << 10,
		BaseContext:       baseContext(ctx),
		ErrorLog:          quietLog(s.Log),
	}
}
