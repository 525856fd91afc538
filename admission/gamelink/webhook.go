package gamelink

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"gatekeeper/admission"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/wire"
)

// WebhookConfig is what webhooks are built from.
type WebhookConfig struct {
	Gate *gate.Gate
	Log  zerolog.Logger
	// Delivered hears how each delivery ended; nil = nobody does.
	Delivered func(WebhookResult)
	// Version is told to receivers.
	Version string
	// Dial connects to receivers; nil = over the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// WebhookResult is how a delivery ended.
type WebhookResult string

// The results.
const (
	WebhookTaken      WebhookResult = "taken"      // the receiver answered 2xx, and that is written
	WebhookRefused    WebhookResult = "refused"    // it answered something else
	WebhookUnanswered WebhookResult = "unanswered" // it did not
	WebhookUnwritten  WebhookResult = "unwritten"  // it did, but the store cannot note it, or be read
)

// WebhookResults are all of them.
var WebhookResults = []WebhookResult{WebhookTaken, WebhookRefused, WebhookUnanswered, WebhookUnwritten}

// Webhooks tells receivers what happens. Its methods may be called concurrently.
type Webhooks struct {
	WebhookConfig
	client  *http.Client
	testing chan struct{} // holds one for each test under way
	due     chan struct{} // holds one while something may be due
	news    chan struct{} // holds one while a webhook is to be looked at anew

	mu    sync.Mutex // guards the rest and what it points to; a leaf
	hooks map[string]*webhook
}

// NewWebhooks returns webhooks that [Webhooks.Run] delivers to.
func NewWebhooks(cfg WebhookConfig) *Webhooks {
	if cfg.Delivered == nil {
		cfg.Delivered = func(WebhookResult) {}
	}
	return &Webhooks{
		WebhookConfig: cfg, client: newWebhookClient(cfg.Dial), testing: make(chan struct{}, maxTests),
		due: make(chan struct{}, 1), news: make(chan struct{}, 1), hooks: make(map[string]*webhook),
	}
}

// Run delivers until ctx ends.
func (w *Webhooks) Run(ctx context.Context) {
	defer w.client.CloseIdleConnections()
	var running sync.WaitGroup
	defer running.Wait()
	running.Go(func() { w.follow(ctx) })
	running.Go(func() { w.launch(ctx) })
}

// rouse wakes who listens on a signal; it never blocks.
func rouse(signal chan struct{}) {
	select {
	case signal <- struct{}{}:
	default:
	}
}

// WebhookState tells how the deliveries of a webhook go.
func (w *Webhooks) WebhookState(row admission.WebhookRow) wire.WebhookState {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.hooks[row.ID]
	if h == nil {
		return wire.WebhookState{DeliveredUpTo: row.Since, Instances: []wire.WebhookLine{}}
	}
	return h.state()
}

// WaitingEvents counts, by webhook, the events that are to be delivered yet.
func (w *Webhooks) WaitingEvents() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	waiting := make(map[string]int, len(w.hooks))
	for id, h := range w.hooks {
		for _, l := range h.lines {
			waiting[id] += l.waiting
		}
	}
	return waiting
}

// maxTests is how many tests may be under way.
const maxTests = 4

// TestWebhook sends a webhook.test to a receiver, once, and tells how it was taken. Error: wire.WebhookBusy.
func (w *Webhooks) TestWebhook(ctx context.Context, row admission.WebhookRow) (wire.WebhookTest, error) {
	select {
	case w.testing <- struct{}{}:
		defer func() { <-w.testing }()
	default:
		return wire.WebhookTest{}, wire.WebhookBusy.After(DeliveryPatience)
	}
	began := w.Gate.Now()
	b := webhookBatch{}
	if err := b.add(admission.Event{Time: began, Name: wire.WebhookTestEvent}); err != nil {
		return wire.WebhookTest{}, err
	}
	a := w.post(ctx, &row, "", &b)
	test := wire.WebhookTest{IsDelivered: a.err == nil, Status: a.status, TookSeconds: wire.Seconds(w.Gate.Now().Sub(began))}
	if a.err != nil {
		test.Error = a.err.Error()
	}
	return test, nil
}

// launch starts what is due until ctx ends, and waits for what it started.
func (w *Webhooks) launch(ctx context.Context) {
	var flying sync.WaitGroup
	defer flying.Wait()
	for ctx.Err() == nil {
		timer := time.NewTimer(w.start(ctx, &flying))
		select {
		case <-w.due:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

const (
	// troublePause is how long nothing is started while nothing can be written: it could not be noted.
	troublePause = time.Second
	// idlePause is how long it waits where nothing is to be tried again.
	idlePause = time.Hour
)

// start starts every delivery that is due, and returns how long until the next may be.
func (w *Webhooks) start(ctx context.Context, flying *sync.WaitGroup) (wait time.Duration) {
	if w.Gate.Health() != nil {
		return troublePause
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.Gate.Now()
	wait = idlePause
	for _, h := range w.hooks {
		for _, l := range h.waitingLines() {
			if h.flying == maxFlying {
				break // the next that lands looks again
			}
			if until := l.next.Sub(now); until > 0 {
				wait = min(wait, until)
				break
			}
			order, flight := l.takeOff(ctx)
			flying.Go(func() { w.land(order, w.deliver(flight, order)) })
		}
	}
	return wait
}

// land notes how a delivery ended.
func (w *Webhooks) land(o webhookOrder, ended webhookOutcome) {
	w.tell(o, ended)
	w.mu.Lock()
	defer w.mu.Unlock()
	o.line.land(ended, w.Gate.Now())
	if o.line.hook.isStale {
		rouse(w.news)
	}
	rouse(w.due)
}

// tell tells the log and the metrics. What was interrupted never was.
func (w *Webhooks) tell(o webhookOrder, ended webhookOutcome) {
	if ended.result == "" {
		return
	}
	w.Delivered(ended.result)
	log := w.Log.With().Str("webhook", o.row.Name).Str("webhookId", o.row.ID).Str("instance", string(o.instance)).Logger()
	switch {
	case ended.err != nil && o.failures == 0:
		log.Warn().Err(ended.err).Msg("a webhook is not taken; it is tried again, ever later")
	case ended.err == nil && o.failures > 0:
		log.Info().Int("tries", o.failures+1).Msg("the webhook is taken again")
	}
}
