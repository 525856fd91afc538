package cli_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/admissiontest"
	"gatekeeper/admission/telemetry"
	"gatekeeper/admission/wire"
)

// TestWhatIsSeenAgrees lets everything happen on a real server, which a real Prometheus watches, and compares what is
// told of it in different places.
func TestWhatIsSeenAgrees(t *testing.T) {
	p := serve(t, "--lab", "--log-format", "json", "--log-level", "debug")
	watcher := watches(t, p)
	p.runs("drill")
	p.runs("instance", "set", "main", "--capacity", "20")
	p.runs("bench", "--instance", "main", "--players", "80", "--arrival", "80", "--session", "1s", "--drop-rate", "0.3")
	ana := p.player("ana")
	seat := ana.connect(nil)

	events := p.events()
	for _, instance := range []admission.InstanceID{"main", "drill"} {
		var told wire.Stats
		p.reads("/admin/api/instances/"+string(instance)+"/stats", &told)
		isAsRecounted(t, told, recount(events, instance))
	}
	isEachLogged(t, p, events)
	isFollowed(t, p, seat["attemptId"].(string))
	for _, secret := range []string{ana.token, seat["sessionToken"].(string)} {
		if strings.Contains(p.read(p.Stderr), secret) {
			t.Errorf("the log has the secret %s", secret)
		}
	}
	isWholeScrape(t, p, events)
	watcher.sawEverything()
}

