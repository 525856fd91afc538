package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/auth"
	"gatekeeper/admission/gamelink"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/httpapi"
	"gatekeeper/admission/sim"
	"gatekeeper/admission/telemetry"
	"gatekeeper/storage"
)

// server is everything that serve puts together.
type server struct {
	flags    *serve
	w        world
	log      telemetry.Log
	flushLog func(context.Context)
	listener net.Listener
	admin    net.Listener // of operators; nil = they share the players'
	store    *storage.Store
	gate     *gate.Gate
	hub      *httpapi.Hub
	metrics  *telemetry.Metrics
	history  *telemetry.History
	settings *settings
	tickets  *tickets
	outside  *outside // who else vouches for players; nil = nobody
	hooks    *gamelink.Webhooks
	tls      *encrypted // nil = the doors are plain
	lab      *sim.Lab   // nil = there is none
	key      string     // the command line's
	setup    string     // token of the one-time link; "" = the set-up is done
}

// newServer opens everything and lets go of it again where something fails.
func newServer(w world, flags *serve) (_ *server, err error) {
	s := &server{flags: flags, w: w, key: auth.NewKey("gko_")}
	defer func() {
		if err != nil {
			s.release()
		}
	}()
	if s.log, s.flushLog, err = telemetry.NewLogger(w.stderr, flags.LogLevel, flags.LogFormat); err != nil {
		return nil, err
	}
	if s.listener, err = listen(flags.Listen); err != nil {
		return nil, err
	}
	if flags.AdminListen != "" {
		if s.admin, err = listen(flags.AdminListen); err != nil {
			return nil, err
		}
	}
	if s.store, err = openStore(flags, w.schema); err != nil {
		return nil, err
	}
	if s.outside, err = newOutside(flags); err != nil {
		return nil, err
	}
	if s.tls, err = flags.TLS.open(flags.Data, s.log.Logger); err != nil {
		return nil, err
	}
	s.hub = httpapi.NewHub()
	s.history = telemetry.NewHistory(time.Now())
	s.metrics = telemetry.NewMetrics(version, s.gauges)
	var store gate.Store = s.store
	if flags.Lab {
		s.lab = s.newLab()
		store = s.lab.Faults.Store(store)
	}
	s.gate = gate.New(gate.Config{
		Store: store, Deliver: s.hub.Deliver, Observe: s.observe, FoldName: auth.FoldName,
	})
	s.hooks = gamelink.NewWebhooks(gamelink.WebhookConfig{
		Gate: s.gate, Log: s.log.Logger, Version: version,
		Delivered: func(r gamelink.WebhookResult) { s.metrics.Webhooks(string(r), 1) },
	})
	for _, result := range gamelink.WebhookResults {
		s.metrics.Webhooks(string(result), 0)
	}
	return s, nil
}

// release lets go of everything. A store that hangs in the disk is left to the end of the process: its log needs no
// close.
func (s *server) release() {
	if s.store != nil {
		within(closePatience, func(ctx context.Context) {
			closed, cancel := context.WithCancel(ctx)
			go func() {
				defer cancel()
				_ = s.store.Close()
			}()
			<-closed.Done()
		})
	}
	for _, l := range []net.Listener{s.listener, s.admin} {
		if l != nil {
			_ = l.Close()
		}
	}
	if s.flushLog != nil {
		within(logPatience, s.flushLog)
	}
}

func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is taken by another program; stop it, or choose another address with --listen", address)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%s may not be used by this user; choose a port above 1023 with --listen", address)
	case err != nil:
		return nil, fmt.Errorf("cannot listen on %s (%w); choose another address with --listen", address, err)
	}
	return l, nil
}

func openStore(flags *serve, schema string) (*storage.Store, error) {
	store, err := storage.Open(databasePath(flags.Data), schema, storage.Options{
		Normal: flags.Durability == "normal", KeepAge: flags.EventAge, KeepEvents: flags.EventRows,
	})
	if errors.Is(err, os.ErrPermission) {
		return nil, fmt.Errorf("the folder %s cannot be written; give this user the right, or choose another with --data", flags.Data)
	}
	return store, err
}

