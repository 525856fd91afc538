package httpapi_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"gatekeeper/admission/admissiontest"
	"gatekeeper/admission/httpapi"
)

// behindProxy lets a story choose its addresses by a header: the pipes' own peer counts as a trusted proxy.
func behindProxy(c *httpapi.Config) {
	c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("::/128")}
}

// at makes a request from an address.
func (h *house) at(addr, method, path, body string) reply {
	h.t.Helper()
	response, answer := h.send(method, path, body, map[string]string{"X-Forwarded-For": addr})
	return reply{status: response.StatusCode, header: response.Header, body: answer}
}

func logIn(password string) string { return `{"name":"olga","password":"` + password + `"}` }

func TestLogInIsSlowedAfterTenFailuresOfAName(t *testing.T) {
	inHouse(t, behindProxy, func(h *house) {
		h.at("192.0.2.1", "POST", "/auth/register", logIn("correct horse"))
		if r := h.at("192.0.2.1", "POST", "/auth/login", logIn("correct horse")); r.status != 200 {
			t.Fatalf("logging in answered %d %v", r.status, r.body)
		}
		for i := range 10 { // each from an address of its own
			if r := h.at(fmt.Sprintf("198.51.100.%d", i), "POST", "/auth/login", logIn("guess")); r.status != 401 || r.body["code"] != "BAD_CREDENTIALS" {
				t.Errorf("guess %d answered %d %v", i, r.status, r.body)
			}
		}
		for range 3 {
			r := h.at("203.0.113.1", "POST", "/auth/login", logIn("correct horse"))
			if r.status != 429 || r.body["code"] != "RATE_LIMITED" || r.header.Get("Retry-After") != "10" {
				t.Errorf("the eleventh answered %d %v, Retry-After %s", r.status, r.body, r.header.Get("Retry-After"))
			}
		}
		if r := h.at("192.0.2.1", "POST", "/auth/login", logIn("correct horse")); r.status != 200 {
			t.Errorf("from where the name belongs it answered %d %v", r.status, r.body)
		}
		time.Sleep(10 * time.Second)
		if r := h.at("203.0.113.1", "POST", "/auth/login", logIn("guess")); r.status != 401 {
			t.Errorf("ten seconds later it answered %d %v", r.status, r.body)
		}
		if r := h.at("203.0.113.2", "POST", "/auth/login", logIn("guess")); r.status != 429 {
			t.Errorf("and at once after that, from elsewhere, %d %v", r.status, r.body)
		}
		if told := h.happened("security.login_locked"); len(told) != 1 || told[0]["accountId"] == nil {
			t.Errorf("the log tells of %v", told)
		}
	})
}

func TestASlowedNameIsFastAgainTenMinutesLater(t *testing.T) {
	inHouse(t, behindProxy, func(h *house) {
		h.at("192.0.2.1", "POST", "/auth/register", logIn("correct horse"))
		for range 10 {
			h.at("198.51.100.1", "POST", "/auth/login", logIn("guess"))
		}
		time.Sleep(10 * time.Minute)
		for range 3 {
			if r := h.at("203.0.113.1", "POST", "/auth/login", logIn("guess")); r.status != 401 {
				t.Errorf("it answered %d %v", r.status, r.body)
			}
		}
	})
}

func TestANameThatNobodyHasIsSlowedAlike(t *testing.T) {
	inHouse(t, behindProxy, func(h *house) {
		for range 10 {
			h.at("198.51.100.1", "POST", "/auth/login", `{"name":"nobody","password":"guess"}`)
		}
		if r := h.at("203.0.113.1", "POST", "/auth/login", `{"name":"NOBODY","password":"guess"}`); r.status != 429 || r.header.Get("Retry-After") != "10" {
			t.Errorf("it answered %d %v", r.status, r.body)
		}
		if told := h.happened("security.login_locked"); len(told) != 0 {
			t.Errorf("the log tells of %v", told)
		}
	})
}

func TestALiveSessionIsNeverLockedOut(t *testing.T) {
	inHouse(t, behindProxy, func(h *house) {
		ana := h.player("ana")
		frame := ana.enters("main")
		for i := range 12 {
			h.at(fmt.Sprintf("198.51.100.%d", i), "POST", "/auth/login", `{"name":"ana","password":"guess"}`)
		}
		ana.drops()
		if again := ana.returns("main", frame["reconnectionToken"]); again["sessionId"] != frame["sessionId"] {
			t.Errorf("ana came back to %v", again)
		}
		for range 5 {
			ana.knocks("nowhere")
		}
		ana.drops()
		if again := ana.returns("main", frame["reconnectionToken"]); again["sessionId"] != frame["sessionId"] {
			t.Errorf("while the account is locked ana came back to %v", again)
		}
	})
}

