package gate

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"gatekeeper/admission"
)

// webhooks knows who is to be told of what happens, and how far each has been told.
type webhooks struct {
	mu      sync.RWMutex // guards the maps; taken before the journal, so that both have one order
	rows    map[string]admission.WebhookRow
	cursors map[string]map[admission.InstanceID]uint64
}

func newWebhooks() *webhooks {
	return &webhooks{rows: make(map[string]admission.WebhookRow), cursors: make(map[string]map[admission.InstanceID]uint64)}
}

// restore fills it at a start, before anybody else sees it.
func (w *webhooks) restore(s *admission.Snapshot) {
	for _, row := range s.Webhooks {
		w.rows[row.ID] = row
	}
	for _, row := range s.WebhookCursors {
		w.advance(row)
	}
}

// advance notes how far a webhook has been told, and reports whether that is news; w.mu is held. A webhook that is gone
// has no cursors.
func (w *webhooks) advance(row admission.WebhookCursorRow) bool {
	if _, isThere := w.rows[row.Webhook]; !isThere || row.Seq <= w.cursors[row.Webhook][row.Instance] {
		return false
	}
	if w.cursors[row.Webhook] == nil {
		w.cursors[row.Webhook] = make(map[admission.InstanceID]uint64)
	}
	w.cursors[row.Webhook][row.Instance] = row.Seq
	return true
}

// Webhooks lists them, oldest first.
func (g *Gate) Webhooks() []admission.WebhookRow {
	g.webhooks.mu.RLock()
	defer g.webhooks.mu.RUnlock()
	return slices.SortedFunc(maps.Values(g.webhooks.rows), func(a, b admission.WebhookRow) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), strings.Compare(a.ID, b.ID))
	})
}

// Webhook finds one. Error: ErrUnknownWebhook.
func (g *Gate) Webhook(id string) (admission.WebhookRow, error) {
	g.webhooks.mu.RLock()
	defer g.webhooks.mu.RUnlock()
	row, found := g.webhooks.rows[id]
	if !found {
		return row, ErrUnknownWebhook
	}
	return row, nil
}

// WebhookCursors tells up to which event of each instance a webhook has been told. The caller owns the map.
func (g *Gate) WebhookCursors(id string) map[admission.InstanceID]uint64 {
	g.webhooks.mu.RLock()
	defer g.webhooks.mu.RUnlock()
	return maps.Clone(g.webhooks.cursors[id])
}

// MoveWebhookCursors writes how far webhooks have been told, and waits until that is durable. Cursors never go back,
// and those of a webhook that was removed meanwhile are left out. It is taken in during a stop, too: what a receiver has
// taken need not be told it again. Error: ErrUnavailable.
func (g *Gate) MoveWebhookCursors(ctx context.Context, rows ...admission.WebhookCursorRow) error {
	return g.durable(ctx, g.webhooks.move(g.journal, rows))
}

func (w *webhooks) move(j *journal, rows []admission.WebhookCursorRow) (entry uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := &admission.Change{}
	for _, row := range rows {
		if w.advance(row) {
			c.Records = append(c.Records, admission.PutWebhookCursor{Row: row})
		}
	}
	if len(c.Records) == 0 {
		return j.newest() // it is in memory already, which does not say that it is written
	}
	return j.append(c)
}

// AddWebhook makes a webhook, whose ID, Since, CreatedBy and CreatedAt it sets. Errors: admission.ErrInvalidWebhook,
// ErrTooManyWebhooks, ErrUnknownInstance, ErrUnavailable.
func (o Operator) AddWebhook(ctx context.Context, row admission.WebhookRow) (admission.WebhookRow, error) {
	g, w := o.gate, o.gate.webhooks
	newest, err := g.newestEvent(ctx)
	if err != nil {
		return row, err
	}
	row.ID, row.Since, row.CreatedBy = g.UUID(), newest, o.name
	if err := g.checkWebhook(&row); err != nil {
		return row, err
	}
	err = g.under(ctx, &w.mu, func(now time.Time) (*admission.Change, error) {
		if len(w.rows) >= admission.MaxWebhooks {
			return nil, ErrTooManyWebhooks
		}
		row.CreatedAt = now
		w.rows[row.ID] = row
		return &admission.Change{
			Records: []admission.Record{admission.PutWebhook{Row: row}},
			Events: []admission.Event{o.deed(admission.EventAdminWebhookAdded, now, map[string]any{
				"name": row.Name, "webhookId": row.ID, "after": summary(&row),
			})},
		}, nil
	})
	return row, err
}

