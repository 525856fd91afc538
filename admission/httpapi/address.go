package httpapi

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/rs/zerolog"

	"gatekeeper/admission/wire"
)

// addresses tells whose address a request comes from.
type addresses struct {
	trusted []netip.Prefix
	log     zerolog.Logger
	warn    sync.Once
}

// of returns the client's address, and whether it may be taken for a private one: an untrusted proxy in a
// private network could be forwarding the whole internet.
func (a *addresses) of(r *http.Request) (addr netip.Addr, isPrivate bool) {
	addr = peer(r)
	forwarded := strings.Join(r.Header.Values("X-Forwarded-For"), ",") // a proxy may add a line of its own
	if isTrusted(a.trusted, r) && forwarded != "" {
		addr = lastUntrusted(a.trusted, forwarded, addr)
		return addr, isPrivateAddr(addr)
	}
	if isPrivateAddr(addr) && (forwarded != "" || r.Header.Get("Forwarded") != "") {
		a.warn.Do(func() {
			a.log.Warn().Stringer("address", addr).Msg("a proxy that is not trusted forwards requests; name it with --trusted-proxies to limit its clients one by one")
		})
		return addr, false
	}
	return addr, isPrivateAddr(addr)
}

func isPrivateAddr(addr netip.Addr) bool {
	return addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast()
}

func peer(r *http.Request) netip.Addr { return addressOf(r.RemoteAddr) }

func addressOf(remote string) netip.Addr {
	ap, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.IPv6Unspecified() // not over TCP: one bucket for all of them
	}
	return ap.Addr().Unmap()
}

func isTrusted(trusted []netip.Prefix, r *http.Request) bool {
	addr := peer(r)
	return slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// lastUntrusted walks the list from its end: only what trusted proxies added can be believed.
func lastUntrusted(trusted []netip.Prefix, forwarded string, fallback netip.Addr) netip.Addr {
	hops := strings.Split(forwarded, ",")
	for _, hop := range slices.Backward(hops) {
		addr, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return fallback
		}
		fallback = addr.Unmap()
		if !slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(fallback) }) {
			return fallback
		}
	}
	return fallback
}

// address is where a request comes from.
func (s *Server) address(r *http.Request) netip.Addr {
	addr, _ := s.client.of(r)
	return addr
}

// strike counts a try that identified nobody against its address, and refuses once there were too many.
func (s *Server) strike(r *http.Request) error {
	addr, isPrivate := s.client.of(r)
	if wait, ok := s.Limits.Take(addr, isPrivate, s.Gate.Now()); !ok {
		return wire.TooManyRequests.After(wait)
	}
	return nil
}

// deny counts a try that identified nobody, and returns what it is answered with.
func (s *Server) deny(r *http.Request, problem wire.Problem) error {
	if err := s.strike(r); err != nil {
		return err
	}
	return problem
}

// forgive gives the last try back to its address.
func (s *Server) forgive(r *http.Request) {
	addr, _ := s.client.of(r)
	s.Limits.GiveBack(addr)
}

// struck refuses an address that has had its tries, without counting one.
func (s *Server) struck(r *http.Request) error {
	addr, isPrivate := s.client.of(r)
	if wait, ok := s.Limits.Check(addr, isPrivate, s.Gate.Now()); !ok {
		return wire.TooManyRequests.After(wait)
	}
	return nil
}
