package compare

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/admissiontest"
)

const (
	// crowd is more players than are let in within a slice.
	crowd = 80_000
	// held is how many sessions a server has that is not empty.
	held = 100_000
	// syncs is how many writes to a file are timed.
	syncs = 200
)

// door is a server that lets players in.
type door struct {
	// enter is the call of the i-th player of a slice, and what the answer must contain.
	enter func(i int) (*http.Request, string)
	// begin makes room before a slice, and end empties it after one, so that nobody's claim lapses into another's slice.
	begin, end func()

	name    string
	pid     int
	program *admissiontest.Program // gatekeeper; nil = another
	many    map[int][]load         // by how many call
}

// measureAdmissions compares how fast players are let in.
func measureAdmissions(t *testing.T, results *table) {
	doors := map[string]*door{"echo": echoDoor(t), "empty": gatekeeperDoor(t, 0), "full": gatekeeperDoor(t, held)}
	order := []string{"echo", "empty", "full"}
	if rival := redisDoor(t); rival != nil {
		doors["redis"] = rival
		order = append(order, "redis")
	}
	var disk []float64
	for range *rounds {
		for _, n := range []int{32, 256} {
			c := newCallers(t, n)
			for _, name := range order {
				doors[name].measure(t, c)
			}
		}
		lone := newCallers(t, 1)
		for _, name := range order[:2] {
			doors[name].measure(t, lone)
		}
		disk = append(disk, syncTime(t))
	}
	judgeAdmissions(results, doors, disk)
}

func judgeAdmissions(results *table, doors map[string]*door, disk []float64) {
	echo, empty, full := doors["echo"], doors["empty"], doors["full"]
	results.ratio("durable admissions, 256 callers, beside echo", empty.rates(256), echo.rates(256), "/s", .55, true)
	results.ratio("durable admissions, 32 callers, beside echo", empty.rates(32), echo.rates(32), "/s", .42, true)
	results.ratio("p50 of a lone admission, beside fdatasync + echo", milliseconds(empty.many[1], .5), sums(disk, milliseconds(echo.many[1], .5)), "ms", 2, false)
	results.ratio("p99 at 256 callers, beside echo", milliseconds(empty.many[256], .99), milliseconds(echo.many[256], .99), "ms", 1.6, false)
	results.ratio("256 callers with 100,000 sessions, beside empty", full.rates(256), empty.rates(256), "/s", .85, true)
	rival := doors["redis"]
	if rival == nil {
		results.skip("durable admissions, beside Fastify + Redis", "there is no redis-server here (apt-get install redis-server)")
		return
	}
	results.ratio("32 callers, beside Fastify + Redis", empty.rates(32), rival.rates(32), "/s", 1.3, true)
	results.ratio("256 callers, beside Fastify + Redis", empty.rates(256), rival.rates(256), "/s", 1.6, true)
}

func (d *door) measure(t testing.TB, c *callers) {
	t.Helper()
	d.begin()
	rest(t, d.pid)
	if *profile != "" && d.program != nil && c.n == 256 {
		defer profileCPU(t, d.program, *slice)()
	}
	began, own := cpuTime(t, d.pid), cpuTime(t, os.Getpid())
	l := c.during(t, *slice, d.enter)
	d.many[c.n] = append(d.many[c.n], l)
	calls := float64(len(l.times)) / 1e6
	t.Logf("%-10s %3d callers: %6.0f/s; µs of CPU a call: %5.1f, and %4.1f of the callers", d.name, c.n, l.rate,
		(cpuTime(t, d.pid)-began)/calls, (cpuTime(t, os.Getpid())-own)/calls)
	d.end()
	rest(t, d.pid)
}

func (d *door) rates(callers int) (all []float64) {
	for _, l := range d.many[callers] {
		all = append(all, l.rate)
	}
	return all
}

func milliseconds(loads []load, part float64) (all []float64) {
	for _, l := range loads {
		all = append(all, 1000*share(l.times, part))
	}
	return all
}

func sums(a, b []float64) (all []float64) {
	for i := range min(len(a), len(b)) {
		all = append(all, a[i]+b[i])
	}
	return all
}

