package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"gatekeeper/admission"
	"gatekeeper/admission/auth"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/httpapi"
	"gatekeeper/admission/telemetry"
	"gatekeeper/admission/ticket"
	"gatekeeper/storage"
	"gatekeeper/webui"
)

// server is everything that serve puts together.
type server struct {
	flags    *serve
	w        world
	log      zerolog.Logger
	flushLog func(context.Context)
	listener net.Listener
	store    *storage.Store
	gate     *gate.Gate
	hub      *httpapi.Hub
	metrics  *telemetry.Metrics
	key      string // the command line's
	setup    string // token of the one-time link; "" = the set-up is done
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
	if s.store, err = openStore(flags, w.schema); err != nil {
		return nil, err
	}
	s.hub = httpapi.NewHub()
	s.metrics = telemetry.NewMetrics(version, s.gauges)
	s.gate = gate.New(gate.Config{
		Store: s.store, Deliver: s.hub.Deliver, Observe: s.observe, FoldName: auth.FoldName,
	})
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
	if s.listener != nil {
		_ = s.listener.Close()
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
	telemetry.LogEvents(s.log, c.Events)
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
	g := telemetry.Gauges{Websockets: s.hub.Count(), PendingOps: s.gate.Pending()}
	for _, v := range s.gate.Instances() {
		g.Instances = append(g.Instances, telemetry.InstanceGauges{
			ID: v.ID, Reserved: v.Reserved, Active: v.Active, Grace: v.GraceSeats, Capacity: v.Capacity,
			QueueDepth: v.QueueDepth, QueuePeak: v.QueuePeak,
		})
	}
	return g
}

// run serves until ctx ends, then stops in order: players are told, what waits is written, the store is closed.
func (s *server) run(ctx context.Context) (err error) {
	defer s.release()
	if err := s.gate.Start(ctx); err != nil {
		return err
	}
	requests, cancelRequests := context.WithCancel(context.Background())
	defer cancelRequests()
	door, err := s.door(requests)
	if err != nil {
		return errors.Join(err, s.gate.Stop(requests))
	}
	if err := writeEndpoint(s.flags.Data, endpoint{URL: s.localURL(), Key: s.key}); err != nil {
		return errors.Join(err, s.gate.Stop(requests))
	}
	defer removeEndpoint(s.flags.Data)
	var background sync.WaitGroup
	background.Go(func() { s.hub.Run(requests) })
	if s.flags.BackupEvery > 0 {
		plan := storage.Schedule{Every: s.flags.BackupEvery, Keep: s.flags.BackupKeep}
		s.store.BackUp(plan, s.backedUp)
	}
	s.greet()
	failed := make(chan error, 1)
	background.Go(func() { failed <- door.Serve(s.listener) })
	select {
	case <-ctx.Done():
		s.log.Info().Msg("stopping")
	case err = <-failed:
		err = fmt.Errorf("serve: %w", err)
	}
	err = errors.Join(err, s.stop(door, cancelRequests))
	background.Wait()
	return err
}

const (
	socketPatience  = 1500 * time.Millisecond
	requestPatience = 500 * time.Millisecond
	writePatience   = 1500 * time.Millisecond
	closePatience   = 800 * time.Millisecond
	logPatience     = 200 * time.Millisecond
)

func (s *server) stop(door *http.Server, cancelRequests func()) error {
	s.gate.BeginStop()
	within(socketPatience, s.hub.Close)
	cancelRequests()
	within(requestPatience, func(ctx context.Context) { _ = door.Shutdown(ctx) })
	_ = door.Close()
	var err error
	within(writePatience, func(ctx context.Context) { err = s.gate.Stop(ctx) })
	return err
}

func within(patience time.Duration, do func(context.Context)) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	do(ctx)
}

// door puts the HTTP side together.
func (s *server) door(ctx context.Context) (*http.Server, error) {
	key, err := s.ticketKey(ctx)
	if err != nil {
		return nil, err
	}
	keys, err := ticket.JWKS(key)
	if err != nil {
		return nil, err
	}
	proxies, err := s.flags.proxies()
	if err != nil {
		return nil, err
	}
	cfg := httpapi.Config{
		Gate: s.gate, Passwords: auth.NewPasswords(), Limits: auth.NewAddressLimiter(s.flags.LimitInternet, s.flags.LimitPrivate),
		Names: auth.NewNameLimiter(),
		Log:   s.log, Pages: webui.Handler(s.flags.Brand.loaded), Metrics: s.metrics,
		Ticket:      func(seat admission.Seated) (string, error) { return key.Sign(s.url(), seat, time.Now()) },
		JWKS:        func() []byte { return keys },
		Backup:      s.backup,
		OperatorKey: admission.HashToken(s.key),
		PublicURL:   strings.TrimSuffix(s.flags.PublicURL, "/"), AllowedOrigins: s.flags.AllowedOrigins, TrustedProxies: proxies,
		Local: slices.Contains(s.flags.Auth, "local"), Guests: slices.Contains(s.flags.Auth, "guest"), Version: built(),
	}
	if !s.gate.HasAdmin() {
		s.setup = auth.NewKey("")
		cfg.SetupToken = admission.HashToken(s.setup)
	}
	return httpapi.New(cfg, s.hub).HTTPServer(ctx), nil
}

// ticketKeySetting is where the key that signs tickets is stored.
const ticketKeySetting = "ticket-key"

func (s *server) ticketKey(ctx context.Context) (ticket.Key, error) {
	if stored := s.gate.Setting(ticketKeySetting); stored != nil {
		return ticket.ParseKey(stored)
	}
	key, err := ticket.NewKey()
	if err != nil {
		return key, err
	}
	return key, s.gate.PutSetting(ctx, ticketKeySetting, key.Marshal())
}

// localURL is how this machine reaches the server.
func (s *server) localURL() string {
	addr := s.listener.Addr().(*net.TCPAddr)
	host := addr.IP.String()
	if addr.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, fmt.Sprint(addr.Port))
}

// url is how players reach it, and the issuer of its tickets.
func (s *server) url() string {
	if s.flags.PublicURL != "" {
		return strings.TrimSuffix(s.flags.PublicURL, "/")
	}
	return s.localURL()
}

func (s *server) greet() {
	data, err := filepath.Abs(s.flags.Data)
	if err != nil {
		data = s.flags.Data
	}
	b := banner{Version: version, URL: s.url(), Data: data}
	if s.setup != "" {
		b.Setup = s.url() + "/admin/#setup=" + s.setup
	}
	b.write(s.w.stdout)
}
