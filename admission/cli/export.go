package cli

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"gatekeeper/admission/telemetry"
)

// exports is `gatekeeper export`: what goes to other programs.
type exports struct {
	Events    exportEvents    `cmd:"" help:"Write the events as NDJSON."`
	Alerts    exportAlerts    `cmd:"" help:"Write alert rules for Prometheus."`
	Dashboard exportDashboard `cmd:"" help:"Write a dashboard for Grafana."`
}

type exportEvents struct {
	client
	Since    uint64     `placeholder:"SEQ" help:"Only what came after this event."`
	From     *time.Time `placeholder:"TIME" help:"Only from this time on, such as 2030-01-31T20:14:00Z."`
	To       *time.Time `placeholder:"TIME" help:"Only before this time."`
	Event    string     `placeholder:"NAME" help:"Only these, such as connection.failed, or queue. for all that begin so."`
	Instance string     `placeholder:"ID" help:"Only of this instance."`
	Account  string     `placeholder:"ID" help:"Only of this account."`
	Reason   string     `placeholder:"REASON" help:"Only with this reason."`
	Follow   bool       `help:"Go on with what comes, until interrupted."`
}

// Run copies the log to stdout.
func (c exportEvents) Run(w world) error {
	query := url.Values{"since": {fmt.Sprint(c.Since)}, "follow": {fmt.Sprint(c.Follow)}}
	for name, value := range map[string]string{"event": c.Event, "instance": c.Instance, "account": c.Account, "reason": c.Reason} {
		query.Set(name, value)
	}
	for name, at := range map[string]*time.Time{"from": c.From, "to": c.To} {
		if at != nil {
			query.Set(name, at.Format(time.RFC3339))
		}
	}
	response, err := c.open(w.ctx, http.MethodGet, "/admin/api/events?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(w.stdout, response.Body); err != nil && w.ctx.Err() == nil {
		return fmt.Errorf("the server stopped before everything was written: %w", err)
	}
	return nil
}

type exportAlerts struct {
	QueueWaitSLO time.Duration `name:"queue-wait-slo" default:"10m" placeholder:"D" help:"What 95 of 100 waits should not be longer than (${default}); gatekeeper simulate finds what is possible."`
}

// Validate is for kong.
func (c exportAlerts) Validate() error {
	if c.QueueWaitSLO < time.Second {
		return errors.New("--queue-wait-slo must be at least 1s")
	}
	return nil
}

// Run needs no server.
func (c exportAlerts) Run(w world) error {
	_, err := io.WriteString(w.stdout, telemetry.Alerts(c.QueueWaitSLO))
	return err
}

type exportDashboard struct{}

// Run needs no server.
func (exportDashboard) Run(w world) error {
	_, err := io.WriteString(w.stdout, telemetry.Dashboard)
	return err
}
