// Package telemetry tells operators what happens: metrics and logs, fed by the one stream of events and by views
// taken at the scrape.
package telemetry

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"gatekeeper/admission"
	"gatekeeper/admission/shed"
)

// Gauges is the state at a scrape.
type Gauges struct {
	Instances  []InstanceGauges
	Websockets int
	PendingOps int
	// WebhookLag counts, by the webhook's id, the events that are to be delivered yet.
	WebhookLag map[string]int
}

// InstanceGauges is one instance of it.
type InstanceGauges struct {
	ID                      admission.InstanceID
	Reserved, Active, Grace int
	Capacity                int
	QueueDepth, QueuePeak   int
}

// Metrics are the series of one server. All methods may be called concurrently.
type Metrics struct {
	view    func() Gauges
	version string
	set     *metrics.Set

	admission, handshake, commit, batch, wait *metrics.PrometheusHistogram
	storageErrors, blocks, backupErrors       *metrics.Counter
	refusedLines                              *metrics.Counter
	lastBackup                                *metrics.Gauge
}

var (
	latencies = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	waits     = []float64{1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200}
	batches   = []float64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000}
)

var exposeMetadata = sync.OnceFunc(func() { metrics.ExposeMetadata(true) })

// NewMetrics returns metrics that take their gauges from view, at each scrape.
func NewMetrics(version string, view func() Gauges) *Metrics {
	exposeMetadata()
	set := metrics.NewSet()
	for _, work := range []string{shed.Attempt, shed.Password} { // from 0 on: a rise from nothing is none to Prometheus
		set.NewCounter(shedOf(work))
	}
	return &Metrics{
		view: view, version: version, set: set,
		admission:     set.NewPrometheusHistogramExt("gatekeeper_admission_latency_seconds", latencies),
		handshake:     set.NewPrometheusHistogramExt("gatekeeper_handshake_seconds", latencies),
		commit:        set.NewPrometheusHistogramExt("gatekeeper_storage_commit_seconds", latencies),
		batch:         set.NewPrometheusHistogramExt("gatekeeper_storage_batch_ops", batches),
		wait:          set.NewPrometheusHistogramExt("gatekeeper_queue_wait_seconds", waits),
		storageErrors: set.NewCounter("gatekeeper_storage_errors_total"),
		blocks:        set.NewCounter("gatekeeper_rate_limit_blocks_total"),
		refusedLines:  set.NewCounter("gatekeeper_connections_refused_total"),
		backupErrors:  set.NewCounter("gatekeeper_backup_errors_total"),
		lastBackup:    set.NewGauge("gatekeeper_backup_last_success_timestamp_seconds", nil),
	}
}

// Admission tells how long an attempt took, from arrival to answer.
func (m *Metrics) Admission(took time.Duration) { m.admission.Update(took.Seconds()) }

// Handshake tells how long a socket took, from arrival to attached.
func (m *Metrics) Handshake(took time.Duration) { m.handshake.Update(took.Seconds()) }

// Backup tells how a scheduled backup went.
func (m *Metrics) Backup(err error) {
	if err != nil {
		m.backupErrors.Inc()
		return
	}
	m.lastBackup.Set(float64(time.Now().Unix()))
}

// Webhooks counts deliveries by how they ended; none at all begins the count. Results are the program's own, so no label
// needs escaping.
func (m *Metrics) Webhooks(result string, count int) {
	m.set.GetOrCreateCounter(fmt.Sprintf(`gatekeeper_webhook_deliveries_total{result="%s"}`, result)).Add(count)
}

// Refused counts an attempt that is no event.
func (m *Metrics) Refused(reason admission.Reason) {
	if reason == admission.RateLimited {
		m.blocks.Inc()
	}
	m.attempt("", admission.OutcomeFailed, string(reason))
}

// ReconnectionRefused counts a reconnection with a dead token.
func (m *Metrics) ReconnectionRefused(instance admission.InstanceID) {
	m.reconnections(instance, refused).Inc()
}

// Shed counts work that was refused because more was asked for than could be done: shed.Attempt, shed.Password.
func (m *Metrics) Shed(work string) {
	m.set.GetOrCreateCounter(shedOf(work)).Inc()
}

func shedOf(work string) string {
	return fmt.Sprintf(`gatekeeper_overload_refusals_total{work="%s"}`, work)
}

// ConnectionRefused counts a connection or a socket too many of its address.
func (m *Metrics) ConnectionRefused() { m.refusedLines.Inc() }

