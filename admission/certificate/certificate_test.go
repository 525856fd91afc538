package certificate_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gatekeeper/admission/certificate"
)

// pair makes a certificate and its key, each in PEM.
func pair(t *testing.T) (cert, key string) {
	t.Helper()
	dir := t.TempDir()
	if _, err := certificate.OpenSelfMade(dir, time.Now(), nil); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "self.pem"))
	if err != nil {
		t.Fatal(err)
	}
	block, rest := pem.Decode(text)
	return string(pem.EncodeToMemory(block)), string(rest)
}

// folder holds a certificate and its key.
type folder struct {
	t         *testing.T
	cert, key string
}

func newFolder(t *testing.T) folder {
	dir := t.TempDir()
	return folder{t, filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
}

func (f folder) holds(cert, key string) {
	f.t.Helper()
	for path, text := range map[string]string{f.cert: cert, f.key: key} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			f.t.Fatal(err)
		}
	}
}

func (f folder) shows(source certificate.Source, want string) {
	f.t.Helper()
	shown, err := source.Certificate(nil)
	if err != nil {
		f.t.Fatal(err)
	}
	if got := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: shown.Certificate[0]})); got != want {
		f.t.Errorf("another certificate is shown than wanted")
	}
}

func TestFilesAreReadAgainWhenTheyChange(t *testing.T) {
	one, oneKey := pair(t)
	two, twoKey := pair(t)
	files := newFolder(t)
	files.holds(one, oneKey)
	synctest.Test(t, func(t *testing.T) {
		warned := make(chan string, 10)
		source, err := certificate.OpenFiles(files.cert, files.key, func(err error) { warned <- err.Error() })
		if err != nil {
			t.Fatal(err)
		}
		defer during(source)()
		later := func() { time.Sleep(5 * time.Second); synctest.Wait() }

		files.shows(source, one)
		files.holds(two, twoKey)
		later()
		files.shows(source, two)
		for name, broken := range map[string][2]string{
			"another's key":  {one, twoKey},
			"half a file":    {one[:len(one)/2], oneKey},
			"nothing":        {"", ""},
			"something else": {"hello", "hello"},
		} {
			files.holds(broken[0], broken[1])
			for range 5 {
				later()
			}
			files.shows(source, two)
			if len(warned) != 1 {
				t.Fatalf("%s: it warned %d times", name, len(warned))
			}
			if text := <-warned; !strings.Contains(text, "the old one stays") || strings.Contains(text, "PRIVATE") {
				t.Errorf("%s: it warned of %q", name, text)
			}
		}
		if err := os.Remove(files.key); err != nil {
			t.Fatal(err)
		}
		later()
		later()
		files.shows(source, two)
		files.holds(one, oneKey)
		later()
		files.shows(source, one)
		if len(warned) != 1 {
			t.Errorf("of a key that had gone it warned %d times", len(warned))
		}
	})
}

func TestAServerDoesNotBeginWithABrokenPair(t *testing.T) {
	one, _ := pair(t)
	_, otherKey := pair(t)
	files := newFolder(t)
	if _, err := certificate.OpenFiles(files.cert, files.key, nil); err == nil || !strings.Contains(err.Error(), files.cert) {
		t.Errorf("without files: %v", err)
	}
	files.holds(one, otherKey)
	if _, err := certificate.OpenFiles(files.cert, files.key, nil); err == nil || !strings.Contains(err.Error(), files.key) {
		t.Errorf("with another's key: %v", err)
	}
}

// during runs a source until the returned function is called.
func during(source certificate.Source) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { source.Run(ctx) })
	return func() { cancel(); running.Wait() }
}

func TestASelfMadeCertificateNamesThisMachine(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tls")
	now := time.Now()
	made, err := certificate.OpenSelfMade(dir, now, nil)
	if err != nil {
		t.Fatal(err)
	}
	shown, _ := made.Certificate(nil)
	hosts := []string{"localhost", "127.0.0.1", "::1"}
	if name, err := os.Hostname(); err == nil {
		hosts = append(hosts, name)
	}
	found, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range found {
		hosts = append(hosts, address.(*net.IPNet).IP.String())
	}
	for _, host := range hosts {
		if err := shown.Leaf.VerifyHostname(host); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	if missing := made.MissingAddresses(); len(missing) > 0 {
		t.Errorf("it misses %v", missing)
	}
	if shown.Leaf.PublicKeyAlgorithm != x509.ECDSA || shown.Leaf.IsCA || !slices.Contains(shown.Leaf.ExtKeyUsage, x509.ExtKeyUsageServerAuth) {
		t.Errorf("it is a %s", shown.Leaf.PublicKeyAlgorithm)
	}
	for path, mode := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "self.pem"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v %v", path, info.Mode(), err)
		}
	}
}

