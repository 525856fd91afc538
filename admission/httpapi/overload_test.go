package httpapi_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/admissiontest"
	"gatekeeper/admission/httpapi"
)

// attemptsAtOnce is how many attempts may be on their way; the README says it, too.
const attemptsAtOnce = 1024

// saysWhenToCome reports whether a refusal names a time to come again, in its header and in the bounds.
func saysWhenToCome(r reply) bool {
	seconds, err := strconv.Atoi(r.header.Get("Retry-After"))
	return err == nil && seconds >= 1 && seconds <= 30
}

// isHeldBack has a player of a crowd come again on the same line as soon as the answer is there.
func (h *house) isHeldBack(p *player) {
	h.t.Helper()
	line := h.lineFrom("198.51.100.1")
	request := "POST /instances/main/connect HTTP/1.1\r\nHost: gate.example\r\nAuthorization: Bearer " + p.token + "\r\nContent-Length: 0\r\n\r\n"
	for i, want := range []time.Duration{0, time.Second} {
		began := time.Now()
		response, err := admissiontest.AskOn(line, request)
		if err != nil {
			h.t.Fatal(err)
		}
		if took := time.Since(began); i == 0 && (took != 0 || response.StatusCode != http.StatusServiceUnavailable) || took < want {
			h.t.Errorf("request %d on a line was answered %d after %s, not %s", i+1, response.StatusCode, took, want)
		}
	}
}

// crowded lets one address have all the lines.
func crowded(c *httpapi.Config) { c.Connections.Internet = 4 * attemptsAtOnce }

func TestMoreAttemptsThanCanBeServedAreRefusedAtOnce(t *testing.T) {
	inHouse(t, crowded, func(h *house) {
		const many = attemptsAtOnce + 100
		h.capacity(1)
		ana := h.crowd("main", "ana")[0]
		ben := h.player("ben")
		ben.knocks("main")
		h.disk.slow(900 * time.Millisecond)
		h.http.Transport.(*http.Transport).DisableKeepAlives = true // a line that another was refused on is held back

		answers := make(chan reply, many)
		for range many {
			go func() { answers <- ben.knocks("main") }()
		}
		time.Sleep(100 * time.Millisecond)
		if len(answers) != many-attemptsAtOnce {
			t.Errorf("%d of %d attempts are refused at once, %d may be on their way", len(answers), many, attemptsAtOnce)
		}
		ana.says(`{"type":"heartbeat"}`)
		began := time.Now()
		if ana.hears("heartbeat"); time.Since(began) != 0 {
			t.Errorf("meanwhile a heartbeat took %s", time.Since(began))
		}
		h.isHeldBack(ben)
		count := map[string]int{}
		for range many {
			r := <-answers
			count[r.body["outcome"].(string)]++
			switch {
			case r.body["outcome"] == "queued":
			case r.status != http.StatusServiceUnavailable || r.body["reason"] != "STORAGE_UNAVAILABLE" || r.body["retryable"] != true:
				t.Errorf("one was answered %d %v", r.status, r.body)
			case r.took != 0 || !saysWhenToCome(r) || r.body["retryAfterSeconds"] == nil:
				t.Errorf("one was refused after %s, until %q: %v", r.took, r.header.Get("Retry-After"), r.body)
			}
		}
		if count["queued"] != attemptsAtOnce {
			t.Errorf("they were answered %v", count)
		}
		h.disk.slow(0)
		time.Sleep(4 * time.Second)
		if r := ben.knocks("main"); r.body["outcome"] != "queued" || r.body["position"] != 1.0 {
			t.Errorf("afterwards an attempt is answered %d %v", r.status, r.body)
		}
		if metrics := h.text("/metrics"); !strings.Contains(metrics, fmt.Sprintf("gatekeeper_overload_refusals_total{work=\"attempt\"} %d\n", many-attemptsAtOnce+1)) {
			t.Error("the metrics do not count them")
		}
	})
}

// TestMoreLogInsThanCanBeCheckedAreRefusedAtOnce has a crowd guess, with fewer tries of each name than slow it.
func TestMoreLogInsThanCanBeCheckedAreRefusedAtOnce(t *testing.T) {
	inHouse(t, behindProxy, func(h *house) {
		const names, tries = 25, 8
		guess := func(from string, name int) reply {
			return h.at(from, "POST", "/auth/login", fmt.Sprintf(`{"name":"nobody-%c","password":"a long guess"}`, 'a'+name))
		}
		h.hires("olga", admission.Owner)
		answers := make(chan reply, names*tries)
		var crowd sync.WaitGroup
		for i := range names * tries {
			crowd.Go(func() { answers <- guess(fmt.Sprintf("198.51.100.%d", i), i%names) })
		}
		crowd.Go(func() { h.logsIn("olga") }) // an operator, meanwhile
		crowd.Wait()
		looked, refused := 0, 0
		for range names * tries {
			switch r := <-answers; {
			case r.status == http.StatusUnauthorized:
				looked++
			case r.status == http.StatusServiceUnavailable && r.body["code"] == "BUSY" && saysWhenToCome(r):
				refused++
			default:
				t.Errorf("a log-in was answered %d %v, to come after %q", r.status, r.body, r.header.Get("Retry-After"))
			}
		}
		if looked == 0 || refused < names*tries/2 {
			t.Errorf("of %d log-ins %d were looked at and %d refused", names*tries, looked, refused)
		}
		slowed := 0
		for i := range 15 {
			if r := guess("203.0.113.1", i%5); r.status == http.StatusTooManyRequests {
				slowed++
			}
		}
		if slowed > 3 {
			t.Errorf("tries at which nobody looked count: %d of 5 names are slowed", slowed)
		}
	})
}