// Commit tells of one transaction, and counts its events once it is durable.
func (m *Metrics) Commit(took time.Duration, ops int, events []admission.Event, err error) {
	m.commit.Update(took.Seconds())
	m.batch.Update(float64(ops))
	if err != nil {
		m.storageErrors.Inc()
		return
	}
	for _, e := range events {
		m.observe(e)
	}
}

func (m *Metrics) observe(e admission.Event) {
	switch e.Name {
	case admission.EventAdmitted:
		if wait, wasQueued := e.Data["waitSeconds"].(float64); wasQueued {
			m.wait.Update(wait) // the end of an attempt that was counted as queued
			return
		}
		m.attempt(e.Instance, admission.OutcomeAdmitted, "")
	case admission.EventQueued:
		m.attempt(e.Instance, admission.OutcomeQueued, "")
	case admission.EventTimeout:
		m.attempt(e.Instance, admission.OutcomeTimeout, e.Reason)
	case admission.EventFailed:
		m.attempt(e.Instance, admission.OutcomeFailed, e.Reason)
		if e.Reason == string(admission.VersionMismatch) {
			m.mismatches(e.Instance).Inc()
		}
	case admission.EventThrottled:
		count, isSum := e.Data["count"].(int)
		if !isSum {
			count = 1
		}
		m.blocks.Add(count)
		m.attempts(e.Instance, admission.OutcomeFailed, string(admission.RateLimited)).Add(count)
	case admission.EventReconnected:
		m.reconnections(e.Instance, reconnected).Inc()
	}
}

func (m *Metrics) attempt(instance admission.InstanceID, outcome admission.OutcomeKind, reason string) {
	m.attempts(instance, outcome, reason).Inc()
}

// attempts takes only ids, outcomes and reasons of the engine's own, so no label needs escaping.
func (m *Metrics) attempts(instance admission.InstanceID, outcome admission.OutcomeKind, reason string) *metrics.Counter {
	return m.set.GetOrCreateCounter(fmt.Sprintf(
		`gatekeeper_connection_attempts_total{game_instance="%s",outcome="%s",reason="%s"}`, slug(instance), outcome, reason))
}

func (m *Metrics) mismatches(instance admission.InstanceID) *metrics.Counter {
	return m.set.GetOrCreateCounter(fmt.Sprintf(`gatekeeper_version_mismatches_total{game_instance="%s"}`, slug(instance)))
}

// The results of reconnections.
const (
	reconnected = "success"
	refused     = "refused"
)

func (m *Metrics) reconnections(instance admission.InstanceID, result string) *metrics.Counter {
	return m.set.GetOrCreateCounter(fmt.Sprintf(
		`gatekeeper_reconnections_total{game_instance="%s",result="%s"}`, slug(instance), result))
}

// slug keeps anything that is not an id out of a label.
func slug(instance admission.InstanceID) admission.InstanceID {
	if !admission.ValidID(string(instance)) {
		return ""
	}
	return instance
}

// ServeHTTP is the scrape.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	m.WritePrometheus(w)
}

// WritePrometheus writes every series in the text format, each family with its HELP and TYPE.
func (m *Metrics) WritePrometheus(w io.Writer) {
	g := m.view()
	g.Instances = slices.DeleteFunc(slices.Clone(g.Instances), func(in InstanceGauges) bool { return slug(in.ID) == "" })
	for _, in := range g.Instances {
		m.begin(in.ID)
	}
	var text bytes.Buffer
	m.set.WritePrometheus(&text)
	m.writeGauges(&text, g)
	for line := range bytes.Lines(text.Bytes()) {
		if name, isHelp := bytes.CutPrefix(line, []byte("# HELP ")); isHelp {
			name = bytes.TrimSpace(name)
			line = fmt.Appendf(nil, "# HELP %s %s\n", name, help[string(name)])
		}
		_, _ = w.Write(line)
	}
}

// begin makes the counters of an instance that alerts look at: of one that came into being with its first count, nobody
// would see that it rose.
func (m *Metrics) begin(instance admission.InstanceID) {
	m.attempts(instance, admission.OutcomeAdmitted, "")
	m.attempts(instance, admission.OutcomeTimeout, string(admission.TimedOut))
	m.mismatches(instance)
	for _, result := range []string{reconnected, refused} {
		m.reconnections(instance, result)
	}
}

