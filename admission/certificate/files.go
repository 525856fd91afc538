package certificate

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

// lookPause is how often the files are looked at.
const lookPause = 5 * time.Second

// Files is a certificate that somebody else keeps in files, and may replace at any time.
type Files struct {
	cert, key string
	warn      func(error)
	now       atomic.Pointer[tls.Certificate]
	seen      [sha256.Size]byte // Run's own: of what was read last, good or not
}

// OpenFiles reads a certificate with its chain, and its key. A pair that comes later and is of no use is told to warn once,
// and the old one stays.
func OpenFiles(cert, key string, warn func(error)) (*Files, error) {
	f := &Files{cert: cert, key: key, warn: warn}
	certText, keyText, err := f.read()
	if err == nil {
		err = f.take(certText, keyText)
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Certificate implements [Source].
func (f *Files) Certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) { return f.now.Load(), nil }

// Run implements [Source].
func (f *Files) Run(ctx context.Context) {
	ticker := time.NewTicker(lookPause)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			f.look()
		case <-ctx.Done():
			return
		}
	}
}

// look reads the files whole: they are small, and their times do not tell of every change.
func (f *Files) look() {
	cert, key, err := f.read()
	sum := sha256.Sum256(fmt.Appendf(nil, "%d\n%s%s%v", len(cert), cert, key, err))
	if sum == f.seen {
		return
	}
	f.seen = sum
	if err == nil {
		err = f.take(cert, key)
	}
	if err != nil {
		f.warn(fmt.Errorf("the new certificate is of no use, the old one stays: %w", err))
	}
}

func (f *Files) read() (cert, key []byte, err error) {
	if cert, err = os.ReadFile(f.cert); err != nil {
		return nil, nil, fmt.Errorf("cannot read the certificate: %w", err)
	}
	if key, err = os.ReadFile(f.key); err != nil {
		return nil, nil, fmt.Errorf("cannot read the certificate's key: %w", err)
	}
	return cert, key, nil
}

func (f *Files) take(cert, key []byte) error {
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return fmt.Errorf("%s and %s are no certificate and its key in PEM (%w)", f.cert, f.key, err)
	}
	if old := f.now.Load(); old == nil || !bytes.Equal(old.Certificate[0], pair.Certificate[0]) {
		f.now.Store(&pair)
	}
	return nil
}
