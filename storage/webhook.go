package storage

import (
	"database/sql"
	"errors"

	"gatekeeper/admission"
)

const (
	putWebhook = `
INSERT INTO webhook (id, name, url, secret, events, instances, is_paused, since, created_by, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, url = excluded.url, secret = excluded.secret,
	events = excluded.events, instances = excluded.instances, is_paused = excluded.is_paused, since = excluded.since,
	created_by = excluded.created_by, created_at = excluded.created_at`
	dropWebhook        = `DELETE FROM webhook WHERE id = ?`
	dropWebhookCursors = `DELETE FROM webhook_cursor WHERE webhook = ?`
	// One that comes after the removal of its webhook is too late to matter.
	putWebhookCursor = `
INSERT INTO webhook_cursor (webhook, instance, seq)
SELECT w.id, ?2, ?3 FROM webhook AS w WHERE w.id = ?1
ON CONFLICT (webhook, instance) DO UPDATE SET seq = max(seq, excluded.seq)`
)

func (c connection) putWebhook(w *admission.WebhookRow) error {
	events, err := listOf(w.Events)
	if err != nil {
		return err
	}
	instances, err := listOf(w.Instances)
	if err != nil {
		return err
	}
	return c.exec(putWebhook, w.ID, w.Name, w.URL, w.Secret, events, instances, w.IsPaused, int64(w.Since),
		w.CreatedBy, millis(w.CreatedAt))
}

func (c connection) dropWebhook(id string) error {
	return errors.Join(c.exec(dropWebhookCursors, id), c.exec(dropWebhook, id))
}

const selectWebhooks = `
SELECT id, name, url, secret, events, instances, is_paused, since, created_by, created_at
FROM webhook ORDER BY created_at, id`

func scanWebhook(rows *sql.Rows, w *admission.WebhookRow) error {
	return rows.Scan(&w.ID, &w.Name, &w.URL, &w.Secret, (*listColumn[string])(&w.Events),
		(*listColumn[admission.InstanceID])(&w.Instances), &w.IsPaused, &w.Since, &w.CreatedBy, (*timeColumn)(&w.CreatedAt))
}

const selectWebhookCursors = `
SELECT webhook, instance, seq
FROM webhook_cursor ORDER BY webhook, instance`

func scanWebhookCursor(rows *sql.Rows, c *admission.WebhookCursorRow) error {
	return rows.Scan(&c.Webhook, &c.Instance, &c.Seq)
}