// observe hears of every commit, from the writer.
func (s *server) observe(c gate.Commit) {
	s.metrics.Commit(c.Took, c.Records, c.Events, c.Err)
	if c.Err != nil {
		s.log.Error().Err(c.Err).Msg("nothing can be written; new attempts are refused until it can")
		return
	}
	s.history.Observe(c.Events)
	s.log.Events(c.Events)
}

// backedUp hears of every scheduled backup.
func (s *server) backedUp(name string, err error) {
	s.metrics.Backup(err)
	if err != nil {
		s.log.Error().Err(err).Msg("the scheduled backup failed; it is tried again")
		return
	}
	s.log.Info().Str("file", name).Msg("backed up")
}

// backup makes a copy that goes with its last reader.
func (s *server) backup(ctx context.Context) (*os.File, error) {
	name := filepath.Join(s.flags.Data, "download-"+s.gate.UUID()+".tmp")
	if err := s.store.Backup(ctx, name); err != nil {
		return nil, err
	}
	file, err := os.Open(name)
	return file, errors.Join(err, os.Remove(name))
}

func (s *server) gauges() telemetry.Gauges {
	return telemetry.Gauges{Websockets: s.hub.Count(), PendingOps: s.gate.Pending(), WebhookLag: s.hooks.WaitingEvents(), Instances: s.instanceGauges()}
}

func (s *server) instanceGauges() (list []telemetry.InstanceGauges) {
	for _, v := range s.gate.Instances() {
		list = append(list, telemetry.InstanceGauges{
			ID: v.ID, Reserved: v.Reserved, Active: v.Active, Grace: v.GraceSeats, Capacity: v.Capacity,
			QueueDepth: v.QueueDepth, QueuePeak: v.QueuePeak,
		})
	}
	return list
}

// run serves until ctx ends, then stops in order: players are told, what waits is written, the store is closed.
func (s *server) run(ctx context.Context) (err error) {
	defer s.release()
	if err := s.gate.Start(ctx); err != nil {
		return err
	}
	collects(gcPercent)
	requests, cancelRequests := context.WithCancel(context.Background())
	defer cancelRequests()
	doors, err := s.doors(requests)
	if err != nil {
		return errors.Join(err, s.gate.Stop(requests))
	}
	here := endpoint{
		URL: s.localURL(s.adminListener()), Key: s.key, Players: s.localURL(s.listener), Certificate: s.tls.localPEM(),
	}
	if err := writeEndpoint(s.flags.Data, here); err != nil {
		return errors.Join(err, s.gate.Stop(requests))
	}
	defer removeEndpoint(s.flags.Data)
	var background sync.WaitGroup
	background.Go(func() { s.hub.Run(requests) })
	background.Go(func() { s.hooks.Run(requests) })
	background.Go(func() { tidy(requests) })
	background.Go(func() {
		s.tickets.run(requests, func(err error) { s.log.Error().Err(err).Msg("the ticket keys could not be changed; it is tried again") })
	})
	background.Go(func() { s.tls.run(requests) })
	background.Go(func() {
		s.outside.run(requests, func(err error) { s.log.Warn().Err(err).Msg("the identity provider cannot be asked; it is tried again") })
	})
	background.Go(func() { s.history.Run(requests, s.instanceGauges, s.gate.Record) })
	s.store.BackUp(s.settings.schedule, s.backedUp)
	s.greet()
	failed := make(chan error, len(doors))
	for _, d := range doors {
		background.Go(func() { failed <- d.server.Serve(d.listener) })
	}
	select {
	case <-ctx.Done():
		s.log.Info().Msg("stopping")
	case err = <-failed:
		err = fmt.Errorf("serve: %w", err)
	}
	err = errors.Join(err, s.stop(doors, cancelRequests))
	background.Wait()
	return err
}

const (
	socketPatience  = 1500 * time.Millisecond
	labPatience     = 500 * time.Millisecond
	requestPatience = 500 * time.Millisecond
	writePatience   = 1500 * time.Millisecond
	closePatience   = 800 * time.Millisecond
	logPatience     = 200 * time.Millisecond
)

// door is a server and where it listens.
type door struct {
	server   *http.Server
	listener net.Listener
}

