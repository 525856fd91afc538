package proof_test

import (
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatekeeper/admission/admissiontest"
)

// TestOneAddressHasItsConnectionsAndNoMore opens 8,000 of them from this machine and asks something on each.
func TestOneAddressHasItsConnectionsAndNoMore(t *testing.T) {
	const flood, bound, dialers = 8000, 4096, 64
	needFiles(t, flood+1000)
	p := admissiontest.NewProgram(t, binary)
	p.Start(t)
	http.DefaultClient.CloseIdleConnections()

	lines := make([]net.Conn, flood)
	var served, refused, cut atomic.Int64
	var next atomic.Int64
	var all sync.WaitGroup
	for range dialers {
		all.Go(func() {
			for i := int(next.Add(1) - 1); i < flood; i = int(next.Add(1) - 1) {
				line, response := askOnce(p.Addr)
				switch {
				case response == nil:
					cut.Add(1)
				case response.StatusCode == http.StatusOK:
					served.Add(1)
				case response.StatusCode == http.StatusTooManyRequests && response.Header.Get("Retry-After") != "" && response.Close:
					refused.Add(1)
				default:
					t.Errorf("a line was answered %s %v", response.Status, response.Header)
				}
				lines[i] = line
			}
		})
	}
	all.Wait()
	t.Logf("of %d lines %d were served, %d told to come later, %d cut", flood, served.Load(), refused.Load(), cut.Load())
	const others = 2 // lines of this test's own, from before
	if n := served.Load(); n > bound || n < bound-others {
		t.Errorf("%d lines were served, the bound is %d", n, bound)
	}
	if served.Load()+refused.Load()+cut.Load() != flood || refused.Load() == 0 {
		t.Errorf("%d were served, %d refused, %d cut", served.Load(), refused.Load(), cut.Load())
	}
	for _, line := range lines {
		if line != nil {
			_ = line.Close()
		}
	}
	if err := p.WaitReady(5 * time.Second); err != nil {
		t.Fatalf("after the flood: %v", err)
	}
	if counted := p.Scrape(t)["gatekeeper_connections_refused_total"]; counted < float64(refused.Load()) || counted > flood-bound+others {
		t.Errorf("it counted %v refused", counted)
	}
	if again, response := askOnce(p.Addr); response == nil || response.StatusCode != http.StatusOK {
		t.Errorf("after the flood a line was answered %v", response)
	} else {
		_ = again.Close()
	}
}

// askOnce opens a line and asks on it; without an answer there is none.
func askOnce(address string) (net.Conn, *http.Response) {
	line, err := net.DialTimeout("tcp", address, 10*time.Second)
	if err != nil {
		return nil, nil
	}
	_ = line.SetDeadline(time.Now().Add(20 * time.Second))
	response, err := admissiontest.AskOn(line, "GET /healthz HTTP/1.1\r\nHost: gate.example\r\n\r\n")
	if err != nil {
		return line, nil
	}
	return line, response
}
