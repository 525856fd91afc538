package cli

import (
	"fmt"
	"io"
)

// banner greets whoever starts the server.
type banner struct {
	Version, URL, Data string
	Setup              string // the one-time link; "" = the set-up is done
	Fingerprint        string // of a certificate that no authority vouches for; "" = there is none
}

func (b banner) write(w io.Writer) {
	fmt.Fprintf(w, "\n  gatekeeper %s is ready.\n\n", b.Version)
	fmt.Fprintf(w, "  Players     %s/\n", b.URL)
	fmt.Fprintf(w, "  Admin       %s/admin/\n", b.URL)
	if b.Setup != "" {
		fmt.Fprintf(w, "  Set-up      %s\n", b.Setup)
		fmt.Fprintf(w, "              (once, until the next start: choose the first admin's password)\n")
	}
	if b.Fingerprint != "" {
		fmt.Fprintf(w, "  Certificate %s\n", b.Fingerprint)
		fmt.Fprintf(w, "              (self-made: a browser warns of it; let players compare these digits, SHA-256, once)\n")
	}
	fmt.Fprintf(w, "  Data        %s\n", b.Data)
	fmt.Fprintf(w, "\n  Ctrl+C stops it; players keep their places. `gatekeeper instance list` shows who is in.\n\n")
}
