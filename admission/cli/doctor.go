package cli

import (
	"errors"
	"fmt"

	"gatekeeper/storage"
)

// doctor is `gatekeeper doctor`.
type doctor struct {
	Data string `default:"./data" env:"GATEKEEPER_DATA" placeholder:"DIR" help:"Data folder, of a server that runs or does not (${default})."`
	JSON bool   `help:"Write JSON."`
}

// Run looks at everything and says what to do. It fails where a start would, or a promise is broken.
func (c doctor) Run(w world) error {
	findings := append(storage.Examine(w.ctx, databasePath(c.Data)), examineCertificate(c.Data)...)
	var failures int
	for _, f := range findings {
		if f.Verdict == storage.Failure {
			failures++
		}
	}
	if c.JSON {
		if err := printJSON(w, map[string]any{"findings": findings}); err != nil {
			return err
		}
	} else {
		printFindings(w, findings)
	}
	if failures > 0 {
		return errors.New("the database is not well; see above for what to do")
	}
	return nil
}

func printFindings(w world, findings []storage.Finding) {
	for _, f := range findings {
		fmt.Fprintf(w.stdout, "%-8s %-10s %s\n", f.Verdict, f.Check, f.Says)
		if f.Do != "" {
			fmt.Fprintf(w.stdout, "%-8s %-10s → %s\n", "", "", f.Do)
		}
	}
}