func (m *Metrics) writeGauges(w io.Writer, g Gauges) {
	family(w, "gatekeeper_sessions", func(write func(labels string, value int)) {
		for _, in := range g.Instances {
			write(fmt.Sprintf(`game_instance="%s",state="reserved"`, in.ID), in.Reserved)
			write(fmt.Sprintf(`game_instance="%s",state="active"`, in.ID), in.Active)
			write(fmt.Sprintf(`game_instance="%s",state="grace"`, in.ID), in.Grace)
		}
	})
	for _, gauge := range []struct {
		name  string
		value func(InstanceGauges) int
	}{
		{"gatekeeper_instance_capacity", func(in InstanceGauges) int { return in.Capacity }},
		{"gatekeeper_queue_depth", func(in InstanceGauges) int { return in.QueueDepth }},
		{"gatekeeper_queue_depth_peak", func(in InstanceGauges) int { return in.QueuePeak }},
	} {
		family(w, gauge.name, func(write func(string, int)) {
			for _, in := range g.Instances {
				write(fmt.Sprintf(`game_instance="%s"`, in.ID), gauge.value(in))
			}
		})
	}
	if len(g.WebhookLag) > 0 {
		family(w, "gatekeeper_webhook_lag_events", func(write func(string, int)) {
			for _, id := range slices.Sorted(maps.Keys(g.WebhookLag)) {
				write(fmt.Sprintf("webhook=%q", id), g.WebhookLag[id])
			}
		})
	}
	single := func(name, labels string, value int) {
		family(w, name, func(write func(string, int)) { write(labels, value) })
	}
	single("gatekeeper_websockets", "", g.Websockets)
	single("gatekeeper_storage_pending_ops", "", g.PendingOps)
	single("gatekeeper_build_info", fmt.Sprintf("version=%q", m.version), 1)
}

// family writes a gauge with its samples; WritePrometheus adds the text of its HELP.
func family(w io.Writer, name string, samples func(write func(labels string, value int))) {
	fmt.Fprintf(w, "# HELP %s\n# TYPE %s gauge\n", name, name)
	samples(func(labels string, value int) {
		if labels != "" {
			labels = "{" + labels + "}"
		}
		fmt.Fprintf(w, "%s%s %d\n", name, labels, value)
	})
}

// help says what each family counts.
var help = map[string]string{
	"gatekeeper_connection_attempts_total":             "Attempts to connect, by how they ended.",
	"gatekeeper_admission_latency_seconds":             "Time from the arrival of an attempt to its answer.",
	"gatekeeper_sessions":                              "Seats taken, by state.",
	"gatekeeper_instance_capacity":                     "Seats that an instance has.",
	"gatekeeper_queue_depth":                           "Places in the queue, absent and promoted ones too.",
	"gatekeeper_queue_depth_peak":                      "Deepest queue since the start.",
	"gatekeeper_queue_wait_seconds":                    "Time from joining the queue to the seat, of those who claimed it.",
	"gatekeeper_reconnections_total":                   "Reconnections to a session, by result.",
	"gatekeeper_rate_limit_blocks_total":               "Attempts refused because an account was locked or an address had its tries.",
	"gatekeeper_connections_refused_total":             "Connections and sockets refused because their address, or everybody together, had too many.",
	"gatekeeper_overload_refusals_total":               "What was refused because more was asked for than can be done: attempts, or passwords to check.",
	"gatekeeper_version_mismatches_total":              "Attempts refused for their build.",
	"gatekeeper_websockets":                            "Open sockets.",
	"gatekeeper_handshake_seconds":                     "Time from the arrival of an upgrade to a socket bound to its place; the first frame follows the commit.",
	"gatekeeper_storage_commit_seconds":                "Time that a transaction took.",
	"gatekeeper_storage_batch_ops":                     "Rows written by a transaction.",
	"gatekeeper_storage_pending_ops":                   "Changes that wait for the writer.",
	"gatekeeper_storage_errors_total":                  "Transactions that failed.",
	"gatekeeper_webhook_deliveries_total":              "Deliveries to webhooks, by how they ended: taken, refused, unanswered, or unwritten, where the store could not note it.",
	"gatekeeper_webhook_lag_events":                    "Events that a webhook is to be told of yet, by its id.",
	"gatekeeper_backup_errors_total":                   "Scheduled backups that failed.",
	"gatekeeper_backup_last_success_timestamp_seconds": "When a scheduled backup last succeeded, in seconds since 1970; 0 = not since the start.",
	"gatekeeper_build_info":                            "The running version; always 1.",
}
