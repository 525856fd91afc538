package cli_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatekeeper/admission/admissiontest"
	"gatekeeper/admission/certificate"
)

// trusting is whoever looks at no certificate, to begin with.
var trusting = &tls.Config{InsecureSkipVerify: true}

func encrypted(t *testing.T, trust *tls.Config, args ...string) *admissiontest.Program {
	t.Helper()
	p := admissiontest.NewProgram(t, binary, args...)
	p.Trust = trust
	return p
}

// asked makes a call by a name of the server and returns its header.
func asked(t *testing.T, p *admissiontest.Program, name, path string) *http.Response {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, p.URL()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = name
	response, err := p.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response
}

func shown(t *testing.T, p *admissiontest.Program, name string) *x509.Certificate {
	t.Helper()
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	conn, err := tls.DialWithDialer(dialer, "tcp", p.Addr, &tls.Config{InsecureSkipVerify: true, ServerName: name})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0]
}

var fingerprintText = regexp.MustCompile(`(?:[0-9A-F]{2}:){31}[0-9A-F]{2}`)

func TestASelfMadeCertificateEncryptsALAN(t *testing.T) {
	p := encrypted(t, trusting, "--tls", "self", "--auth", "guest", "--lab")
	p.Start(t)
	fingerprint := certificate.Fingerprint(shown(t, p, "").Raw)
	if told := fingerprintText.FindString(admissiontest.ReadFile(t, p.Stdout)); told != fingerprint {
		t.Errorf("the banner tells %q, shown is %s", told, fingerprint)
	}
	if told := fingerprintText.FindString(p.Runs(t, "doctor")); told != fingerprint {
		t.Errorf("the doctor tells %q, shown is %s", told, fingerprint)
	}
	if sum, err := certificate.ParseFingerprint(fingerprint); err != nil {
		t.Fatal(err)
	} else {
		p.Trust = certificate.Pinned(sum) // from here on
	}
	if list := p.Runs(t, "instance", "list"); !strings.Contains(list, "main") {
		t.Errorf("the command line sees %q", list)
	}
	p.Runs(t, "bench", "--players", "3", "--arrival", "10", "--session", "1s", "--slo", "errors<=0")
	if header := asked(t, p, "play.example.org", "/").Header; header.Get("Strict-Transport-Security") != "" {
		t.Errorf("browsers are told %v", header)
	}
	playsEncrypted(t, p)
	knowsByFingerprint(t, p, fingerprint)
	setsASecureCookie(t, p)

	plain, err := http.Get("http://" + p.Addr + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Body.Close()
	if text := make([]byte, 100); plain.StatusCode != 400 {
		n, _ := plain.Body.Read(text)
		t.Errorf("without TLS it answered %d %s", plain.StatusCode, text[:n])
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	p.Start(t)
	if again := certificate.Fingerprint(shown(t, p, "").Raw); again != fingerprint {
		t.Errorf("the next start shows %s", again)
	}
}

// playsEncrypted attaches a guest over wss.
func playsEncrypted(t *testing.T, p *admissiontest.Program) {
	t.Helper()
	guest := callJSON(t, p, "POST", "/auth/guest", "", object{"name": "Ana"})
	token := guest["token"].(string)
	character := callJSON(t, p, "POST", "/characters", token, object{"name": "Sir Ana"})
	outcome := callJSON(t, p, "POST", "/instances/main/connect", token, object{"characterId": character["characterId"], "clientBuild": "1"})
	if url, _ := outcome["wsUrl"].(string); url != "wss://"+p.Addr+"/instances/main/ws" {
		t.Fatalf("the outcome is %v", outcome)
	}
	ws, err := p.Dial("main", "sessionToken", outcome["sessionToken"].(string))
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	var frame object
	for _, kind := range []string{"admitted", "heartbeat"} {
		if err := ws.ReadJSON(&frame); err != nil || frame["type"] != kind {
			t.Errorf("heard %v, %v, not %s", frame, err, kind)
		}
		if err := ws.WriteJSON(object{"type": "heartbeat"}); err != nil {
			t.Error(err)
		}
	}
}

// knowsByFingerprint is the command line elsewhere.
func knowsByFingerprint(t *testing.T, p *admissiontest.Program, fingerprint string) {
	t.Helper()
	key := strings.Fields(p.Runs(t, "key", "add", "far", "--scope", "viewer"))
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(key[len(key)-1]), 0o600); err != nil {
		t.Fatal(err)
	}
	elsewhere := []string{"instance", "list", "--url", p.URL(), "--key-file", file}
	if list := p.Runs(t, append(elsewhere, "--fingerprint", fingerprint)...); !strings.Contains(list, "main") {
		t.Errorf("by the fingerprint it sees %q", list)
	}
	wrong := strings.Repeat("00:", 31) + "00"
	for name, args := range map[string][]string{
		"not the one given": append(elsewhere, "--fingerprint", wrong), "certificate": elsewhere, "64 hexadecimal digits": append(elsewhere, "--fingerprint", "00"),
	} {
		if out, err := p.Run(args...); err == nil || !strings.Contains(out, name) {
			t.Errorf("%v: %v, %s", args, err, out)
		}
	}
}

func setsASecureCookie(t *testing.T, p *admissiontest.Program) {
	t.Helper()
	link := regexp.MustCompile(`#setup=(\S+)`).FindStringSubmatch(admissiontest.ReadFile(t, p.Stdout))
	body := strings.NewReader(`{"setupToken":"` + link[1] + `","name":"olga","password":"correct horse battery"}`)
	response, err := p.Client().Post(p.URL()+"/admin/api/setup", "application/json", body)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	cookies := response.Cookies()
	if len(cookies) != 1 || !cookies[0].Secure || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteStrictMode {
		t.Errorf("the cookies are %v (%s)", cookies, response.Status)
	}
}

func TestACertificateOfOnesOwnIsReloaded(t *testing.T) {
	dir := t.TempDir()
	own := admissiontest.NewPair(t, dir, "play.example.org")
	p := encrypted(t, &tls.Config{RootCAs: own.Pool(t), ServerName: "play.example.org"}, "--tls-cert", own.Cert, "--tls-key", own.Key)
	p.Start(t)
	for name, want := range map[string]string{
		"play.example.org": "max-age=31536000", "play.example.org:8443": "max-age=31536000",
		"localhost": "", "127.0.0.1": "", "[::1]:8443": "", "box": "", "box.local": "", "game.lan:8443": "",
	} {
		if got := asked(t, p, name, "/healthz").Header.Get("Strict-Transport-Security"); got != want {
			t.Errorf("who calls by %s is told %q", name, got)
		}
	}
	before := shown(t, p, "play.example.org")
	p.Runs(t, "session", "list")
	next := admissiontest.NewPair(t, dir, "play.example.org")
	p.Trust = &tls.Config{RootCAs: next.Pool(t), ServerName: "play.example.org"}
	if err := p.WaitReady(20 * time.Second); err != nil {
		t.Fatalf("with the new certificate: %v", err)
	}
	if shown(t, p, "play.example.org").Equal(before) {
		t.Error("the old certificate is shown")
	}
	p.Runs(t, "session", "list") // its own is as it was
}

func TestHSTSCanBeSwitchedOff(t *testing.T) {
	own := admissiontest.NewPair(t, t.TempDir(), "play.example.org")
	p := encrypted(t, &tls.Config{RootCAs: own.Pool(t), ServerName: "play.example.org"}, "--tls-cert", own.Cert, "--tls-key", own.Key, "--no-hsts")
	p.Start(t)
	if got := asked(t, p, "play.example.org", "/healthz").Header.Get("Strict-Transport-Security"); got != "" {
		t.Errorf("browsers are told %q", got)
	}
}

func TestAnAuthorityGivesACertificate(t *testing.T) {
	const name = "play.example.org"
	p := encrypted(t, trusting, "--tls", "acme", "--tls-domain", name)
	authority := admissiontest.NewAuthority(t, p.Addr)
	p.Args = append(p.Args, "--acme-directory", authority.Directory)
	p.Before = []string{"env", "SSL_CERT_FILE=" + authority.Cert} // the authority's own door is no public one
	p.Trust = &tls.Config{RootCAs: authority.Roots(t), ServerName: name}
	p.Start(t)
	first := shown(t, p, name)
	if response := asked(t, p, name, "/healthz"); response.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("browsers are told %v", response.Header)
	}
	if banner := admissiontest.ReadFile(t, p.Stdout); !strings.Contains(banner, "https://"+name+":") {
		t.Errorf("the banner is\n%s", banner)
	}
	p.Runs(t, "instance", "list")
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	p.Start(t, "--acme-directory", "https://127.0.0.1:1/nobody")
	if again := shown(t, p, name); !again.Equal(first) {
		t.Error("the next start does not show the certificate that was kept")
	}
	isPrivate(t, p.Dir)
}

// isPrivate looks whether everything below dir is its owner's alone.
func isPrivate(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has the mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// callJSON makes a call that succeeds.
func callJSON(t *testing.T, p *admissiontest.Program, method, path, token string, body any) (answer object) {
	t.Helper()
	status, data, err := p.Call(p.Client(), method, path, token, body)
	if err == nil {
		err = json.Unmarshal(data, &answer)
	}
	if err != nil || status >= 300 {
		t.Fatalf("%s %s answered %d %s, %v", method, path, status, data, err)
	}
	return answer
}