func TestASelfMadeCertificateIsKeptUntilItsEndIsNear(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		first, err := certificate.OpenSelfMade(dir, time.Now(), nil)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(366 * 24 * time.Hour)
		var told []string
		second, err := certificate.OpenSelfMade(dir, time.Now(), func(fingerprint string) { told = append(told, fingerprint) })
		if err != nil || second.Fingerprint() != first.Fingerprint() {
			t.Fatalf("a year later it is another (%v)", err)
		}
		stop := during(second)
		time.Sleep(2 * 24 * time.Hour)
		synctest.Wait()
		stop()
		if len(told) != 1 || second.Fingerprint() == first.Fingerprint() || told[0] != second.Fingerprint() {
			t.Errorf("near its end it told of %v", told)
		}
		fingerprint, until, err := certificate.SelfMadeFingerprint(dir)
		if err != nil || fingerprint != second.Fingerprint() || time.Until(until) < 390*24*time.Hour {
			t.Errorf("kept is %s until %s (%v)", fingerprint, until, err)
		}
		time.Sleep(2 * 365 * 24 * time.Hour) // nobody ran it
		third, err := certificate.OpenSelfMade(dir, time.Now(), nil)
		if err != nil || third.Fingerprint() == second.Fingerprint() {
			t.Errorf("one that had run out was kept (%v)", err)
		}
	})
}

func TestADamagedSelfMadeCertificateIsNotReplacedInSilence(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "self.pem"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := certificate.OpenSelfMade(dir, time.Now(), nil); err == nil || !strings.Contains(err.Error(), "remove it") {
		t.Errorf("%v", err)
	}
}

// shake has a client and a server shake hands.
func shake(t *testing.T, server, client *tls.Config) error {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var answering sync.WaitGroup
	answering.Go(func() {
		if conn, err := l.Accept(); err == nil {
			_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
			_ = conn.(*tls.Conn).Handshake()
			_ = conn.Close()
		}
	})
	defer answering.Wait()
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: 10 * time.Second}, "tcp", l.Addr().String(), client)
	if err == nil {
		_ = conn.Close()
	}
	return err
}

func TestWhoTrustsWhom(t *testing.T) {
	made, err := certificate.OpenSelfMade(t.TempDir(), time.Now(), nil)
	if err != nil {
		t.Fatal(err)
	}
	local, err := certificate.NewLocal(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	another, err := certificate.NewLocal(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	trusting := func(l *certificate.Local) *tls.Config {
		config, err := certificate.Trusting(l.PEM())
		if err != nil {
			t.Fatal(err)
		}
		return config
	}
	pinned := func(fingerprint string) *tls.Config {
		sum, err := certificate.ParseFingerprint(fingerprint)
		if err != nil {
			t.Fatal(err)
		}
		return certificate.Pinned(sum)
	}
	wrong := "00" + made.Fingerprint()[2:]
	for name, c := range map[string]struct {
		client *tls.Config
		says   string // "" = the hands are shaken
	}{
		"the command line":              {trusting(local), ""},
		"another server's command line": {trusting(another), "unknown authority"},
		"who knows the fingerprint":     {pinned(made.Fingerprint()), ""},
		"who writes it small":           {pinned(strings.ToLower(strings.ReplaceAll(made.Fingerprint(), ":", ""))), ""},
		"who knows another":             {pinned(wrong), made.Fingerprint()},
		"who knows nothing":             {&tls.Config{ServerName: "localhost"}, "unknown authority"},
		"who is behind the times":       {&tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, "protocol version"},
	} {
		err := shake(t, certificate.Config(made, local), c.client)
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNoFingerprintIsTakenForOne(t *testing.T) {
	for _, text := range []string{"", "00", "x", strings.Repeat("0", 63), strings.Repeat("0", 65), strings.Repeat("0", 66), strings.Repeat("g", 64), strings.Repeat("0", 64) + "x"} {
		if _, err := certificate.ParseFingerprint(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}
