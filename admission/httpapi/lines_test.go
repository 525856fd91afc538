package httpapi_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"gatekeeper/admission/admissiontest"
	"gatekeeper/admission/httpapi"
	"gatekeeper/admission/wire"
)

func few(c *httpapi.Config) { c.Connections = httpapi.Connections{Internet: 3, Private: 5} }

// TestEachAddressHasItsLines opens lines that stay open, by where they come from.
func TestEachAddressHasItsLines(t *testing.T) {
	for name, c := range map[string]struct {
		addrs  []string
		served int
	}{
		"the internet":         {[]string{"198.51.100.7"}, 3},
		"a /64 is one":         {[]string{"2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8::4"}, 3},
		"another /64":          {[]string{"2001:db8::1", "2001:db8:0:1::1"}, 6},
		"a LAN":                {[]string{"192.168.1.7"}, 5},
		"this machine":         {[]string{"127.0.0.1"}, 5},
		"a LAN by IPv6":        {[]string{"fd00::7"}, 5},
		"an IPv4 within IPv6":  {[]string{"::ffff:198.51.100.7", "198.51.100.7"}, 3},
		"two in the internet":  {[]string{"198.51.100.7", "198.51.100.8"}, 6},
		"a proxy that we know": {[]string{"10.9.9.9"}, 12},
	} {
		t.Run(name, func(t *testing.T) {
			edit := func(cfg *httpapi.Config) {
				few(cfg)
				cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.9.9.9/32")}
			}
			inHouse(t, edit, func(h *house) {
				var open []net.Conn
				served := 0
				for i := range 12 {
					line := h.lineFrom(c.addrs[i%len(c.addrs)])
					open = append(open, line)
					switch status, header := h.asksOn(line); {
					case status == 200:
						served++
					case status != 429 || header.Get("Retry-After") != "10" || header.Get("Connection") != "close":
						t.Errorf("a line too many was answered %d %v", status, header)
					}
				}
				if served != c.served {
					t.Errorf("%d lines were served", served)
				}
				for _, line := range open {
					_ = line.Close()
				}
				synctest.Wait()
				if status, _ := h.asksOn(h.lineFrom(c.addrs[0])); status != 200 {
					t.Errorf("when all were closed, the next was answered %d", status)
				}
			})
		})
	}
}

func TestAnAttemptOverALineTooManyIsAnsweredWithAnOutcome(t *testing.T) {
	inHouse(t, few, func(h *house) {
		for range 3 {
			h.asksOn(h.lineFrom("198.51.100.7"))
		}
		r, err := http.NewRequest("POST", "http://gate.example/instances/main/connect", strings.NewReader(`{}`))
		if err != nil {
			t.Fatal(err)
		}
		response, err := h.from("198.51.100.7").Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body := decoded(response.Body)
		if response.StatusCode != 429 || body["outcome"] != "failed" || body["reason"] != "RATE_LIMITED" ||
			body["retryAfterSeconds"] != 10.0 || body["retryable"] != true {
			t.Errorf("it was answered %d %v", response.StatusCode, body)
		}
	})
}

func TestAFloodIsCutWithoutAWord(t *testing.T) {
	inHouse(t, few, func(h *house) {
		var silent []net.Conn // lines that say nothing: each holds a place among those that are told
		for range 3 + 128 {
			silent = append(silent, h.lineFrom("198.51.100.7"))
		}
		synctest.Wait()
		if n, err := h.lineFrom("198.51.100.7").Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("one more read %d bytes, %v", n, err)
		}
		if status, _ := h.asksOn(h.lineFrom("198.51.100.8")); status != 200 {
			t.Errorf("another address was answered %d", status)
		}
		time.Sleep(6 * time.Second) // who says nothing does not stay
		for i, line := range silent {
			_ = line.SetReadDeadline(time.Now().Add(time.Second))
			if _, err := line.Read(make([]byte, 1)); err != io.EOF {
				t.Fatalf("line %d is still open: %v", i, err)
			}
		}
	})
}

