package gamelink

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

const (
	// maxBatch is how many events one delivery tells of.
	maxBatch = 100
	// maxBatchBytes is from what size on no further event joins it.
	maxBatchBytes = 256 << 10
	// deliveryPage is how many events are read at a time to find them.
	deliveryPage = 2 * maxBatch
	// maxAnswer bounds what is read of an answer, so that its connection can be used again; nothing of it is kept.
	maxAnswer = 16 << 10
	// maxErrorText bounds what is kept of an error.
	maxErrorText = 200
	// DeliveryPatience is how long a receiver may take, from the first byte to its answer.
	DeliveryPatience = 10 * time.Second
)

// webhookBatch is what one delivery tells of.
type webhookBatch struct {
	events      []json.RawMessage
	bytes       int
	count       int
	first, last uint64
	next        uint64 // the first that waits behind it; 0 = none did when it was read
}

func (b *webhookBatch) add(e admission.Event) error {
	text, err := json.Marshal(wire.NewEvent(e))
	if err != nil {
		return err
	}
	if b.count == 0 {
		b.first = e.Seq
	}
	b.events, b.last = append(b.events, text), e.Seq
	b.bytes, b.count = b.bytes+len(text), b.count+1
	return nil
}

// deliver sends a line's next events and, where they were taken, notes that durably before it says so.
func (w *Webhooks) deliver(ctx context.Context, o webhookOrder) webhookOutcome {
	batch, err := w.read(ctx, &o)
	switch {
	case ctx.Err() != nil:
		return webhookOutcome{}
	case err != nil:
		return webhookOutcome{result: WebhookUnwritten, err: errors.New("the log of events cannot be read")}
	case batch.first != o.first:
		return webhookOutcome{isGap: true}
	}
	a := w.post(ctx, &o.row, o.instance, &batch)
	batch.events = nil
	switch {
	case a.err != nil && ctx.Err() != nil:
		return webhookOutcome{}
	case a.status == http.StatusGone:
		w.pauseFor(ctx, &o.row)
		fallthrough
	case a.err != nil:
		return webhookOutcome{a.result, a.err, batch, a.retryAfter, false}
	}
	taken := admission.WebhookCursorRow{Webhook: o.row.ID, Instance: o.instance, Seq: batch.last}
	switch err := w.Gate.MoveWebhookCursors(ctx, taken); {
	case err != nil && ctx.Err() != nil:
		return webhookOutcome{}
	case err != nil:
		return webhookOutcome{result: WebhookUnwritten, err: errors.New("it was taken, but that cannot be written; it is told again"), batch: batch}
	}
	return webhookOutcome{result: WebhookTaken, batch: batch}
}

// read finds a line's next events in the log.
func (w *Webhooks) read(ctx context.Context, o *webhookOrder) (b webhookBatch, err error) {
	filter := admission.EventFilter{Since: o.first - 1, Before: o.newest + 1, Instance: o.instance, Limit: deliveryPage}
	for {
		page, err := w.Gate.Events(ctx, filter)
		if err != nil {
			return b, err
		}
		for _, e := range page {
			if e.Instance != o.instance || !o.row.Wants(&e) {
				continue // the log is not asked for those of no instance: that is no filter of its
			}
			if b.count == o.most || b.bytes >= maxBatchBytes {
				b.next = e.Seq
				return b, nil
			}
			if err := b.add(e); err != nil {
				return b, err
			}
		}
		if len(page) < deliveryPage {
			return b, nil
		}
		filter.Since = page[len(page)-1].Seq
	}
}

// pauseFor does what a receiver asks for by 410 Gone. That the delivery is interrupted for it does not stop it.
func (w *Webhooks) pauseFor(ctx context.Context, row *admission.WebhookRow) {
	_, err := w.Gate.As("the receiver, by 410 Gone").ChangeWebhook(context.WithoutCancel(ctx), row.ID, func(now *admission.WebhookRow) error {
		now.IsPaused = true
		return nil
	})
	if err != nil {
		w.Log.Warn().Err(err).Str("webhookId", row.ID).Msg("a webhook whose receiver is gone could not be paused")
	}
}

