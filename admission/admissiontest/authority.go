package admissiontest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Pair is a certificate and its key in PEM files.
type Pair struct{ Cert, Key string }

// Pool trusts the certificate, which is its own authority.
func (p Pair) Pool(t testing.TB) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(ReadFile(t, p.Cert))) {
		t.Fatalf("%s is no certificate", p.Cert)
	}
	return pool
}

// NewPair writes a certificate for names, which is its own authority, into files of dir that it may replace.
func NewPair(t testing.TB, dir string, names ...string) Pair {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "a test's own"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		DNSNames: names, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	p := Pair{filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
	writePEM(t, p.Cert, "CERTIFICATE", cert)
	writePEM(t, p.Key, "EC PRIVATE KEY", secret)
	return p
}

func writePEM(t testing.TB, path, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Authority is a real ACME server (letsencrypt/pebble). To it every name is this machine.
type Authority struct {
	Directory string
	Pair      // of the authority's own door
	manage    string
}

// NewAuthority starts one that validates names at the port of address, and ends with the test.
func NewAuthority(t testing.TB, address string) *Authority {
	t.Helper()
	a := &Authority{Pair: NewPair(t, t.TempDir()), manage: FreeAddress(t)}
	_, port, _ := net.SplitHostPort(address)
	listen, names := FreeAddress(t), FreeAddress(t)
	a.Directory = "https://" + listen + "/dir"
	config := filepath.Join(t.TempDir(), "pebble.json")
	text, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": listen, "managementListenAddress": a.manage, "certificate": a.Cert, "privateKey": a.Key,
		"httpPort": 1, "tlsPort": json.Number(port), "ocspResponderURL": "", "externalAccountBindingRequired": false,
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	startTool(t, "pebble-challtestsrv", "-dns01", names, "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "",
		"-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", "", "-management", FreeAddress(t))
	startTool(t, "pebble", "-config", config, "-dnsserver", names)
	a.Roots(t) // it is there
	return a
}

// Roots are the authority's own, which change with each start of it.
func (a *Authority) Roots(t testing.TB) *x509.CertPool {
	t.Helper()
	client := http.Client{Timeout: time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: a.Pool(t)}, DisableKeepAlives: true}}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		response, err := client.Get("https://" + a.manage + "/roots/0")
		if err != nil {
			continue
		}
		defer response.Body.Close()
		pool := x509.NewCertPool()
		if text, err := io.ReadAll(response.Body); err == nil && pool.AppendCertsFromPEM(text) {
			return pool
		}
	}
	t.Fatal("the authority did not start within 20 s")
	return nil
}

// startTool starts a program of bin/ that ends with the test.
func startTool(t testing.TB, name string, args ...string) {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "bin", name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("there is no %s (make deps-acme)", name)
	}
	command := exec.Command(path, args...)
	log := create(t, filepath.Join(t.TempDir(), name+".log"))
	command.Stdout, command.Stderr = log, log
	command.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1")
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		_ = log.Close()
		if t.Failed() {
			fmt.Fprintf(os.Stderr, "%s:\n%s\n", name, ReadFile(t, log.Name()))
		}
	})
}