// events is the whole log.
func (p *program) events() (all []wire.Event) {
	p.t.Helper()
	for line := range strings.Lines(p.runs("export", "events")) {
		var e wire.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			p.t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// reads takes what operators are answered.
func (p *program) reads(path string, into any) {
	p.t.Helper()
	status, text, err := p.Call(http.DefaultClient, http.MethodGet, path, p.operatorKey(), nil)
	if err != nil || status != http.StatusOK {
		p.t.Fatalf("%s: %d %s %v", path, status, text, err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		p.t.Fatal(err)
	}
}

// recounted is what the events of an instance come to.
type recounted struct {
	wire.Stats
	waits []float64 // of those who got in from the queue
}

func recount(events []wire.Event, instance admission.InstanceID) (r recounted) {
	r.Failures = make(map[string]int)
	queue := make(map[admission.CharacterID]bool)
	for _, e := range events {
		if e.InstanceID != instance {
			continue
		}
		wait, hasWaited := e.Data["waitSeconds"].(float64)
		switch e.Event {
		case admission.EventAttempt:
			r.Attempts++
		case admission.EventAdmitted:
			delete(queue, e.CharacterID)
			if hasWaited {
				r.AdmittedFromQueue++
				r.waits = append(r.waits, wait)
			} else {
				r.Outcomes.Admitted++
			}
		case admission.EventQueued:
			r.Outcomes.Queued++
			queue[e.CharacterID] = true
		case admission.EventQueueLeft, admission.EventQueueAbandoned, admission.EventQueueClaimExpired,
			admission.EventQueueTransferred, admission.EventQueueRemoved, admission.EventQueueClosed:
			delete(queue, e.CharacterID)
		case admission.EventFailed:
			r.Failures[e.Reason]++
			r.Outcomes.Failed++
		case admission.EventTimeout:
			r.Outcomes.Timeout++
		case admission.EventThrottled:
			count, _ := e.Data["count"].(float64) // one alone does not say so
			r.Throttled += max(1, int(count))
		case admission.EventReconnectAttempt:
			r.Reconnections.Attempts++
		case admission.EventReconnected:
			r.Reconnections.Successes++
		}
		r.Queue.Depth, r.Queue.Peak = len(queue), max(r.Queue.Peak, len(queue))
	}
	return r
}

func isAsRecounted(t *testing.T, told wire.Stats, r recounted) {
	t.Helper()
	if told.Attempts == 0 || told.Reconnections.Successes == 0 {
		t.Fatalf("too little happened to be compared: %+v", told)
	}
	is, want := fmt.Sprintf("%+v", counts(told)), fmt.Sprintf("%+v", counts(r.Stats))
	if is != want {
		t.Errorf("it tells\n%s, and the events come to\n%s", is, want)
	}
	slices.Sort(r.waits)
	for name, pair := range map[string][2]float64{
		"average": {deref(told.Wait.AverageSeconds), mean(r.waits)},
		"p50":     {deref(told.Wait.P50Seconds), rank(r.waits, .5)},
		"p95":     {deref(told.Wait.P95Seconds), rank(r.waits, .95)},
	} {
		// Histograms keep two digits and milliseconds.
		if math.Abs(pair[0]-pair[1]) > .02*pair[1]+.002 {
			t.Errorf("the %s wait is told as %g s, and of %d events it is %g s", name, pair[0], len(r.waits), pair[1])
		}
	}
}

// counts are the parts that must be equal.
func counts(s wire.Stats) []any {
	return []any{s.Attempts, s.Outcomes, s.AdmittedFromQueue, s.Failures, s.Throttled, s.Queue, s.Reconnections}
}

func deref(x *float64) float64 {
	if x == nil {
		return 0
	}
	return *x
}

func mean(all []float64) (m float64) {
	for _, x := range all {
		m += x / float64(len(all))
	}
	return m
}

func rank(sorted []float64, part float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[int(math.Ceil(part*float64(len(sorted))))-1]
}

// logged are the lines of the log, each an object.
func (p *program) logged() (lines []map[string]any) {
	p.t.Helper()
	for text := range strings.Lines(p.read(p.Stderr)) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			p.t.Fatalf("the log has a line %q", text)
		}
		lines = append(lines, line)
	}
	return lines
}

// isEachLogged compares the log with the events: one line each, in order, and all of it on the line.
func isEachLogged(t *testing.T, p *program, events []wire.Event) {
	t.Helper()
	next := 0
	for _, line := range p.logged() {
		if line["seq"] == nil || next >= len(events) {
			continue
		}
		e := events[next]
		next++
		if line["seq"] != float64(e.Seq) || line["message"] != string(e.Event) || line["attemptId"] != nilOr(string(e.AttemptID)) ||
			line["characterId"] != nilOr(string(e.CharacterID)) || line["reason"] != nilOr(e.Reason) {
			t.Fatalf("the line %v is not the event %+v", line, e)
		}
	}
	if next != len(events) {
		t.Errorf("%d of %d events are in the log", next, len(events))
	}
}

func nilOr(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// isFollowed looks for an attempt from the door to the disk and back. Nobody's answer waits for the log: it may be told of
// before what it was an answer to.
func isFollowed(t *testing.T, p *program, attempt string) {
	t.Helper()
	var way []string
	p.eventually("the attempt is followed", func() bool {
		way = nil
		for _, line := range p.logged() {
			if line["attemptId"] == attempt {
				way = append(way, line["message"].(string))
			}
		}
		return len(way) == 4
	})
	answered := slices.Index(way, "attempt answered")
	if answered < 1 || strings.Join(slices.Delete(way, answered, answered+1), ", ") != "attempt arrived, connection.attempt, connection.admitted" {
		t.Errorf("the attempt went %s", strings.Join(way, ", "))
	}
}

// families are the series of the contract, with their types and labels.
var families = map[string]string{
	"gatekeeper_connection_attempts_total": "counter game_instance,outcome,reason", "gatekeeper_admission_latency_seconds": "histogram le",
	"gatekeeper_sessions": "gauge game_instance,state", "gatekeeper_instance_capacity": "gauge game_instance",
	"gatekeeper_queue_depth": "gauge game_instance", "gatekeeper_queue_depth_peak": "gauge game_instance",
	"gatekeeper_queue_wait_seconds": "histogram le", "gatekeeper_reconnections_total": "counter game_instance,result",
	"gatekeeper_rate_limit_blocks_total": "counter ", "gatekeeper_version_mismatches_total": "counter game_instance",
	"gatekeeper_websockets": "gauge ", "gatekeeper_handshake_seconds": "histogram le", "gatekeeper_storage_commit_seconds": "histogram le",
	"gatekeeper_storage_batch_ops": "histogram le", "gatekeeper_storage_pending_ops": "gauge ", "gatekeeper_storage_errors_total": "counter ",
	"gatekeeper_build_info": "gauge version",
}

var labelName = regexp.MustCompile(`(\w+)="`)

// isWholeScrape looks for every series of the contract, in the form that Prometheus wants, without anybody's id.
func isWholeScrape(t *testing.T, p *program, events []wire.Event) {
	t.Helper()
	_, text, err := p.Call(http.DefaultClient, http.MethodGet, "/metrics", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	check := exec.Command(admissiontest.Prometheus(t, "promtool"), "check", "metrics")
	check.Stdin = strings.NewReader(string(text))
	if out, err := check.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
	found := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); strings.HasPrefix(line, "# TYPE ") {
			found[fields[2]] = fields[3] + " "
			continue
		}
		name, _, _ := strings.Cut(strings.Fields(line)[0], "{")
		for _, suffix := range []string{"", "_bucket"} {
			family := strings.TrimSuffix(name, suffix)
			if kind, isKnown := found[family]; isKnown && strings.HasSuffix(kind, " ") && strings.HasSuffix(name, suffix) {
				var labels []string
				for _, label := range labelName.FindAllStringSubmatch(line, -1) {
					labels = append(labels, label[1])
				}
				found[family] += strings.Join(labels, ",")
			}
		}
	}
	for name, want := range families {
		if found[name] != want {
			t.Errorf("%s is %q, want %q", name, found[name], want)
		}
	}
	for _, e := range events {
		for _, id := range []string{string(e.AccountID), string(e.CharacterID), string(e.SessionID), string(e.AttemptID)} {
			if id != "" && strings.Contains(string(text), id) {
				t.Errorf("the scrape has the id %s", id)
			}
		}
	}
}

// prometheus is a real one that scrapes a server every second.
type prometheus struct {
	t   *testing.T
	url string
}

func watches(t *testing.T, p *program) prometheus {
	t.Helper()
	dir, address := t.TempDir(), admissiontest.FreeAddress(t)
	rules := filepath.Join(dir, "alerts.yaml")
	config := fmt.Sprintf(`
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [%s]
scrape_configs: [{job_name: gatekeeper, static_configs: [{targets: [%q]}]}]`, rules, p.Addr)
	alerts, err := exec.Command(p.Binary, "export", "alerts").Output()
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{filepath.Join(dir, "prometheus.yml"): config, rules: string(alerts)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.Command(admissiontest.Prometheus(t, "prometheus"), "--config.file", filepath.Join(dir, "prometheus.yml"),
		"--storage.tsdb.path", filepath.Join(dir, "data"), "--web.listen-address", address)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	return prometheus{t, "http://" + address}
}

// asks returns the data of an answer; nil = there is none yet.
func (w prometheus) asks(path string, query url.Values) (data map[string]any) {
	w.t.Helper()
	response, err := http.Get(w.url + path + "?" + query.Encode())
	if err != nil {
		return nil
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil
	}
	var answer struct {
		Status, Error string
		Data          map[string]any
	}
	if json.Unmarshal(text, &answer) != nil || answer.Status != "success" {
		w.t.Errorf("%s %v: %s", path, query, text)
	}
	return answer.Data
}

// sawEverything looks whether the server could be scraped, every rule evaluated and every question of the dashboard
// answered.
func (w prometheus) sawEverything() {
	w.t.Helper()
	up := func() bool {
		data := w.asks("/api/v1/query", url.Values{"query": {`up{job="gatekeeper"} == 1`}})
		return data != nil && len(data["result"].([]any)) == 1
	}
	for deadline := time.Now().Add(10 * time.Second); !up(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatal("Prometheus has not scraped the server")
		}
	}
	rules := 0
	for _, group := range w.asks("/api/v1/rules", nil)["groups"].([]any) {
		for _, r := range group.(map[string]any)["rules"].([]any) {
			rules++
			if rule := r.(map[string]any); rule["health"] != "ok" {
				w.t.Errorf("the rule %v is %v: %v", rule["name"], rule["health"], rule["lastError"])
			}
		}
	}
	if rules != strings.Count(telemetry.Alerts(time.Minute), "- alert:") {
		w.t.Errorf("%d rules are loaded", rules)
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(telemetry.Dashboard), &board); err != nil {
		w.t.Fatal(err)
	}
	variables := strings.NewReplacer("$game_instance", ".*", "$__rate_interval", "1m")
	for _, panel := range board.Panels {
		for _, target := range panel.Targets {
			answer := w.asks("/api/v1/query", url.Values{"query": {variables.Replace(target.Expr)}})
			isEmpty := answer == nil || len(answer["result"].([]any)) == 0
			if isEmpty && panel.Title != "Age of the newest scheduled backup" { // there is none
				w.t.Errorf("%q shows nothing: %s", panel.Title, target.Expr)
			}
		}
	}
}
