package storage

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"

	"gatekeeper/admission"
)

// How many events one call returns: the default, and the most that may be asked for.
const (
	defaultEvents = 1000
	maxEvents     = 10_000
)

const putEvent = `
INSERT INTO event (seq, time, name, instance, attempt, session, account, character, reason, data)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (seq) DO NOTHING`

func (w *writer) append(e *admission.Event) error {
	var data any
	if len(e.Data) > 0 {
		text, err := json.Marshal(e.Data)
		if err != nil {
			return fmt.Errorf("encode its data: %w", err)
		}
		data = string(text)
	}
	return w.exec(putEvent, e.Seq, millis(e.Time), e.Name, e.Instance, e.Attempt, e.Session, e.Account, e.Character,
		e.Reason, data)
}

const selectEvents = `
SELECT seq, time, name, instance, attempt, session, account, character, reason, data
FROM event WHERE seq > ? ORDER BY seq LIMIT ?`

// Events returns committed events after f.Since in order of Seq: 1,000 unless f.Limit says otherwise, and never more
// than 10,000. None are left when it returns none. Numbers in Data are json.Number, so that they encode as they were
// written. The caller owns the events.
func (s *Store) Events(ctx context.Context, f admission.EventFilter) ([]admission.Event, error) {
	limit := f.Limit
	if limit <= 0 {
		limit = defaultEvents
	}
	events, err := list(ctx, s.readers, selectEvents, scanEvent, min(f.Since, math.MaxInt64), min(limit, maxEvents))
	if err != nil {
		return nil, fmt.Errorf("read events after %d: %w", f.Since, err)
	}
	return events, nil
}

func scanEvent(rows *sql.Rows, e *admission.Event) error {
	var data sql.RawBytes
	err := rows.Scan(&e.Seq, (*timeColumn)(&e.Time), &e.Name, &e.Instance, &e.Attempt, &e.Session, &e.Account,
		&e.Character, &e.Reason, &data)
	if err != nil || data == nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&e.Data); err != nil {
		return fmt.Errorf("decode the data of event %d: %w", e.Seq, err)
	}
	return nil
}
