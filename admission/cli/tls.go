package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"gatekeeper/admission/certificate"
	"gatekeeper/storage"
)

// encryption is how the doors speak TLS.
type encryption struct {
	Mode          string   `name:"tls" default:"off" enum:"off,self,acme" env:"GATEKEEPER_TLS" help:"off, self (a certificate that the server makes for a LAN), or acme (one that an authority gives for --tls-domain)."`
	Cert          string   `name:"tls-cert" env:"GATEKEEPER_TLS_CERT" placeholder:"FILE" help:"A certificate of your own with its chain, in PEM; read again when it changes."`
	Key           string   `name:"tls-key" env:"GATEKEEPER_TLS_KEY" placeholder:"FILE" help:"Its key."`
	Domains       []string `name:"tls-domain" env:"GATEKEEPER_TLS_DOMAIN" placeholder:"NAME" help:"The public names of the server, for --tls acme. Port 443 of them must lead here."`
	ACMEDirectory string   `name:"acme-directory" default:"https://acme-v02.api.letsencrypt.org/directory" env:"GATEKEEPER_ACME_DIRECTORY" placeholder:"URL" help:"The authority, whose terms you accept (${default})."`
	HSTS          bool     `name:"hsts" default:"true" negatable:"" env:"GATEKEEPER_HSTS" help:"Tell browsers never to come without TLS again, where a certificate of a public name is not self-made (on)."`
}

func (e encryption) isOn() bool { return e.Mode != "off" || e.Cert != "" }

// isVouchedFor reports whether somebody else than this server says that the certificate is right.
func (e encryption) isVouchedFor() bool { return e.isOn() && e.Mode != "self" }

func (e encryption) validate() error {
	authority, err := url.Parse(e.ACMEDirectory)
	switch {
	case (e.Cert == "") != (e.Key == ""):
		return errors.New("--tls-cert and --tls-key belong together")
	case e.Cert != "" && e.Mode != "off":
		return fmt.Errorf("--tls %s and --tls-cert exclude each other", e.Mode)
	case e.Mode == "acme" && len(e.Domains) == 0:
		return errors.New("--tls acme needs --tls-domain, such as play.example.org")
	case e.Mode != "acme" && len(e.Domains) > 0:
		return errors.New("--tls-domain is for --tls acme")
	case err != nil || authority.Scheme != "https" || authority.Host == "":
		return fmt.Errorf("--acme-directory %q must be an https address", e.ACMEDirectory)
	}
	for _, domain := range e.Domains {
		if net.ParseIP(domain) != nil || !strings.Contains(domain, ".") || strings.ContainsAny(domain, "/:* ") {
			return fmt.Errorf("--tls-domain %q must be a name such as play.example.org", domain)
		}
	}
	return nil
}

// encrypted is TLS at work; nil = there is none.
type encrypted struct {
	config *tls.Config
	source certificate.Source
	local  *certificate.Local
	domain string // that the authority vouches for first; "" = it is not asked
}

func certificateFolder(data string) string { return filepath.Join(data, "tls") }

// open gets the certificate that the doors begin with.
func (e encryption) open(data string, log zerolog.Logger) (*encrypted, error) {
	if !e.isOn() {
		return nil, nil
	}
	source, err := e.source(certificateFolder(data), log)
	if err != nil {
		return nil, err
	}
	local, err := certificate.NewLocal(time.Now())
	if err != nil {
		return nil, err
	}
	opened := &encrypted{config: certificate.Config(source, local), source: source, local: local}
	if len(e.Domains) > 0 {
		opened.domain = e.Domains[0]
	}
	return opened, nil
}

func (e encryption) source(folder string, log zerolog.Logger) (certificate.Source, error) {
	warn := func(err error) { log.Warn().Err(err).Msg("TLS") }
	switch e.Mode {
	case "acme":
		return certificate.NewACME(filepath.Join(folder, "acme"), e.Domains, e.ACMEDirectory, warn), nil
	case "self":
		made, err := certificate.OpenSelfMade(folder, time.Now(), func(fingerprint string) {
			log.Warn().Str("fingerprint", fingerprint).Msg("another self-made certificate has taken the old one's place")
		})
		if err == nil {
			if missing := made.MissingAddresses(); len(missing) > 0 {
				log.Warn().Strs("addresses", missing).Msgf("the self-made certificate does not name these; remove %s to have another made, with another fingerprint", folder)
			}
		}
		return made, err
	}
	return certificate.OpenFiles(e.Cert, e.Key, warn)
}

func (e *encrypted) over(l net.Listener) net.Listener {
	if e == nil {
		return l
	}
	return tls.NewListener(l, e.config)
}

func (e *encrypted) run(ctx context.Context) {
	if e != nil {
		e.source.Run(ctx)
	}
}

// localPEM is what the command line trusts.
func (e *encrypted) localPEM() string {
	if e == nil {
		return ""
	}
	return e.local.PEM()
}

// trust is how this process itself comes through its doors.
func (e *encrypted) trust() *tls.Config {
	if e == nil {
		return nil
	}
	config, _ := certificate.Trusting(e.local.PEM()) // its own can be read
	return config
}

func (e *encrypted) fingerprint() string {
	if e == nil {
		return ""
	}
	if made, isSelfMade := e.source.(*certificate.SelfMade); isSelfMade {
		return made.Fingerprint()
	}
	return ""
}

// publicURL is how players reach a listener by a name.
func publicURL(domain string, l net.Listener) string {
	if port := l.Addr().(*net.TCPAddr).Port; port != 443 {
		return fmt.Sprintf("https://%s:%d", domain, port)
	}
	return "https://" + domain
}

// examineCertificate tells the fingerprint of a self-made certificate; where there is none, nothing.
func examineCertificate(data string) []storage.Finding {
	fingerprint, until, err := certificate.SelfMadeFingerprint(certificateFolder(data))
	found := storage.Finding{Check: "tls", Verdict: storage.Sound}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		found.Verdict, found.Says, found.Do = storage.Failure, err.Error(), "remove it, and start the server"
	default:
		found.Says = fmt.Sprintf("the self-made certificate is %s (SHA-256), until %s", fingerprint, until.Format(time.DateOnly))
	}
	return []storage.Finding{found}
}
