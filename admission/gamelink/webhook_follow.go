package gamelink

import (
	"context"
	"reflect"
	"time"

	"gatekeeper/admission"
)

const (
	// webhookPage is how many events are looked at, at a time.
	webhookPage = 1000
	// followPause bounds how often the log is looked at: what comes meanwhile is delivered together.
	followPause = 100 * time.Millisecond
	// settlePause is how often the cursors of idle lines follow.
	settlePause = time.Minute
)

// follow looks at what is written to the log, as soon as it is, until ctx ends.
func (w *Webhooks) follow(ctx context.Context) {
	settled := w.Gate.Now()
	for ctx.Err() == nil {
		next := w.Gate.NextCommit()
		isNew := w.catchUp(ctx)
		if now := w.Gate.Now(); isNew || now.Sub(settled) >= settlePause {
			w.settle(ctx)
			settled = now
		}
		select {
		case <-next:
			pause(ctx, followPause)
		case <-w.news:
		case <-time.After(settlePause):
		case <-ctx.Done():
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// catchUp looks at all there is, and lets deliveries begin meanwhile. It reports whether there are new lines.
func (w *Webhooks) catchUp(ctx context.Context) (isNew bool) {
	for ctx.Err() == nil {
		w.agree()
		isBehind := false
		for _, position := range w.positions() {
			page, err := w.Gate.Events(ctx, admission.EventFilter{Since: position, Limit: webhookPage})
			if err != nil {
				w.Log.Warn().Err(err).Msg("webhooks wait: the log cannot be read")
				pause(ctx, troublePause)
				return isNew
			}
			isNew = w.take(position, page) || isNew
			isBehind = isBehind || len(page) == webhookPage
		}
		rouse(w.due)
		if !isBehind {
			break
		}
	}
	return isNew
}

// agree takes over what webhooks there are. One that was changed is interrupted first.
func (w *Webhooks) agree() {
	rows, instances := w.Gate.Webhooks(), w.Gate.InstanceIDs()
	w.mu.Lock()
	defer w.mu.Unlock()
	there := make(map[string]bool, len(rows))
	for _, row := range rows {
		there[row.ID] = true
		h := w.hooks[row.ID]
		switch {
		case h == nil:
			h = &webhook{isStale: true}
			w.hooks[row.ID] = h
		case !reflect.DeepEqual(h.row, row):
			h.interrupt()
		}
		if h.isStale && h.flying == 0 {
			h.reset(row, w.Gate.WebhookCursors(row.ID), instances)
		}
	}
	for id, h := range w.hooks {
		if !there[id] {
			h.interrupt()
			delete(w.hooks, id)
		}
	}
}

// positions are where webhooks are in the log, each once.
func (w *Webhooks) positions() (list []uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	known := make(map[uint64]bool)
	for _, h := range w.hooks {
		if !h.isStale && !known[h.read] {
			known[h.read] = true
			list = append(list, h.read)
		}
	}
	return list
}

// take lets those who are at a position look at what the log has behind it. It reports whether there are new lines.
func (w *Webhooks) take(position uint64, page []admission.Event) (isNew bool) {
	if len(page) == 0 {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, h := range w.hooks {
		if h.isStale || h.read != position {
			continue
		}
		gap, found := h.take(page)
		isNew = isNew || found
		if gap > 0 {
			w.Log.Warn().Str("webhook", h.row.Name).Str("webhookId", h.row.ID).Uint64("upTo", gap).
				Msg("events were removed from the log before this webhook was told of them; they are skipped")
		}
	}
	return isNew
}

// settle writes up to where nothing waits.
func (w *Webhooks) settle(ctx context.Context) {
	if w.Gate.Health() != nil {
		return
	}
	if err := w.Gate.MoveWebhookCursors(ctx, w.settled()...); err != nil && ctx.Err() == nil {
		w.Log.Debug().Err(err).Msg("where webhooks are is written later")
	}
}

func (w *Webhooks) settled() (rows []admission.WebhookCursorRow) {
	instances := w.Gate.InstanceIDs()
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, h := range w.hooks {
		if h.isStale {
			continue
		}
		h.cover(instances)
		for instance, l := range h.lines {
			if seq := l.position(); seq > 0 {
				rows = append(rows, admission.WebhookCursorRow{Webhook: id, Instance: instance, Seq: seq})
			}
		}
	}
	return rows
}
