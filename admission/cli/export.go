package cli

import (
	"fmt"
	"io"
	"net/http"
)

// exports is `gatekeeper export`.
type exports struct {
	Events exportEvents `cmd:"" help:"Write the events as NDJSON."`
}

type exportEvents struct {
	client
	Since  uint64 `placeholder:"SEQ" help:"Only what came after this event."`
	Follow bool   `help:"Go on with what comes, until interrupted."`
}

// Run copies the log to stdout.
func (c exportEvents) Run(w world) error {
	response, err := c.open(w.ctx, http.MethodGet, fmt.Sprintf("/admin/api/events?since=%d&follow=%t", c.Since, c.Follow), nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(w.stdout, response.Body); err != nil && w.ctx.Err() == nil {
		return fmt.Errorf("the server stopped before everything was written: %w", err)
	}
	return nil
}
