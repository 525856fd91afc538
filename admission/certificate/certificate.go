// Package certificate is where the doors' TLS certificate comes from: from files that somebody else keeps, from an
// authority that speaks ACME, or made here for a LAN. Beside it there is always one for the command line of the same
// machine, made anew at each start: it trusts that one alone, so that it gets in whatever the others are given, also before
// an authority has answered and while a certificate has run out.
package certificate

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"strings"
	"time"

	"golang.org/x/crypto/acme"
)

// Source is where the certificate that everybody sees comes from.
type Source interface {
	// Certificate returns the one for a client that says hello. It may be called concurrently.
	Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error)
	// Run keeps it up to date until ctx ends.
	Run(ctx context.Context)
}

// Config is how the doors speak TLS: 1.2 and newer, and HTTP/1.1 alone, so that a connection is one request at a time.
func Config(source Source, local *Local) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1", acme.ALPNProto},
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if hello.ServerName == localName {
				return &local.certificate, nil
			}
			return source.Certificate(hello)
		},
	}
}

// Fingerprint is what two people compare: the SHA-256 of a certificate as browsers show it.
func Fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":")
}

// ParseFingerprint reads one, with or without colons and whatever its case.
func ParseFingerprint(text string) (sum [sha256.Size]byte, err error) {
	bytes, err := hex.DecodeString(strings.ReplaceAll(text, ":", ""))
	if err != nil || len(bytes) != len(sum) {
		return sum, errors.New("a fingerprint is the 64 hexadecimal digits of a SHA-256")
	}
	return [sha256.Size]byte(bytes), nil
}

// Pinned trusts the one certificate that has the fingerprint, whatever it says of itself.
func Pinned(sum [sha256.Size]byte) *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, // what follows is stricter
		VerifyConnection: func(state tls.ConnectionState) error {
			if shown := state.PeerCertificates[0].Raw; sha256.Sum256(shown) != sum {
				return fmt.Errorf("the server shows the certificate %s, which is not the one given with --fingerprint", Fingerprint(shown))
			}
			return nil
		},
	}
}

// localName is what the command line asks for; no name of the internet ends like that (RFC 6761).
const localName = "command-line.gatekeeper.invalid"

// localLife is longer than any process lives.
const localLife = 20 * 365 * 24 * time.Hour

// Local is the certificate for the command line of this machine.
type Local struct {
	certificate tls.Certificate
}

// NewLocal makes one.
func NewLocal(now time.Time) (*Local, error) {
	made, err := issue([]string{localName}, nil, now, localLife)
	return &Local{made}, err
}

// PEM is what the command line is told, and gives to [Trusting].
func (l *Local) PEM() string { return string(encode("CERTIFICATE", l.certificate.Certificate[0])) }

// Trusting returns how a client speaks TLS that trusts one local certificate and nothing else.
func Trusting(pemText string) (*tls.Config, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(pemText)) {
		return nil, errors.New("the server's certificate cannot be read")
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool, ServerName: localName}, nil
}

// issue makes a certificate that is its own authority.
func issue(names []string, addresses []net.IP, now time.Time, life time.Duration) (made tls.Certificate, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return made, fmt.Errorf("make a key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return made, fmt.Errorf("make a serial number: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "gatekeeper", Organization: []string{"made by gatekeeper for itself"}},
		NotBefore:    now.Add(-24 * time.Hour), // clocks of a LAN differ
		NotAfter:     now.Add(life),
		DNSNames:     names, IPAddresses: addresses,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return made, fmt.Errorf("make a certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