func TestALockEndsWithOneEventForTheRest(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		for range 5 {
			ana.knocks("nowhere")
		}
		began := time.Now()
		time.Sleep(time.Second)
		for range 37 {
			ana.knocks("main")
		}
		if told := h.happened("connection.throttled"); len(told) != 10 {
			t.Errorf("one by one the log tells of %d", len(told))
		}
		if told := h.happened("connection.attempt"); len(told) != 15 {
			t.Errorf("the log tells of %d attempts", len(told))
		}
		time.Sleep(59*time.Second - time.Millisecond)
		if told := h.happened("connection.throttled"); len(told) != 10 {
			t.Errorf("before its end the log tells of %d", len(told))
		}
		time.Sleep(time.Millisecond)
		told := h.happened("connection.throttled")
		if len(told) != 11 {
			t.Fatalf("at its end the log tells of %d", len(told))
		}
		rest := told[10]
		if rest["data"].(object)["count"] != 27.0 || rest["reason"] != "RATE_LIMITED" || rest["accountId"] != told[0]["accountId"] || rest["attemptId"] != nil {
			t.Errorf("the rest is %v", rest)
		}
		if ends := began.Add(time.Minute).UTC().Format("2006-01-02T15:04:05.000Z"); rest["time"] != ends {
			t.Errorf("the rest was told of at %v, not %s", rest["time"], ends)
		}
	})
}

func TestALockOfTenTriesHasNoRest(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		for range 15 {
			ana.knocks("nowhere")
		}
		time.Sleep(2 * time.Minute)
		if told := h.happened("connection.throttled"); len(told) != 10 {
			t.Errorf("the log tells of %d", len(told))
		}
	})
}

// triesOf counts how many tries an address has until it is limited.
func (h *house) triesOf(client *http.Client, header http.Header, most int) (allowed int) {
	h.t.Helper()
	for range most {
		r, _ := http.NewRequest("GET", "http://gate.example/me", nil)
		r.Header = header.Clone()
		r.Header.Set("Authorization", "Bearer dead")
		response, err := client.Do(r)
		if err != nil {
			h.t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode == http.StatusTooManyRequests {
			return allowed
		}
		allowed++
	}
	return allowed
}

func TestAnAddressHasItsTriesAMinute(t *testing.T) {
	for name, c := range map[string]struct {
		addr    string
		header  http.Header
		allowed int
	}{
		"the internet":                   {"198.51.100.7", http.Header{}, 20},
		"the internet by IPv6":           {"2001:db8::1", http.Header{}, 20},
		"a LAN":                          {"192.168.1.7", http.Header{}, 1000},
		"this machine":                   {"127.0.0.1", http.Header{}, 1000},
		"a LAN by IPv6":                  {"fd00::7", http.Header{}, 1000},
		"an IPv4 address in IPv6":        {"::ffff:10.0.0.7", http.Header{}, 1000},
		"a proxy that nobody trusts":     {"10.0.0.1", http.Header{"X-Forwarded-For": {"192.168.1.7"}}, 20},
		"another that nobody trusts":     {"10.0.0.1", http.Header{"Forwarded": {"for=192.168.1.7"}}, 20},
		"a claim that comes from abroad": {"198.51.100.7", http.Header{"X-Forwarded-For": {"192.168.1.7"}}, 20},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, nil, func(h *house) {
				if allowed := h.triesOf(h.from(c.addr), c.header, c.allowed+1); allowed != c.allowed {
					t.Errorf("it had %d tries", allowed)
				}
				if allowed := h.triesOf(h.from("203.0.113.77"), http.Header{}, 1); allowed != 1 {
					t.Error("another address had none")
				}
				time.Sleep(time.Minute)
				if allowed := h.triesOf(h.from(c.addr), c.header, 1); allowed != 1 {
					t.Error("a minute later it had none")
				}
			})
		})
	}
}

func TestAProxyThatNobodyTrustsIsWarnedOfOnce(t *testing.T) {
	var journal bytes.Buffer
	inHouse(t, func(c *httpapi.Config) { c.Log = zerolog.New(&journal) }, func(h *house) {
		h.triesOf(h.from("10.0.0.1"), http.Header{"X-Forwarded-For": {"198.51.100.7"}}, 3)
		if lines := strings.Count(journal.String(), "--trusted-proxies"); lines != 1 || !strings.Contains(journal.String(), "10.0.0.1") {
			t.Errorf("the log says %q", journal.String())
		}
	})
}