func echoDoor(t testing.TB) *door {
	p := startSelf(t, "echo")
	return &door{name: "echo", pid: p.pid, many: map[int][]load{}, begin: func() {}, end: func() {}, enter: func(i int) (*http.Request, string) {
		return post(p.url+"/", token(i)), "clientBuild"
	}}
}

func token(i int) string { return fmt.Sprintf("token-%05d", i) }

// gatekeeperDoor is a server with so many sessions on another instance. Each slice has an instance of its own.
func gatekeeperDoor(t testing.TB, sessions int) *door {
	t.Helper()
	p := newHouse(t, sessions, crowd)
	p.Start(t)
	slices := 0
	d := &door{name: "gatekeeper", pid: p.Cmd.Process.Pid, program: p, many: map[int][]load{}}
	name := func() string { return "slice-" + strconv.Itoa(slices) }
	d.end = func() { p.Runs(t, "instance", "close", name()) }
	d.begin = func() {
		slices++
		p.Runs(t, "instance", "add", name(), "--capacity", strconv.Itoa(crowd))
	}
	d.enter = func(i int) (*http.Request, string) {
		return post(p.URL()+"/instances/"+name()+"/connect", token(sessions+i)), `"admitted"`
	}
	return d
}

// newHouse is a server, not started yet, with so many held sessions that outlast the run, and further players.
func newHouse(t testing.TB, sessions, players int) *admissiontest.Program {
	t.Helper()
	p := admissiontest.NewProgram(t, binary, "--durability", "full", "--connections-private", "100000")
	admissiontest.Seed(t, p.Database(), schema(t), sessions+players, sessions+players, 0, func(i int, player admissiontest.Player) (rows []admission.Record) {
		if i == 0 {
			rows = append(rows, patientInstance(sessions+players))
		}
		if i < sessions {
			rows = append(rows, admissiontest.NewHeldSeat(i, player).Row(admission.PlaceKey(i+1)))
		}
		return rows
	})
	return p
}

// patientInstance is main with windows that do not end within a run.
func patientInstance(capacity int) admission.PutInstance {
	s := admission.DefaultSettings("main")
	s.Capacity, s.CreatedAt, s.Grace, s.ClaimWindow = capacity, time.Now(), time.Hour, 5*time.Minute
	return admission.PutInstance{Settings: s}
}

func redisDoor(t testing.TB) *door {
	t.Helper()
	port := startRedis(t)
	if port == "" {
		return nil
	}
	p := startNode(t, "fastify.cjs", port, strconv.Itoa(crowd))
	slices := 0
	d := &door{name: "redis", pid: p.pid, many: map[int][]load{}}
	d.begin = func() { slices++ }
	d.end = func() {
		r, err := http.NewRequest(http.MethodDelete, p.url+"/places", nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := newCallers(t, 1).do(r, "{}"); err != nil {
			t.Fatal(err)
		}
	}
	d.enter = func(i int) (*http.Request, string) {
		return post(fmt.Sprintf("%s/instances/slice-%d/connect", p.url, slices), token(i)), `"admitted"`
	}
	return d
}

// syncTime is how long it takes, in milliseconds, to add a page to a file and have it on the disk: the median of many.
func syncTime(t testing.TB) float64 {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "sync"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	page := make([]byte, 4096)
	var times []float64
	for range syncs {
		began := time.Now()
		if _, err := f.Write(page); err != nil {
			t.Fatal(err)
		}
		if err := fdatasync(f); err != nil {
			t.Fatal(err)
		}
		times = append(times, 1000*time.Since(began).Seconds())
	}
	return middle(times)
}

// profileCPU begins a profile of a running gatekeeper, which wait ends.
func profileCPU(t testing.TB, p *admissiontest.Program, during time.Duration) (wait func()) {
	t.Helper()
	var key struct{ Key string }
	if err := json.Unmarshal([]byte(admissiontest.ReadFile(t, filepath.Join(p.Dir, "server.json"))), &key); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		path := fmt.Sprintf("/debug/pprof/profile?seconds=%d", max(1, int(during.Seconds())))
		status, data, err := p.Call(http.DefaultClient, http.MethodGet, path, key.Key, nil)
		if err != nil || status != http.StatusOK || os.WriteFile(*profile, data, 0o600) != nil {
			t.Errorf("no profile: %d %v", status, err)
		}
	}()
	return func() { <-done }
}
