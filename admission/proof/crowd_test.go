package proof_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatekeeper/admission/admissiontest"
)

// crowdVar makes of this program the crowd that it describes: in a process of its own, it delays nobody who measures.
const crowdVar = "GATEKEEPER_CROWD"

// throng is players who want in all at once, and come again sooner than they are told.
type throng struct {
	Addr string
	// Tokens are of the players who attempt, each over and over.
	Tokens []string
	// Names are of the players who log in, LogIns of them each second, whether or not the others have been answered.
	Names  []string
	LogIns int
	Lasts  time.Duration
}

// tally is how a crowd was answered.
type tally struct {
	Served, Refused             int // attempts
	LogInsServed, LogInsRefused int
	// Other is what was neither, and one of it.
	Other int
	Such  string
	// Half and Most are how long half of the refusals took at most, and 99 of 100, in seconds.
	Half, Most float64
}

// comes runs the crowd and returns when its time is over.
func (c throng) comes(t testing.TB) (counted tally) {
	t.Helper()
	description, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env, cmd.Stderr = append(os.Environ(), crowdVar+"=-"), os.Stderr
	cmd.Stdin = strings.NewReader(string(description))
	output, err := cmd.Output()
	if err = errors.Join(err, json.Unmarshal(output, &counted)); err != nil {
		t.Fatalf("the crowd: %v\n%s", err, output)
	}
	if counted.Other > 0 {
		t.Errorf("%d were answered otherwise, such as %s", counted.Other, counted.Such)
	}
	return counted
}

// joinCrowd is that process.
func joinCrowd() int {
	var c throng
	if err := json.NewDecoder(os.Stdin).Decode(&c); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := json.NewEncoder(os.Stdout).Encode(c.push()); err != nil {
		return 1
	}
	return 0
}

func (c throng) push() tally {
	var m member
	var all sync.WaitGroup
	end := time.Now().Add(c.Lasts)
	if c.LogIns > 0 {
		all.Go(func() { m.logsIn(c, end) })
	}
	for _, token := range c.Tokens {
		all.Go(func() { m.attempts(c.Addr, token, end) })
	}
	all.Wait()
	m.Half, m.Most = quantile(m.waits, 0.5).Seconds(), quantile(m.waits, 0.99).Seconds()
	return m.tally
}

// member counts for all of the crowd.
type member struct {
	mu sync.Mutex
	tally
	waits []time.Duration // of refusals
}

// soonest is the shortest time after which anybody is told to come again.
const soonest = time.Second

// attempts asks again as soon as it is let in, or a second after it was not.
func (m *member) attempts(addr, token string, end time.Time) {
	const body = `{"clientBuild":"1"}`
	request := fmt.Sprintf("POST /instances/main/connect HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s",
		addr, token, len(body), body)
	line, err := net.DialTimeout("tcp", addr, time.Until(end)+10*time.Second)
	if err != nil {
		m.count(&m.Served, 0, nil, err)
		return
	}
	defer line.Close()
	for isFirst := true; isFirst || time.Now().Before(end); isFirst = false {
		began := time.Now()
		_ = line.SetDeadline(began.Add(30 * time.Second))
		response, err := admissiontest.AskOn(line, request)
		if m.count(&m.Served, time.Since(began), response, err); err != nil {
			return
		}
		if response.StatusCode == http.StatusServiceUnavailable {
			time.Sleep(soonest)
		}
	}
}

// count sorts an answer into served, of which it is told where that is counted, refused with a time to come again, and
// other.
func (m *member) count(served *int, took time.Duration, response *http.Response, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case err != nil:
		m.Other, m.Such = m.Other+1, err.Error()
	case response.StatusCode < 300:
		*served++
	case response.StatusCode == http.StatusServiceUnavailable && response.Header.Get("Retry-After") != "":
		if served == &m.Served {
			m.Refused++
		} else {
			m.LogInsRefused++
		}
		m.waits = append(m.waits, took)
	default:
		m.Other, m.Such = m.Other+1, response.Status
	}
}

// logInsTogether is how many log-ins there are at a time, at most.
const logInsTogether = 2048

// logsIn sends so many a second as were asked for, and those of one second on a machine however busy.
func (m *member) logsIn(c throng, end time.Time) {
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: logInsTogether}}
	defer client.CloseIdleConnections()
	var all sync.WaitGroup
	defer all.Wait()
	var under atomic.Int64
	tick := time.NewTicker(time.Second / time.Duration(c.LogIns))
	defer tick.Stop()
	for i := 0; i < c.LogIns || time.Now().Before(end); i++ {
		<-tick.C
		if under.Load() >= logInsTogether {
			continue
		}
		under.Add(1)
		body := fmt.Sprintf(`{"name":%q,"password":%q}`, c.Names[i%len(c.Names)], crowdPassword)
		all.Go(func() {
			defer under.Add(-1)
			began := time.Now()
			response, err := client.Post("http://"+c.Addr+"/auth/login", "application/json", strings.NewReader(body))
			if err == nil {
				_, _ = io.Copy(io.Discard, response.Body)
				_ = response.Body.Close()
			}
			m.count(&m.LogInsServed, time.Since(began), response, err)
		})
	}
}

// quantile is the wait that so many of all did not exceed; 0 = there are none.
func quantile(all []time.Duration, share float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[int(share*float64(len(all)-1))]
}