func TestAnIPv6NetworkIsOneAddress(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		total := 0
		for i := range 30 {
			total += h.triesOf(h.from(fmt.Sprintf("2001:db8:0:1:%x::1", i+1)), http.Header{}, 1)
		}
		if total != 20 {
			t.Errorf("a /64 had %d tries", total)
		}
		if h.triesOf(h.from("2001:db8:0:2::1"), http.Header{}, 1) != 1 {
			t.Error("the next /64 had none")
		}
	})
}

func TestALiveTokenIsNotLimitedByItsAddress(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		h.triesOf(h.http, http.Header{}, 21)
		if r := ana.knocks("main"); r.body["outcome"] != "admitted" {
			t.Errorf("it answered %d %v", r.status, r.body)
		}
	})
}

func TestASlowBodyIsATimeoutWithinTenSeconds(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		for range 6 { // and does not count
			r := ana.slowly("main")("")
			if r.status != 200 || r.body["outcome"] != "timeout" || r.body["reason"] != "TIMEOUT" || r.body["retryable"] != true {
				t.Errorf("it answered %d %v", r.status, r.body)
			}
			if r.took != 9500*time.Millisecond {
				t.Errorf("it took %s", r.took)
			}
			h.attempted(r, "connection.timeout", "TIMEOUT")
		}
		if r := ana.knocks("main"); r.body["outcome"] != "admitted" {
			t.Errorf("then it answered %d %v", r.status, r.body)
		}
	})
}

// TestSlowHeadersAndIdleLinesAreCut lets one line say a letter a second and another nothing after its request.
func TestSlowHeadersAndIdleLinesAreCut(t *testing.T) {
	const addr = "198.51.100.1"
	inHouse(t, nil, func(h *house) {
		endsAfter := func(line net.Conn) time.Duration {
			began := time.Now()
			_, _ = io.Copy(io.Discard, line)
			return time.Since(began)
		}
		slow, idle, mute := h.lineFrom(addr), h.lineFrom(addr), h.lineFrom(addr)
		var drips sync.WaitGroup
		drips.Go(func() {
			for _, letter := range "GET /healthz HTTP/1.1\r\nHost: gate.example\r\nX-Story: once upon a time there was\r\n" {
				if _, err := io.WriteString(slow, string(letter)); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		})
		if took := endsAfter(slow); took != 5*time.Second {
			t.Errorf("slow headers kept their line for %s", took)
		}
		drips.Wait()
		if took := endsAfter(mute); took > 0 { // as long ago as the slow one
			t.Errorf("who says nothing kept the line for %s more", took)
		}
		if _, err := admissiontest.AskOn(idle, "GET /healthz HTTP/1.1\r\nHost: gate.example\r\n\r\n"); err == nil {
			t.Error("who was silent for five seconds was answered")
		}
		kept := h.lineFrom(addr)
		h.asksOn(kept)
		if took := endsAfter(kept); took != 90*time.Second {
			t.Errorf("an idle line was kept for %s", took)
		}
	})
}

func TestABodyThatComesInDripsIsATimeout(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		ana := h.player("ana")
		body, pen := io.Pipe()
		var drips sync.WaitGroup
		drips.Go(func() {
			for range 60 {
				if _, err := io.WriteString(pen, " "); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		})
		defer drips.Wait()
		defer pen.Close()
		r, _ := http.NewRequest("POST", "http://gate.example/instances/main/connect", body)
		r.Header.Set("Authorization", "Bearer "+ana.token)
		began := time.Now()
		response, err := h.http.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if answer := decoded(response.Body); answer["outcome"] != "timeout" || time.Since(began) > 10*time.Second {
			t.Errorf("after %s it answered %v", time.Since(began), answer)
		}
	})
}

func TestALateBodyWithoutATokenIsStillAStrangers(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		nobody := &player{visitor: &visitor{h: h, token: "dead"}}
		r := nobody.slowly("main")("")
		if r.status != 401 || r.body["reason"] != "NOT_AUTHENTICATED" || r.took > 10*time.Second {
			t.Errorf("after %s it answered %d %v", r.took, r.status, r.body)
		}
	})
}

func TestABodyOver64KiBIsMalformed(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		r := h.player("ana").tries("main", `{"clientBuild":"`+strings.Repeat("1", 64<<10)+`"}`)
		h.refused(r, refusal{status: 400, reason: "INVALID_REQUEST", with: []string{"detail"}})
	})
}
