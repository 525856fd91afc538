package storage

import (
	"database/sql"

	"gatekeeper/admission"
)

const (
	putTicketUse = `
INSERT INTO ticket_use (id, expires_at) VALUES (?, ?)
ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at`
	dropTicketUses = `DELETE FROM ticket_use WHERE expires_at <= ?`
)

func (c connection) putTicketUse(u *admission.PutTicketUse) error {
	if err := c.exec(putTicketUse, u.Row.ID, millis(u.Row.ExpiresAt)); err != nil {
		return err
	}
	return c.exec(dropTicketUses, millis(u.Now))
}

const selectTicketUses = `
SELECT id, expires_at
FROM ticket_use ORDER BY expires_at, id`

func scanTicketUse(rows *sql.Rows, u *admission.TicketUseRow) error {
	return rows.Scan(&u.ID, (*timeColumn)(&u.ExpiresAt))
}
