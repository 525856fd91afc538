package httpapi

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// What every answer says unless its handler knows better, made once: pages have a policy of their own and may be kept, the
// keys of tickets too.
var (
	noStore       = []string{"no-store"}
	noSniff       = []string{"nosniff"}
	noReferrer    = []string{"no-referrer"}
	nothingAtAll  = []string{"default-src 'none'; frame-ancestors 'none'"}
	sameOrigin    = []string{"same-origin"}
	crossOrigins  = []string{"cross-origin"}
	strictForYear = []string{"max-age=31536000"}
)

// sdkFolder is what pages elsewhere load as scripts, also by a plain element, for which nothing else asks.
const sdkFolder = "/sdk/"

// headers sets what browsers are told with every answer. It is the outermost of all handlers, so that there is none
// without; what net/http itself answers to what is no HTTP has no handler, and is plain text.
func (s *Server) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["Cache-Control"], h["X-Content-Type-Options"], h["Referrer-Policy"] = noStore, noSniff, noReferrer
		h["Content-Security-Policy"], h["Cross-Origin-Opener-Policy"] = nothingAtAll, sameOrigin
		h["Cross-Origin-Resource-Policy"] = sameOrigin
		if strings.HasPrefix(r.URL.Path, sdkFolder) {
			h["Cross-Origin-Resource-Policy"] = crossOrigins
		}
		if s.StrictTransport && r.TLS != nil && isPublicName(r.Host) {
			h["Strict-Transport-Security"] = strictForYear
		}
		next.ServeHTTP(w, r)
	})
}

// isPublicName reports whether a host can be called by that name from everywhere. A browser that is told to come to it by
// TLS alone obeys for a year and for every port: on a name of a LAN that would lock out other programs of the machine.
func isPublicName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil || !strings.Contains(host, ".") {
		return false
	}
	for _, private := range []string{".local", ".localhost", ".internal", ".lan", ".home.arpa", ".test", ".invalid"} {
		if strings.HasSuffix(host, private) {
			return false
		}
	}
	return true
}
