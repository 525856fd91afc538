package certificate

import (
	"context"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"
)

const (
	// selfMadeLife is as long as browsers believe in a certificate at most.
	selfMadeLife = 397 * 24 * time.Hour
	// renewBefore is how long before its end another takes its place.
	renewBefore = 30 * 24 * time.Hour
	renewPause  = time.Hour
)

// SelfMade is a certificate for a LAN, where no authority vouches for anybody: people compare its fingerprint.
type SelfMade struct {
	dir  string
	told func(fingerprint string)
	now  atomic.Pointer[tls.Certificate]
}

// OpenSelfMade reads the certificate that is kept in dir, or makes one for this machine's name and all its addresses. told
// hears of each that takes the place of another.
func OpenSelfMade(dir string, now time.Time, told func(fingerprint string)) (*SelfMade, error) {
	s := &SelfMade{dir: dir, told: told}
	kept, err := readSelfMade(dir)
	switch {
	case err == nil && isFresh(kept, now):
		s.now.Store(&kept)
		return s, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	return s, s.renew(now)
}

// Certificate implements [Source].
func (s *SelfMade) Certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return s.now.Load(), nil
}

// Fingerprint is that of the certificate at the moment.
func (s *SelfMade) Fingerprint() string { return Fingerprint(s.now.Load().Certificate[0]) }

// Run implements [Source].
func (s *SelfMade) Run(ctx context.Context) {
	ticker := time.NewTicker(renewPause)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			if !isFresh(*s.now.Load(), now) && s.renew(now) == nil {
				s.told(s.Fingerprint())
			}
		case <-ctx.Done():
			return
		}
	}
}

// MissingAddresses are those of this machine that the certificate does not name: it came into another network.
func (s *SelfMade) MissingAddresses() (missing []string) {
	for _, ip := range addresses() {
		if s.now.Load().Leaf.VerifyHostname(ip.String()) != nil {
			missing = append(missing, ip.String())
		}
	}
	return missing
}

func isFresh(c tls.Certificate, now time.Time) bool {
	return now.After(c.Leaf.NotBefore) && now.Before(c.Leaf.NotAfter.Add(-renewBefore))
}

func (s *SelfMade) renew(now time.Time) error {
	made, err := issue(names(), addresses(), now, selfMadeLife)
	if err == nil {
		err = writeSelfMade(s.dir, made)
	}
	if err != nil {
		return err
	}
	s.now.Store(&made)
	return nil
}

// names are those that this machine may be called by.
func names() []string {
	list := []string{"localhost"}
	if host, err := os.Hostname(); err == nil && host != "" && host != "localhost" {
		list = append(list, host)
	}
	return list
}

// addresses are all of this machine that can be called from elsewhere, and those that it has for itself.
func addresses() []net.IP {
	list := []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	found, _ := net.InterfaceAddrs() // none is the best guess where they cannot be told
	for _, address := range found {
		if network, isNetwork := address.(*net.IPNet); isNetwork && !slices.ContainsFunc(list, network.IP.Equal) {
			list = append(list, network.IP)
		}
	}
	return list
}

// SelfMadeFingerprint reads the fingerprint of the certificate that is kept in dir. Error: fs.ErrNotExist.
func SelfMadeFingerprint(dir string) (fingerprint string, until time.Time, err error) {
	kept, err := readSelfMade(dir)
	if err != nil {
		return "", until, err
	}
	return Fingerprint(kept.Certificate[0]), kept.Leaf.NotAfter, nil
}

func selfMadePath(dir string) string { return filepath.Join(dir, "self.pem") }

func readSelfMade(dir string) (kept tls.Certificate, err error) {
	path := selfMadePath(dir)
	text, err := os.ReadFile(path)
	if err != nil {
		return kept, fmt.Errorf("read the self-made certificate: %w", err)
	}
	if kept, err = tls.X509KeyPair(text, text); err != nil {
		return kept, fmt.Errorf("%s is damaged (%w); remove it, and another certificate is made, with another fingerprint", path, err)
	}
	return kept, nil
}

// writeSelfMade keeps certificate and key in one file, which is replaced as a whole.
func writeSelfMade(dir string, made tls.Certificate) error {
	key, err := x509.MarshalECPrivateKey(made.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		return fmt.Errorf("write the key: %w", err)
	}
	text := append(encode("CERTIFICATE", made.Certificate[0]), encode("EC PRIVATE KEY", key)...)
	path := selfMadePath(dir)
	err = os.MkdirAll(dir, 0o700)
	if err == nil {
		err = os.WriteFile(path+".tmp", text, 0o600)
	}
	if err == nil {
		err = os.Rename(path+".tmp", path)
	}
	if err != nil {
		return fmt.Errorf("keep the self-made certificate: %w", err)
	}
	return nil
}
