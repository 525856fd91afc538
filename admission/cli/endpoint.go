package cli

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"gatekeeper/admission/certificate"
)

// endpoint is what a running server leaves in its data folder, readable for its owner only, so that the command
// line finds it and may speak to it.
type endpoint struct {
	URL     string `json:"url"` // where operators are answered
	Key     string `json:"key"`
	Players string `json:"players"` // where players are
	// Certificate is in PEM the one that the server shows to the command line; "" = it speaks no TLS.
	Certificate string `json:"certificate,omitempty"`

	pinned *tls.Config // of a server elsewhere; nil = as the system trusts
}

// trust is how to speak TLS with it; nil = as the system trusts.
func (e endpoint) trust() (*tls.Config, error) {
	if e.Certificate == "" {
		return e.pinned, nil
	}
	return certificate.Trusting(e.Certificate)
}

func endpointPath(dir string) string { return filepath.Join(dir, "server.json") }

// writeEndpoint replaces the file as a whole: a reader never sees half of it.
func writeEndpoint(dir string, e endpoint) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	path := endpointPath(dir)
	if err := os.WriteFile(path+".tmp", data, 0o600); err != nil {
		return fmt.Errorf("leave the address for the command line: %w", err)
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		return fmt.Errorf("leave the address for the command line: %w", err)
	}
	return nil
}

func removeEndpoint(dir string) { _ = os.Remove(endpointPath(dir)) }

func readEndpoint(dir string) (e endpoint, err error) {
	data, err := os.ReadFile(endpointPath(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return e, notRunningError{dir}
	}
	if err != nil {
		return e, fmt.Errorf("cannot read the server's key in %s; run as the user that runs the server", dir)
	}
	if err := json.Unmarshal(data, &e); err != nil {
		return e, fmt.Errorf("%s is damaged; restart the server", endpointPath(dir))
	}
	return e, nil
}

// notRunningError says that no server runs on a data folder.
type notRunningError struct{ dir string }

func (e notRunningError) Error() string {
	return fmt.Sprintf("no gatekeeper runs on %s; start it with `gatekeeper serve --data %s`, or name another folder with --data", e.dir, e.dir)
}
