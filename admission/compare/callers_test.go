package compare

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// callers call a server over HTTP, each over a connection of its own, each one call after another.
type callers struct {
	client *http.Client
	n      int
}

func newCallers(t testing.TB, n int) *callers {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: n, MaxConnsPerHost: n, DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &callers{client: &http.Client{Transport: transport, Timeout: 20 * time.Second}, n: n}
}

// load is what a slice of calls came to.
type load struct {
	rate  float64         // calls a second
	times []time.Duration // sorted
}

// during calls for a while. call makes the request with a number and says what its answer must contain.
func (c *callers) during(t testing.TB, d time.Duration, call func(i int) (*http.Request, string)) load {
	t.Helper()
	var next atomic.Int64
	var all sync.WaitGroup
	times := make([][]time.Duration, c.n)
	began := time.Now()
	for worker := range c.n {
		all.Go(func() {
			for time.Since(began) < d {
				r, want := call(int(next.Add(1) - 1))
				sent := time.Now()
				if err := c.do(r, want); err != nil {
					t.Error(err)
					return
				}
				times[worker] = append(times[worker], time.Since(sent))
			}
		})
	}
	all.Wait()
	took := time.Since(began)
	l := load{times: slices.Concat(times...)}
	slices.Sort(l.times)
	l.rate = float64(len(l.times)) / took.Seconds()
	return l
}

func (c *callers) do(r *http.Request, want string) error {
	response, err := c.client.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && !strings.Contains(string(body), want) {
		err = fmt.Errorf("%s %s: %s: %s", r.Method, r.URL, response.Status, body)
	}
	return err
}

// post is a call with a player's token and a body as clients send it.
func post(url, token string) *http.Request {
	r, err := http.NewRequest(http.MethodPost, url, strings.NewReader(`{"clientBuild":"1.0.0"}`))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}
