package httpapi_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/auth"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/httpapi"
	"gatekeeper/admission/telemetry"
	"gatekeeper/storage"
)

// BenchmarkOverview tells what open overviews cost the server while 10,000 play, 1,000 wait and 2,000 changes a second
// happen: the share of a core for each of three, in slices with and without them by turns.
func BenchmarkOverview(b *testing.B) {
	const admins, slice, pairs = 3, 4 * time.Second, 4
	c := newChurn(b, 10_000, 1_000)
	for b.Loop() {
		ctx, stop := context.WithCancel(b.Context())
		var running sync.WaitGroup
		running.Go(func() { c.run(ctx, 2000) })
		var each []float64
		for range pairs {
			without := cpuOf(slice)
			began := c.changes.Load()
			looking, look := context.WithCancel(ctx)
			var readers sync.WaitGroup
			for range admins {
				readers.Go(func() { c.reads(looking) })
			}
			with := cpuOf(slice)
			look()
			readers.Wait()
			b.ReportMetric(float64(c.changes.Load()-began)/slice.Seconds(), "changes/s")
			each = append(each, 100*(with-without)/slice.Seconds()/admins)
		}
		stop()
		running.Wait()
		slices.Sort(each)
		b.ReportMetric((each[pairs/2-1]+each[pairs/2])/2, "%core/admin")
		b.ReportMetric(float64(c.frames.Load()), "frames")
	}
}

// cpuOf is how many seconds of a core the process uses meanwhile, of the readers too.
func cpuOf(d time.Duration) float64 {
	used := func() float64 {
		var u syscall.Rusage
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
		return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
	}
	began := used()
	time.Sleep(d)
	return used() - began
}

// churn is a server full of players whose lines drop and come back.
type churn struct {
	b       testing.TB
	gate    *gate.Gate
	once    sync.Once // guards the setting of in
	in      *gate.Instance
	url     string
	changes atomic.Int64
	frames  atomic.Int64

	mu     sync.Mutex // guards tokens
	tokens map[admission.Conn]string
	conns  []admission.Conn
}

func newChurn(b testing.TB, playing, waiting int) *churn {
	b.Helper()
	schema, err := os.ReadFile("../../schema.sql")
	if err != nil {
		b.Fatal(err)
	}
	store, err := storage.Open(filepath.Join(b.TempDir(), "gatekeeper.db"), string(schema), storage.Options{})
	if err != nil {
		b.Fatal(err)
	}
	c := &churn{b: b, tokens: make(map[admission.Conn]string)}
	history := telemetry.NewHistory(time.Now())
	c.gate = gate.New(gate.Config{
		Store: store, Deliver: c.deliver, FoldName: auth.FoldName, Observe: func(done gate.Commit) { history.Observe(done.Events) },
	})
	if err := c.gate.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	_, err = c.gate.As("bench").ChangeInstance(b.Context(), "main", func(s *admission.Settings) error {
		s.Capacity, s.QueueMax, s.Grace = playing, waiting, time.Hour
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	cfg := configOf(c.gate)
	cfg.History = history
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := httpapi.New(cfg, httpapi.NewHub()).HTTPServer(context.Background())
	go func() { _ = server.Serve(listener) }()
	c.url = "http://" + listener.Addr().String()
	b.Cleanup(func() {
		_ = server.Close()
		_ = c.gate.Stop(context.Background())
		_ = store.Close()
	})
	c.fill(playing, waiting)
	return c
}

func (c *churn) deliver(e admission.Effect) {
	if s, isSeated := e.(admission.Seated); isSeated {
		c.mu.Lock()
		c.tokens[s.Conn] = s.ReconnectionToken
		c.mu.Unlock()
	}
}

func (c *churn) fill(playing, waiting int) {
	c.conns = make([]admission.Conn, playing)
	next := atomic.Int64{}
	var filling sync.WaitGroup
	for range 64 {
		filling.Go(func() {
			for i := int(next.Add(1)) - 1; i < playing+waiting; i = int(next.Add(1)) - 1 {
				if o := c.enters(fmt.Sprintf("player %d", i)); o.Session != "" {
					c.attach(&c.conns[int(i)%playing], o.SessionToken, admission.SessionTokenKind)
				}
			}
		})
	}
	filling.Wait()
	c.conns = slices.DeleteFunc(c.conns, func(conn admission.Conn) bool { return conn == 0 })
}

func (c *churn) enters(name string) admission.Outcome {
	ctx := context.Background()
	account, _, err := c.gate.Register(ctx, admission.AccountRow{Name: name, Guest: true}, admission.HashToken(name))
	if err != nil {
		c.b.Error(err)
		return admission.Outcome{}
	}
	character, err := c.gate.AddCharacter(ctx, account, name)
	if err != nil {
		c.b.Error(err)
	}
	return c.gate.Connect(ctx, account, gate.ConnectRequest{
		Attempt: admission.AttemptID(c.gate.UUID()), Instance: "main", Character: character.ID, Build: "1.4.2",
	})
}

func (c *churn) attach(to *admission.Conn, token string, kind admission.TokenKind) {
	*to = c.gate.NewConn()
	in, err := c.gate.Attach(context.Background(), "main", token, kind, *to)
	if err != nil {
		c.b.Error(err)
		return
	}
	c.once.Do(func() { c.in = in })
}

func (c *churn) lose(conn admission.Conn) { c.in.Drop(conn) }

// run drops lines and brings them back, each a change, so many times a second in all.
func (c *churn) run(ctx context.Context, perSecond int) {
	const workers = 20
	var running sync.WaitGroup
	for w := range workers {
		running.Go(func() {
			ticker := time.NewTicker(2 * workers * time.Second / time.Duration(perSecond))
			defer ticker.Stop()
			for i := w; ctx.Err() == nil; i += workers {
				conn := &c.conns[i%len(c.conns)]
				c.mu.Lock()
				token := c.tokens[*conn]
				delete(c.tokens, *conn)
				c.mu.Unlock()
				if token != "" {
					c.lose(*conn)
					c.attach(conn, token, admission.ReconnectionTokenKind)
					c.changes.Add(2)
				}
				<-ticker.C
			}
		})
	}
	running.Wait()
}

// reads keeps an overview open.
func (c *churn) reads(ctx context.Context) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"/admin/api/live", nil)
	if err != nil {
		c.b.Error(err)
		return
	}
	r.Header.Set("Authorization", "Bearer "+operatorKey)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		c.b.Error(err)
		return
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if len(lines.Bytes()) > 0 {
			c.frames.Add(1)
		}
	}
}
