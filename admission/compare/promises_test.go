package compare

import (
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gatekeeper/admission/admissiontest"
)

// measureStarts compares a start with sessions in the database with one of an empty server.
func measureStarts(t *testing.T, results *table) {
	sizes := []int{0, 10_000, 100_000}
	times := make([][]float64, len(sizes))
	programs := make([]*admissiontest.Program, len(sizes))
	for i, sessions := range sizes {
		programs[i] = newHouse(t, sessions, 0)
		programs[i].Start(t) // what the first start finds to do is not measured
		programs[i].Kill()
	}
	for range *rounds {
		for i, p := range programs {
			began := time.Now()
			p.Start(t)
			times[i] = append(times[i], time.Since(began).Seconds())
			p.Kill()
		}
	}
	empty := middle(times[0])
	for i, limit := range map[int]float64{1: .1, 2: .5} {
		more := make([]float64, len(times[i]))
		for n := range more {
			more[n] = times[i][n] - empty
		}
		results.bound(fmt.Sprintf("a start with %d sessions takes longer by", sizes[i]), more, "s", limit)
	}
}

// measureHandshakes attaches 1,000 players a second and asks the server how long each took.
func measureHandshakes(t *testing.T, results *table) {
	const rate, seconds = 1000, 5
	house, p := gatekeeperLobby(t, rate*seconds, 0)
	var all sync.WaitGroup
	in := make([]*joined, rate*seconds)
	began := time.Now()
	for i := range in {
		time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / rate)))
		all.Go(func() {
			j, err := house.attach(i)
			if err != nil {
				t.Errorf("player %d: %v", i, err)
				return
			}
			in[i] = j
		})
	}
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
	defer hangUp(in)
	results.bound("p99 of a handshake at 1,000 a second (the bucket's bound)", []float64{1000 * p.Scrape(t).Quantile("gatekeeper_handshake_seconds", .99)}, "ms", 50)
}

// measureLatency lets 500 players a second in, by the clock, into a server that has one core.
func measureLatency(t *testing.T, results *table) {
	const rate, seconds = 500, 6
	p := newHouse(t, 0, rate*seconds**rounds)
	p.Before = []string{"env", "GOMAXPROCS=1"}
	p.Start(t)
	c := newCallers(t, 256)
	var p95, p99 []float64
	for round := range *rounds {
		times := make([]time.Duration, rate*seconds)
		var all sync.WaitGroup
		began := time.Now()
		for i := range times {
			due := began.Add(time.Duration(i) * time.Second / rate)
			time.Sleep(time.Until(due))
			all.Go(func() {
				if err := c.do(post(p.URL()+"/instances/main/connect", token(round*len(times)+i)), `"admitted"`); err != nil {
					t.Error(err)
				}
				times[i] = time.Since(due) // also what it waited for its turn to call
			})
		}
		all.Wait()
		slices.Sort(times)
		p95, p99 = append(p95, 1000*share(times, .95)), append(p99, 1000*share(times, .99))
	}
	results.bound("admission, 500 a second on one core, p95", p95, "ms", 50)
	results.bound("the same, p99", p99, "ms", 100)
}

var rankLine = regexp.MustCompile(`(?m)^BenchmarkQueue/(rank\S*)/(\d+)-\d+\s+\d+\s+([\d.]+) ns/op`)

// measureRanks takes the queue's own benchmark.
func measureRanks(t *testing.T, results *table) {
	command := exec.Command("go", "test", "-run", "^$", "-bench", "^BenchmarkQueue$/^rank", "-benchtime", "300ms",
		"-count", strconv.Itoa(*rounds), "gatekeeper/admission")
	text, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	times := map[string][]float64{}
	for _, line := range rankLine.FindAllStringSubmatch(string(text), -1) {
		ns, err := strconv.ParseFloat(line[3], 64)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.ReplaceAll(line[1], "_", " ") + " " + line[2]
		times[name] = append(times[name], ns)
	}
	results.bound("position in a queue of 1,000,000, look-up and all", times["rank with look-up 1000000"], "ns", 500)
	results.ratio("the rank alone, beside a queue of 1,000", times["rank 1000000"], times["rank 1000"], "ns", 2, false)
}
