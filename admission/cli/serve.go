package cli

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
)

// serve is `gatekeeper serve`.
type serve struct {
	Listen              string        `default:"127.0.0.1:8080" env:"GATEKEEPER_LISTEN" placeholder:"ADDR" help:"Address and port to listen on (${default})."`
	AdminListen         string        `env:"GATEKEEPER_ADMIN_LISTEN" placeholder:"ADDR" help:"Address and port of a listener of their own for the admin page, its API, /metrics and /debug."`
	Data                string        `default:"./data" env:"GATEKEEPER_DATA" placeholder:"DIR" help:"Folder of the database (${default})."`
	Config              configFile    `env:"GATEKEEPER_CONFIG" placeholder:"FILE" help:"YAML file with any of these flags as keys."`
	Durability          string        `default:"full" enum:"full,normal" env:"GATEKEEPER_DURABILITY" help:"full survives a power loss, normal is faster."`
	BackupEvery         time.Duration `env:"GATEKEEPER_BACKUP_EVERY" placeholder:"D" help:"How often a backup is taken into the data folder's backups, such as 6h; without it none is."`
	BackupKeep          int           `default:"7" env:"GATEKEEPER_BACKUP_KEEP" placeholder:"N" help:"How many of them are kept (${default})."`
	EventAge            time.Duration `default:"720h" env:"GATEKEEPER_EVENT_AGE" placeholder:"D" help:"How long events are kept (${default}); 0 = for ever."`
	EventRows           int           `default:"1000000" env:"GATEKEEPER_EVENT_ROWS" placeholder:"N" help:"How many events are kept (${default}); 0 = all."`
	LogLevel            string        `default:"info" enum:"debug,info,warn,error" env:"GATEKEEPER_LOG_LEVEL" help:"debug, info, warn or error."`
	LogFormat           string        `default:"auto" enum:"auto,json,text" env:"GATEKEEPER_LOG_FORMAT" help:"json, text, or auto: text in a terminal."`
	PublicURL           string        `env:"GATEKEEPER_PUBLIC_URL" placeholder:"URL" help:"How players reach the server, where that is not how requests arrive."`
	LimitInternet       int           `default:"20" env:"GATEKEEPER_LIMIT_INTERNET" placeholder:"N" help:"Failed log-ins, registrations and dead tokens a minute of an internet address (${default})."`
	LimitPrivate        int           `default:"1000" env:"GATEKEEPER_LIMIT_PRIVATE" placeholder:"N" help:"The same of an address in a private network (${default})."`
	ConnectionsInternet int           `default:"256" env:"GATEKEEPER_CONNECTIONS_INTERNET" placeholder:"N" help:"Connections that an internet address may have at a time (${default})."`
	ConnectionsPrivate  int           `default:"4096" env:"GATEKEEPER_CONNECTIONS_PRIVATE" placeholder:"N" help:"The same of an address in a private network (${default})."`
	Connections         int           `default:"20000" env:"GATEKEEPER_CONNECTIONS" placeholder:"N" help:"Connections of all addresses together (${default}); fewer where the process may not open so many files."`
	TrustedProxies      []string      `env:"GATEKEEPER_TRUSTED_PROXIES" placeholder:"CIDR" help:"Proxies that may tell a client's address."`
	AllowedOrigins      []string      `env:"GATEKEEPER_ALLOWED_ORIGINS" placeholder:"ORIGIN" help:"Web pages elsewhere that may use the server."`
	TLS                 encryption    `embed:""`
	Brand               branding      `embed:"" prefix:"brand-"`
	Auth                []string      `default:"local" env:"GATEKEEPER_AUTH" placeholder:"WAY" help:"Ways to log in, of local, guest, oidc and jwt (${default})."`
	OIDC                oidcFlags     `embed:"" prefix:"oidc-"`
	JWT                 jwtFlags      `embed:"" prefix:"jwt-"`

	Lab bool `env:"GATEKEEPER_LAB" help:"Offer the test lab: virtual players, faults and the drill. Not for real players."`

	given []string // flags that were not left to their defaults
}

