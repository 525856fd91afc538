package sim_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"gatekeeper/admission"
	"gatekeeper/admission/admissiontest"
	"gatekeeper/admission/auth"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/httpapi"
	"gatekeeper/admission/sim"
	"gatekeeper/admission/telemetry"
	"gatekeeper/admission/wire"
	"gatekeeper/storage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const operatorKey = "the operator's key"

// house is a whole server on a real store, with its lab.
type house struct {
	t     *testing.T
	gate  *gate.Gate
	lab   *sim.Lab
	lines *lines
	ways  wire.LogInWays
	// client returns a client of its own of the server, for those who come from outside.
	client func() *sim.Client
}

// letting is settings of which only the ways to log in are asked for.
type letting struct {
	httpapi.Settings
	house *house
}

func (l letting) Ways() wire.LogInWays { return l.house.ways }

// lines is a listener that can cut all that it accepted.
type lines struct {
	net.Listener
	mu    sync.Mutex // guards conns
	conns []net.Conn
}

func (l *lines) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.conns = append(l.conns, conn)
	}
	return conn, err
}

func (l *lines) cut(admission.InstanceID) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, conn := range l.conns {
		_ = conn.Close()
	}
	return len(l.conns)
}

// twist stands before the server's handler: it is how a test makes the server misbehave.
type twist func(http.Handler) http.Handler

// inHouse runs a story in a bubble of virtual time, on a network in memory.
func inHouse(t *testing.T, bend twist, story func(*house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := admissiontest.NewPipes()
		h, stop := open(t, network, "http://gate.example", network.Dial, bend)
		defer stop()
		story(h)
	})
}

// onLoopback runs it on real sockets, and on the clock of the wall.
func onLoopback(t *testing.T, bend twist, story func(*house)) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h, stop := open(t, listener, "http://"+listener.Addr().String(), nil, bend)
	defer stop()
	story(h)
}

func open(t *testing.T, listener net.Listener, url string, dial func(context.Context, string, string) (net.Conn, error), bend twist) (h *house, stop func()) {
	t.Helper()
	schema, err := os.ReadFile("../../schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	store, err := storage.Open(filepath.Join(t.TempDir(), "gatekeeper.db"), string(schema), storage.Options{Normal: true})
	if err != nil {
		t.Fatal(err)
	}
	h = &house{t: t, lines: &lines{Listener: listener}, ways: wire.LogInWays{Local: true, Guest: true}}
	h.client = func() *sim.Client {
		client := sim.NewClient(func() string { return url }, dial, nil)
		t.Cleanup(client.Close)
		return client
	}
	h.lab = sim.New(sim.Config{
		BaseURL: func() string { return url }, Key: operatorKey, Enrol: h.enrol, Dial: dial, CutSockets: h.lines.cut,
		Silence: func(id admission.InstanceID, isOn bool) error { return h.gate.Silence(context.Background(), id, isOn) },
	})
	hub := httpapi.NewHub()
	h.gate = gate.New(gate.Config{Store: h.lab.Faults.Store(store), Deliver: hub.Deliver, FoldName: auth.FoldName})
	if err := h.gate.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	requests, cancel := context.WithCancel(context.Background())
	server := httpapi.New(h.door(), hub).HTTPServer(requests)
	if bend != nil {
		server.Handler = bend(server.Handler)
	}
	var running sync.WaitGroup
	running.Go(func() { _ = server.Serve(h.lines) })
	running.Go(func() { hub.Run(requests) })
	return h, func() {
		bye, done := context.WithTimeout(context.Background(), 2*time.Second)
		defer done()
		h.lab.Close(bye)
		h.gate.BeginStop()
		hub.Close(bye)
		_ = server.Close()
		cancel()
		running.Wait()
		if err := errors.Join(h.gate.Stop(context.Background()), store.Close()); err != nil {
			t.Error(err)
		}
	}
}

func (h *house) door() httpapi.Config {
	return httpapi.Config{
		Gate: h.gate, Passwords: auth.NewPasswords(), AdminPasswords: auth.NewPasswords(), Limits: auth.NewAddressLimiter(20, 1000), Names: auth.NewNameLimiter(),
		Log: zerolog.Nop(), Pages: http.NotFoundHandler(), Connections: httpapi.Connections{Internet: 10_000, Private: 10_000},
		Metrics: telemetry.NewMetrics("test", func() telemetry.Gauges { return telemetry.Gauges{} }),
		Tickets: admissiontest.NewTickets("https://gate.example", time.Now), OperatorKey: admission.HashToken(operatorKey),
		AdminLocks: auth.NewLoginLock(), AdminNames: auth.NewNameLimiter(), Codes: auth.NewCodes(),
		History: telemetry.NewHistory(h.gate.Now()), Lab: h.lab, Settings: letting{house: h},
	}
}

func (h *house) enrol(ctx context.Context, name string) (string, admission.CharacterID, error) {
	token := auth.NewPlayerToken()
	account, _, err := h.gate.Register(ctx, admission.AccountRow{Name: name, PasswordHash: "-"}, admission.HashToken(token))
	if err != nil {
		return "", "", err
	}
	c, err := h.gate.AddCharacter(ctx, account, name)
	return token, c.ID, err
}

// waitsUntil looks at the players until it holds.
func (h *house) waitsUntil(what string, holds func(wire.LabCrowd) bool) wire.LabCrowd {
	h.t.Helper()
	for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(10 * time.Millisecond) {
		if players := h.lab.Status().Players; holds(players) {
			return players
		}
	}
	h.t.Fatalf("waiting until %s: %+v", what, h.lab.Status().Players)
	return wire.LabCrowd{}
}
