package certificate

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// authorityPatience bounds one call to the authority.
const authorityPatience = 30 * time.Second

// ACME is a certificate that an authority gives whoever answers under a name (RFC 8555). It asks the door itself, by
// TLS-ALPN-01 (RFC 8737), so that no second port is needed.
type ACME struct {
	manager *autocert.Manager
	domains []string
	warn    func(error)
}

// NewACME returns one for the domains, which keeps its account and its certificates in dir. directory is the authority's
// address; whoever uses it accepts its terms. warn hears why there is no certificate.
func NewACME(dir string, domains []string, directory string, warn func(error)) *ACME {
	return &ACME{
		domains: domains, warn: warn,
		manager: &autocert.Manager{
			Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(dir), HostPolicy: autocert.HostWhitelist(domains...),
			Client: &acme.Client{DirectoryURL: directory, HTTPClient: &http.Client{Timeout: authorityPatience}, UserAgent: "gatekeeper"},
		},
	}
}

// Certificate implements [Source]. One that is missing is asked for, and one near its end is renewed beside.
func (a *ACME) Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	return a.manager.GetCertificate(hello)
}

// Run implements [Source]. It asks for the certificates before the first player does, and says what is in the way.
// It does not wait for an authority when ctx ends: the library goes on for minutes.
func (a *ACME) Run(ctx context.Context) {
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		for _, domain := range a.domains {
			if err := a.prepare(domain); err != nil && ctx.Err() == nil {
				a.warn(err)
			}
		}
	}()
	select {
	case <-answered:
	case <-ctx.Done():
	}
}

func (a *ACME) prepare(domain string) error {
	hello := &tls.ClientHelloInfo{ServerName: domain, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}}
	if _, err := a.manager.GetCertificate(hello); err != nil {
		return fmt.Errorf("the authority gave no certificate for %s; it is asked again when somebody calls by that name: %w", domain, err)
	}
	return nil
}