// gcPercent lets the heap grow to three times what is kept before it is swept: a rush leaves much more behind than it
// keeps, and sweeping twice as often would cost a twentieth of each admission.
const gcPercent = 200

// startGCPercent is the same of a start, which keeps nearly all that it makes: to look through it over and over would be a
// fifth of the time.
const startGCPercent = 1000

// collects sets how far the heap may grow, in percent of what is kept, unless the environment does.
func collects(percent int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

// Validate is for kong: what is wrong is wrong usage.
func (s *serve) Validate() error {
	if _, port, err := net.SplitHostPort(s.Listen); err != nil || port == "" {
		return fmt.Errorf("--listen %q must be an address and a port, such as 127.0.0.1:8080", s.Listen)
	}
	if _, port, err := net.SplitHostPort(s.AdminListen); s.AdminListen != "" && (err != nil || port == "") {
		return fmt.Errorf("--admin-listen %q must be an address and a port, such as 127.0.0.1:8081", s.AdminListen)
	}
	if s.PublicURL != "" && !isOrigin(strings.TrimSuffix(s.PublicURL, "/")) {
		return fmt.Errorf("--public-url %q must be scheme, host and port, such as https://play.example.org", s.PublicURL)
	}
	for _, origin := range s.AllowedOrigins {
		if !isOrigin(origin) {
			return fmt.Errorf("--allowed-origins %q must be scheme, host and port, such as https://game.example.org", origin)
		}
	}
	if err := s.validateIdentity(); err != nil {
		return err
	}
	if s.LimitInternet < 1 || s.LimitPrivate < 1 {
		return fmt.Errorf("--limit-internet and --limit-private must be at least 1")
	}
	if s.ConnectionsInternet < 1 || s.ConnectionsPrivate < 1 || s.Connections < leastConnections {
		return fmt.Errorf("--connections-internet and --connections-private must be at least 1, --connections at least %d", leastConnections)
	}
	if err := s.TLS.validate(); err != nil {
		return err
	}
	if s.TLS.isOn() && strings.HasPrefix(s.PublicURL, "http://") {
		return fmt.Errorf("--public-url %q must begin with https://, because the server speaks TLS", s.PublicURL)
	}
	if err := s.validateRetention(); err != nil {
		return err
	}
	if err := s.Brand.load(); err != nil {
		return err
	}
	_, err := s.proxies()
	return err
}

func (s *serve) validateRetention() error {
	switch {
	case s.BackupEvery < 0 || s.BackupEvery > 0 && s.BackupEvery < time.Minute:
		return fmt.Errorf("--backup-every must be at least 1m")
	case s.BackupKeep < 1:
		return fmt.Errorf("--backup-keep must be at least 1")
	case s.EventAge < 0 || s.EventAge > 0 && s.EventAge < time.Hour:
		return fmt.Errorf("--event-age must be at least 1h, or 0 to keep events for ever")
	case s.EventRows < 0 || s.EventRows > 0 && s.EventRows < 1000:
		return fmt.Errorf("--event-rows must be at least 1000, or 0 to keep all")
	}
	return nil
}

func isOrigin(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.Scheme+"://"+u.Host == s
}

func (s *serve) proxies() (list []netip.Prefix, err error) {
	for _, text := range s.TrustedProxies {
		prefix, err := netip.ParsePrefix(text)
		if addr, addrErr := netip.ParseAddr(text); addrErr == nil {
			prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("--trusted-proxies %q must be an address or a network, such as 10.0.0.0/8", text)
		}
		list = append(list, prefix)
	}
	return list, nil
}

// privateMask keeps every file that is made from everybody else.
const privateMask = 0o077

// Run serves until it is told to stop.
func (s *serve) Run(w world) error {
	syscall.Umask(privateMask)
	collects(startGCPercent)
	server, err := newServer(w, s)
	if err != nil {
		return err
	}
	return server.run(w.ctx)
}
