// Package httpapi is the door: it finds out who asks, decodes, calls the gate and encodes. Every route stands
// in routes.go, every error is mapped in problem.go, and sockets live in socket.go and hub.go.
package httpapi

import (
	"context"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"gatekeeper/admission"
	"gatekeeper/admission/auth"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/identity"
	"gatekeeper/admission/shed"
	"gatekeeper/admission/ticket"
	"gatekeeper/admission/wire"
)

// Config is what the door is built from. All fields are needed but where said otherwise.
type Config struct {
	Gate *gate.Gate
	// Passwords are the players'. Operators have turns of their own, so that no crowd of players keeps them out.
	Passwords, AdminPasswords *auth.Passwords
	Limits                    *auth.AddressLimiter
	Names                     *auth.NameLimiter
	Log                       zerolog.Logger
	// Pages serves everything that is not a call.
	Pages http.Handler
	// Metrics hears of what is not an event.
	Metrics Metrics
	// Identity knows players by tokens that somebody else has signed; nil = there are none.
	Identity Identity
	// Tickets signs and checks what players show to game servers.
	Tickets Tickets
	// Backup makes a copy of everything and returns it open and without a name; the caller closes it.
	Backup func(context.Context) (*os.File, error)
	// AdminLocks and AdminNames bound how often operators may try to log in, and Codes their second factors.
	AdminLocks *auth.LoginLock
	AdminNames *auth.NameLimiter
	Codes      *auth.Codes
	// History tells how things were and are.
	History  History
	Settings Settings
	Backups  Backups
	Webhooks Webhooks
	// Lab is the test lab; nil = there is none.
	Lab Lab
	// HasAdminDoor says that operators have a listener of their own, so that nothing of theirs is served beside the
	// players' calls.
	HasAdminDoor bool
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
	Connections    Connections
	// StrictTransport tells browsers that came by TLS and a public name never to come without it again.
	StrictTransport bool
	Version         wire.Version
}

// Identity is who else vouches for players.
type Identity interface {
	// Verify tells whose token it is. Errors: identity.ErrRefused, identity.ErrNoKeys.
	Verify(ctx context.Context, token string) (identity.Player, error)
	// LogIn is what a page needs to have a player log in there; nil = it cannot.
	LogIn() *wire.OIDC
}

// Tickets signs what a player shows to the game server, in the name of the server's public address.
type Tickets interface {
	// Sign signs the ticket of a seat.
	Sign(seat admission.Seated) (string, error)
	// Verify checks a ticket of any instance. An error that wraps jwt.ErrTokenExpired found nothing else wrong with it.
	Verify(token string) (*ticket.Claims, error)
	// JWKS are the public keys.
	JWKS() []byte
}

// Metrics is what the door tells telemetry.
type Metrics interface {
	// Admission tells how long an attempt took, from arrival to answer.
	Admission(took time.Duration)
	// Handshake tells how long a socket took, from arrival to attached.
	Handshake(took time.Duration)
	// Shed counts what was refused because more is asked for than can be done.
	Shed(work string)
	// Refused counts an attempt that is no event: nobody is known, or nothing can be written.
	Refused(reason admission.Reason)
	// ReconnectionRefused counts a reconnection with a dead token.
	ReconnectionRefused(instance admission.InstanceID)
	// ConnectionRefused counts a connection or a socket too many of its address.
	ConnectionRefused()
	// ServeHTTP is the scrape.
	http.Handler
}

// History is what telemetry tells the door.
type History interface {
	// Pulse is what an instance did lately.
	Pulse(id admission.InstanceID, now time.Time) wire.Pulse
	// Stats is what happened on an instance since the start; its seats and queue are the door's to add.
	Stats(id admission.InstanceID) wire.Stats
	// Sampled tells when the last samples were taken.
	Sampled() time.Time
	// Answered tells how long an attempt took, from arrival to answer.
	Answered(id admission.InstanceID, took time.Duration)
}

// Server answers players and operators.
type Server struct {
	Config
	hub        *Hub
	origins    origins
	client     addresses
	lines      *lines
	sockets    *auth.AddressBound // by the client's address, which a proxy may have told
	overviews  overviews
	followers  followers
	simulating chan struct{} // holds one while a simulation runs
	attempts   *shed.Limit
	players    http.Handler
	operators  http.Handler
}

// New returns a server. hub must be the one that the gate delivers to.
func New(cfg Config, hub *Hub) *Server {
	s := &Server{
		Config: cfg, hub: hub, simulating: make(chan struct{}, 1), attempts: shed.NewLimit(maxAttempts, 0, 0),
		origins: newOrigins(cfg.PublicURL, cfg.AllowedOrigins, cfg.TrustedProxies),
		client:  addresses{trusted: cfg.TrustedProxies, log: cfg.Log},
	}
	s.sockets = auth.NewAddressBound(cfg.Connections.Internet, cfg.Connections.Private)
	s.lines = &lines{
		bound: auth.NewAddressBound(cfg.Connections.Internet, cfg.Connections.Private),
		most:  int64(cfg.Connections.All), trusted: cfg.TrustedProxies, onRefusal: cfg.Metrics.ConnectionRefused,
	}
	hub.ticket, hub.log = cfg.Tickets.Sign, cfg.Log
	health, operators := s.healthRoutes(), s.operatorRoutes()
	s.operators = s.guard(s.mux(adminPages(s.Pages), health, operators))
	if s.HasAdminDoor {
		s.players = s.guard(s.mux(withoutAdmin(s.Pages), health, s.playerRoutes()))
	} else {
		s.players = s.guard(s.mux(s.Pages, health, s.playerRoutes(), operators))
	}
	return s
}

func (s *Server) guard(next http.Handler) http.Handler {
	return s.headers(s.recovering(s.bounded(s.origins.plain(s.origins.guard(next)))))
}

// withoutAdmin hides the operators' page where it has a door of its own.
func withoutAdmin(pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/admin") {
			http.NotFound(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	})
}

// adminPages sends whoever comes to the operators' door to their page.
func adminPages(pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/admin/", http.StatusFound)
			return
		}
		pages.ServeHTTP(w, r)
	})
}

// HTTPServer returns the players' server, which is the operators' too where they have none of their own, with every
// wait bounded. Requests end when ctx does.
func (s *Server) HTTPServer(ctx context.Context) *http.Server { return s.serving(ctx, s.players) }

// AdminHTTPServer returns the operators' server.
func (s *Server) AdminHTTPServer(ctx context.Context) *http.Server {
	return s.serving(ctx, s.operators)
}

func (s *Server) serving(ctx context.Context, handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       90 * time.Second,
		MaxHeaderBytes:    16 << 10,
		BaseContext:       baseContext(ctx),
		ConnContext:       markRefused,
		ErrorLog:          quietLog(s.Log),
	}
}