// ChangeWebhook applies what edit does to a webhook, unless edit returns an error, which is returned. Of instances that
// it did not cover before, it is told of what happens from now on. Errors: ErrUnknownWebhook,
// admission.ErrInvalidWebhook, ErrUnknownInstance, ErrUnavailable.
func (o Operator) ChangeWebhook(ctx context.Context, id string, edit func(*admission.WebhookRow) error) (after admission.WebhookRow, err error) {
	g, w := o.gate, o.gate.webhooks
	newest, err := g.newestEvent(ctx)
	if err != nil {
		return after, err
	}
	err = g.under(ctx, &w.mu, func(now time.Time) (*admission.Change, error) {
		before, found := w.rows[id]
		if !found {
			return nil, ErrUnknownWebhook
		}
		after = before
		if err := edit(&after); err != nil {
			return nil, err
		}
		if err := g.checkWebhook(&after); err != nil {
			return nil, err
		}
		w.rows[id] = after
		c := &admission.Change{Records: []admission.Record{admission.PutWebhook{Row: after}}}
		for _, instance := range append(g.InstanceIDs(), "") {
			row := admission.WebhookCursorRow{Webhook: id, Instance: instance, Seq: newest}
			if after.Covers(instance) && !before.Covers(instance) && w.advance(row) {
				c.Records = append(c.Records, admission.PutWebhookCursor{Row: row})
			}
		}
		c.Events = append(c.Events, o.deed(admission.EventAdminWebhookChanged, now, map[string]any{
			"name": after.Name, "webhookId": id, "before": summary(&before), "after": summary(&after),
			"address": after.URL != before.URL, "secret": after.Secret != before.Secret,
		}))
		return c, nil
	})
	return after, err
}

// RemoveWebhook ends a webhook: what waits for it is forgotten. Errors: ErrUnknownWebhook, ErrUnavailable.
func (o Operator) RemoveWebhook(ctx context.Context, id string) error {
	w := o.gate.webhooks
	return o.gate.under(ctx, &w.mu, func(now time.Time) (*admission.Change, error) {
		row, found := w.rows[id]
		if !found {
			return nil, ErrUnknownWebhook
		}
		delete(w.rows, id)
		delete(w.cursors, id)
		return &admission.Change{
			Records: []admission.Record{admission.DropWebhook{ID: id}},
			Events: []admission.Event{o.deed(admission.EventAdminWebhookRemoved, now, map[string]any{
				"name": row.Name, "webhookId": id, "before": summary(&row),
			})},
		}, nil
	})
}

// summary tells in the audit trail, which viewers read, what a webhook is: without its secret, and without more of its
// address than the host, because the rest may be one.
func summary(row *admission.WebhookRow) map[string]any {
	return map[string]any{"host": row.Host(), "events": row.Events, "instances": row.Instances, "isPaused": row.IsPaused}
}

func (g *Gate) checkWebhook(row *admission.WebhookRow) error {
	if err := row.Validate(); err != nil {
		return err
	}
	for _, id := range row.Instances {
		if g.instance(id) == nil {
			return ErrUnknownInstance
		}
	}
	return nil
}

// InstanceIDs lists every instance, closed ones too, in order.
func (g *Gate) InstanceIDs() (ids []admission.InstanceID) {
	for _, in := range g.all() {
		ids = append(ids, in.id)
	}
	return ids
}

// newestEvent returns the number of the newest event that is durable.
func (g *Gate) newestEvent(ctx context.Context) (seq uint64, err error) {
	newest, err := g.Events(ctx, admission.EventFilter{NewestFirst: true, Limit: 1})
	if err != nil {
		return 0, errors.Join(ErrUnavailable, err)
	}
	if len(newest) > 0 {
		seq = newest[0].Seq
	}
	return seq, nil
}