func TestEverybodyTogetherHasNoMoreLinesThanThereAre(t *testing.T) {
	inHouse(t, func(c *httpapi.Config) { c.Connections.All = 10 }, func(h *house) {
		for i := range 10 {
			h.lineFrom(fmt.Sprintf("198.51.100.%d", i))
		}
		synctest.Wait()
		if n, err := h.lineFrom("203.0.113.1").Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("one more read %d bytes, %v", n, err)
		}
	})
}

// TestSocketsAreCountedByTheAddressThatAProxyTells has everybody come through one proxy.
func TestSocketsAreCountedByTheAddressThatAProxyTells(t *testing.T) {
	for name, c := range map[string]struct {
		peer, forwarded string
		attached        int
	}{
		"a client in the internet, behind a proxy":  {"10.9.9.9", "198.51.100.7", 3},
		"a client in the LAN, behind a proxy":       {"10.9.9.9", "192.168.1.7", 5},
		"behind a proxy in the LAN nobody trusts":   {"10.1.1.1", "192.168.1.7", 3},
		"in the LAN, without a proxy between":       {"10.1.1.1", "", 5},
		"in the internet, with a claim of its own":  {"198.51.100.9", "192.168.1.7", 3},
		"a proxy that we know, which tells nothing": {"10.9.9.9", "", 5},
	} {
		t.Run(name, func(t *testing.T) {
			edit := func(cfg *httpapi.Config) {
				few(cfg)
				cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.9.9.9/32")}
			}
			inHouse(t, edit, func(h *house) {
				var sockets []*websocket.Conn
				for i := range 7 {
					token := h.visitor(fmt.Sprint("ana ", i)).connects()["sessionToken"].(string)
					ws, response := h.attachesFrom(c.peer, c.forwarded, token)
					switch {
					case ws != nil:
						sockets = append(sockets, ws)
					case response.StatusCode != 429 || response.Header.Get("Retry-After") != "10":
						t.Errorf("a socket too many was answered %s %v", response.Status, response.Header)
					}
				}
				if len(sockets) != c.attached {
					t.Errorf("%d sockets were attached", len(sockets))
				}
				_ = sockets[0].Close()
				synctest.Wait()
				token := h.visitor("ben").connects()["sessionToken"].(string)
				if ws, response := h.attachesFrom(c.peer, c.forwarded, token); ws == nil {
					t.Errorf("when one was closed, the next was answered %s", response.Status)
				}
			})
		})
	}
}

// lineFrom opens a line that ends with the test.
func (h *house) lineFrom(addr string) net.Conn {
	h.t.Helper()
	line, err := h.net.DialAs(dressed(addr))
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = line.Close() })
	return line
}

func dressed(addr string) func(net.Conn) net.Conn {
	remote := net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(addr), 40000))
	return func(there net.Conn) net.Conn { return addressed{there, remote} }
}

// asksOn makes a request on a line and leaves it open.
func (h *house) asksOn(line net.Conn) (status int, header http.Header) {
	h.t.Helper()
	response, err := admissiontest.AskOn(line, "GET /healthz HTTP/1.1\r\nHost: gate.example\r\n\r\n")
	if err != nil {
		h.t.Fatal(err)
	}
	if response.Close { // the library takes the header away
		response.Header.Set("Connection", "close")
	}
	return response.StatusCode, response.Header
}

func (h *house) attachesFrom(peer, forwarded, token string) (*websocket.Conn, *http.Response) {
	h.t.Helper()
	header := http.Header{}
	if forwarded != "" {
		header.Set("X-Forwarded-For", forwarded)
	}
	dialer := websocket.Dialer{Subprotocols: []string{wire.Subprotocol}, NetDial: func(string, string) (net.Conn, error) {
		return h.net.DialAs(dressed(peer))
	}}
	ws, response, err := dialer.Dial("ws://gate.example/instances/main/ws?sessionToken="+token, header)
	if err != nil && response == nil {
		h.t.Fatal(err)
	}
	if ws != nil {
		h.t.Cleanup(func() { _ = ws.Close() })
	}
	return ws, response
}