// webhookAnswer is what came of one request.
type webhookAnswer struct {
	status     int // 0 = there was no answer
	result     WebhookResult
	err        error // nil = it was taken
	retryAfter time.Duration
}

// post sends a batch, signed.
func (w *Webhooks) post(ctx context.Context, row *admission.WebhookRow, instance admission.InstanceID, b *webhookBatch) webhookAnswer {
	ctx, cancel := context.WithTimeout(ctx, DeliveryPatience)
	defer cancel()
	request, err := w.request(ctx, row, instance, b)
	if err != nil {
		return webhookAnswer{result: WebhookUnanswered, err: told(err)}
	}
	response, err := w.client.Do(request)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("no answer within %s", DeliveryPatience)
		}
		return webhookAnswer{result: WebhookUnanswered, err: told(err)}
	}
	defer response.Body.Close()
	_, _ = io.CopyN(io.Discard, response.Body, maxAnswer)
	return w.judge(response)
}

func (w *Webhooks) request(ctx context.Context, row *admission.WebhookRow, instance admission.InstanceID, b *webhookBatch) (*http.Request, error) {
	body, err := json.Marshal(wire.WebhookDelivery{WebhookID: row.ID, InstanceID: instance, Events: b.events})
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, row.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "gatekeeper/"+w.Version)
	request.Header.Set("Gatekeeper-Delivery", fmt.Sprintf("%s:%d-%d", row.ID, b.first, b.last))
	request.Header.Set("Gatekeeper-Signature", SignWebhook(row.Secret, w.Gate.Now(), body))
	return request, nil
}

// judge reads an answer: 2xx takes the batch, and nothing else does.
func (w *Webhooks) judge(r *http.Response) webhookAnswer {
	a := webhookAnswer{status: r.StatusCode, result: WebhookRefused}
	switch says := strings.TrimSpace(fmt.Sprint(r.StatusCode, " ", http.StatusText(r.StatusCode))); {
	case r.StatusCode >= 200 && r.StatusCode < 300:
		a.result = WebhookTaken
	case r.StatusCode >= 300 && r.StatusCode < 400:
		a.err = fmt.Errorf("the receiver answered %s; redirects are not followed", says)
	case r.StatusCode == http.StatusGone:
		a.err = fmt.Errorf("the receiver answered %s, so the webhook is paused", says)
	default:
		a.err, a.retryAfter = fmt.Errorf("the receiver answered %s", says), retryAfter(r.Header.Get("Retry-After"), w.Gate.Now())
	}
	return a
}

// retryAfter reads seconds or a date; 0 = neither.
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(text, 10, 32); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// told is an error as it is shown and logged: without the address, a part of which may be a secret.
func told(err error) error {
	var of *url.Error
	if errors.As(err, &of) {
		err = of.Err
	}
	text := []rune(err.Error())
	return errors.New(string(text[:min(len(text), maxErrorText)]))
}

// newWebhookClient returns a client that keeps few connections, and those not for long.
func newWebhookClient(dial func(context.Context, string, string) (net.Conn, error)) *http.Client {
	proxy := http.ProxyFromEnvironment
	if dial == nil {
		dial = (&net.Dialer{Control: refuseLinkLocal}).DialContext
	} else {
		proxy = nil
	}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy: proxy, DialContext: dial, ForceAttemptHTTP2: true,
			TLSHandshakeTimeout: DeliveryPatience, MaxIdleConnsPerHost: maxFlying, IdleConnTimeout: 30 * time.Second,
			MaxResponseHeaderBytes: maxAnswer, DisableCompression: true,
		},
	}
}

// awsMetadata is where one cloud's machines find their credentials beside the link-local address that all have.
var awsMetadata = netip.MustParseAddr("fd00:ec2::254")

// refuseLinkLocal looks at the address that a name has led to, just before it is used, so that no name leads around it.
func refuseLinkLocal(_, address string, _ syscall.RawConn) error {
	target, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if ip := target.Addr().Unmap(); ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.WithZone("") == awsMetadata {
		return errors.New("webhooks are not sent to link-local addresses")
	}
	return nil
}
