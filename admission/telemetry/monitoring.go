package telemetry

import (
	_ "embed"
	"fmt"
	"strings"
	"time"
)

//go:embed monitoring/alerts.yaml
var alerts string

// Dashboard is a Grafana dashboard of every series.
//
//go:embed monitoring/dashboard.json
var Dashboard string

const (
	// QueueWaitSLO is what 95 of 100 waits should not be longer than, unless the operator says otherwise.
	QueueWaitSLO = 10 * time.Minute
	sloMark      = "# --queue-wait-slo"
)

// Alerts are rules for Prometheus, with the time that 95 of 100 waits should not be longer than.
func Alerts(queueWait time.Duration) string {
	bound := func(d time.Duration) string { return fmt.Sprintf("> %g %s", d.Seconds(), sloMark) }
	return strings.Replace(alerts, bound(QueueWaitSLO), bound(queueWait), 1)
}
