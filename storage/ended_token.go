package storage

import (
	"database/sql"

	"gatekeeper/admission"
)

const (
	putEndedToken = `
INSERT INTO ended_token (hash, expires_at) VALUES (?, ?)
ON CONFLICT (hash) DO UPDATE SET expires_at = excluded.expires_at`
	dropEndedTokens = `DELETE FROM ended_token WHERE expires_at <= ?`
)

func (c connection) putEndedToken(e *admission.PutEndedToken) error {
	if err := c.exec(putEndedToken, hashOf(e.Row.Hash), millis(e.Row.ExpiresAt)); err != nil {
		return err
	}
	return c.exec(dropEndedTokens, millis(e.Now))
}

const selectEndedTokens = `
SELECT hash, expires_at
FROM ended_token ORDER BY expires_at, hash`

func scanEndedToken(rows *sql.Rows, e *admission.EndedTokenRow) error {
	return rows.Scan((*hashColumn)(&e.Hash), (*timeColumn)(&e.ExpiresAt))
}