func (s *server) stop(doors []door, cancelRequests func()) error {
	if s.lab != nil {
		within(labPatience, s.lab.Close)
	}
	s.gate.BeginStop()
	within(socketPatience, s.hub.Close)
	cancelRequests()
	within(requestPatience, func(ctx context.Context) {
		for _, d := range doors {
			_ = d.server.Shutdown(ctx)
		}
	})
	for _, d := range doors {
		_ = d.server.Close()
	}
	var err error
	within(writePatience, func(ctx context.Context) { err = s.gate.Stop(ctx) })
	return err
}

func within(patience time.Duration, do func(context.Context)) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	do(ctx)
}

// doors puts the HTTP side together.
func (s *server) doors(ctx context.Context) ([]door, error) {
	var err error
	if s.tickets, err = newTickets(ctx, s.gate, s.url()); err != nil {
		return nil, err
	}
	proxies, err := s.flags.proxies()
	if err != nil {
		return nil, err
	}
	limits := auth.NewAddressLimiter(s.flags.LimitInternet, s.flags.LimitPrivate)
	if s.settings, err = newSettings(s.gate, s.store, limits, s.flags, s.outside); err != nil {
		return nil, err
	}
	cfg := httpapi.Config{
		Gate: s.gate, Passwords: auth.NewPasswords(), AdminPasswords: auth.NewPasswords(), Limits: limits, Names: auth.NewNameLimiter(),
		AdminLocks: auth.NewLoginLock(), AdminNames: auth.NewNameLimiter(), Codes: auth.NewCodes(),
		Log: s.log.Logger, Pages: s.settings, Metrics: s.metrics, History: s.history, Settings: s.settings,
		Backups: backups{s.store, s.settings.schedule}, HasAdminDoor: s.admin != nil,
		Tickets:     s.tickets,
		Webhooks:    s.hooks,
		Backup:      s.backup,
		OperatorKey: admission.HashToken(s.key),
		PublicURL:   strings.TrimSuffix(s.flags.PublicURL, "/"), AllowedOrigins: s.flags.AllowedOrigins, TrustedProxies: proxies,
		Connections: s.flags.connections(), StrictTransport: s.flags.TLS.isVouchedFor() && s.flags.TLS.HSTS,
		Version: built(),
	}
	if s.lab != nil {
		cfg.Lab = s.lab
	}
	if s.outside != nil {
		cfg.Identity = s.outside
	}
	if !s.gate.HasAdmin() {
		s.setup = auth.NewKey("")
		cfg.SetupToken = admission.HashToken(s.setup)
	}
	h := httpapi.New(cfg, s.hub)
	doors := []door{{h.HTTPServer(ctx), s.tls.over(h.Bound(s.listener))}}
	if s.admin != nil {
		doors = append(doors, door{h.AdminHTTPServer(ctx), s.tls.over(h.Bound(s.admin))})
	}
	return doors, nil
}

// adminListener is where operators are served.
func (s *server) adminListener() net.Listener {
	if s.admin != nil {
		return s.admin
	}
	return s.listener
}

// localURL is how this machine reaches a listener.
func (s *server) localURL(l net.Listener) string {
	addr := l.Addr().(*net.TCPAddr)
	host := addr.IP.String()
	if addr.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	scheme := "http://"
	if s.tls != nil {
		scheme = "https://"
	}
	return scheme + net.JoinHostPort(host, fmt.Sprint(addr.Port))
}

// url is how players reach it, and the issuer of its tickets.
func (s *server) url() string {
	if s.flags.PublicURL != "" {
		return strings.TrimSuffix(s.flags.PublicURL, "/")
	}
	if s.tls != nil && s.tls.domain != "" {
		return publicURL(s.tls.domain, s.listener)
	}
	return s.localURL(s.listener)
}

// adminURL is how operators reach it.
func (s *server) adminURL() string {
	if s.admin != nil {
		return s.localURL(s.admin)
	}
	return s.url()
}

func (s *server) greet() {
	data, err := filepath.Abs(s.flags.Data)
	if err != nil {
		data = s.flags.Data
	}
	b := banner{Version: version, URL: s.url(), Data: data, Fingerprint: s.tls.fingerprint()}
	if s.setup != "" {
		b.Setup = s.adminURL() + "/admin/#setup=" + s.setup
	}
	b.write(s.w.stdout)
}
