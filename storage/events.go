package storage

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

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

func (c connection) append(e *admission.Event) error {
	var data any
	if len(e.Data) > 0 {
		text, err := json.Marshal(e.Data)
		if err != nil {
			return fmt.Errorf("encode its data: %w", err)
		}
		data = string(text)
	}
	return c.exec(putEvent, int64(e.Seq), millis(e.Time), string(e.Name), string(e.Instance), string(e.Attempt),
		string(e.Session), string(e.Account), string(e.Character), e.Reason, data)
}

// Events returns committed events that the filter chooses, in order of Seq, or the other way round where it says so:
// 1,000 unless f.Limit says otherwise, and never more than 10,000. None are left when it returns none. Numbers in Data
// are json.Number, so that they encode as they were written. The caller owns the events.
func (s *Store) Events(ctx context.Context, f admission.EventFilter) ([]admission.Event, error) {
	events, err := s.events(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("read events after %d: %w", f.Since, err)
	}
	return events, nil
}

func (s *Store) events(ctx context.Context, f admission.EventFilter) ([]admission.Event, error) {
	q, err := s.eventQuery(ctx, f)
	if err != nil {
		return nil, err
	}
	order, limit := "", f.Limit
	if f.NewestFirst {
		order = " DESC"
	}
	if limit <= 0 {
		limit = defaultEvents
	}
	text := "SELECT seq, time, name, instance, attempt, session, account, character, reason, data\nFROM event WHERE " +
		strings.Join(q.conditions, " AND ") + " ORDER BY seq" + order + " LIMIT ?"
	return list(ctx, s.readers, text, scanEvent, append(q.args, min(limit, maxEvents))...)
}

// eventQuery is the part of a query that chooses.
type eventQuery struct {
	conditions []string
	args       []any
}

func (q *eventQuery) where(condition string, args ...any) {
	q.conditions = append(q.conditions, condition)
	q.args = append(q.args, args...)
}

func (s *Store) eventQuery(ctx context.Context, f admission.EventFilter) (q eventQuery, err error) {
	if err := s.narrow(ctx, &f); err != nil {
		return q, err
	}
	q.where("seq > ?", min(f.Since, math.MaxInt64))
	if f.Before > 0 {
		q.where("seq < ?", min(f.Before, math.MaxInt64))
	}
	if !f.From.IsZero() {
		q.where("time >= ?", millis(f.From))
	}
	if !f.To.IsZero() {
		q.where("time < ?", millis(f.To))
	}
	if f.Name != "" {
		q.where("(name = ? OR substr(name, 1, ?) = ?)", f.Name, len(f.Name), strings.TrimSuffix(f.Name, ".")+".")
	}
	for _, field := range []struct{ column, value string }{
		{"instance", string(f.Instance)},
		{"attempt", string(f.Attempt)},
		{"session", string(f.Session)},
		{"account", string(f.Account)},
		{"character", string(f.Character)},
		{"reason", f.Reason},
	} {
		if field.value != "" {
			q.where(field.column+" = ?", field.value)
		}
	}
	return q, nil
}

// disorder is by how many events the order of times may differ from that of numbers: those of one moment come from
// many places.
const disorder = 10_000

// narrow turns bounds of time into bounds of numbers, which have an index: the times rise with the numbers, but for
// some disorder. A clock that was put back leaves less to find, never something wrong.
func (s *Store) narrow(ctx context.Context, f *admission.EventFilter) error {
	if !f.From.IsZero() {
		first, err := s.firstSince(ctx, millis(f.From))
		if err != nil {
			return err
		}
		f.Since = max(f.Since, first-min(first, disorder))
	}
	if f.To.IsZero() {
		return nil
	}
	end, err := s.firstSince(ctx, millis(f.To))
	if err != nil {
		return err
	}
	if end += disorder; f.Before == 0 || end < f.Before {
		f.Before = end
	}
	return nil
}

// firstSince finds, by bisection, the number of the first event that is not older than a time; one more than the newest
// where all are.
func (s *Store) firstSince(ctx context.Context, oldest int64) (uint64, error) {
	var low, high uint64
	bounds := s.readers.QueryRowContext(ctx, "SELECT coalesce(min(seq), 1), coalesce(max(seq), 0) + 1 FROM event")
	if err := bounds.Scan(&low, &high); err != nil {
		return 0, err
	}
	for low < high {
		middle, at := low+(high-low)/2, int64(0)
		row := s.readers.QueryRowContext(ctx, "SELECT time FROM event WHERE seq = ?", middle)
		if err := row.Scan(&at); err != nil && !errors.Is(err, sql.ErrNoRows) {
			return 0, err // a number that is gone meanwhile is old
		}
		if at < oldest {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, nil
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
