package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"gatekeeper/admission"
)

const (
	putSample = `
INSERT INTO sample (step, instance, time, capacity, reserved, active, grace, queue, admissions, wait_p50_ms,
	wait_p95_ms, failures)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (step, instance, time) DO UPDATE SET capacity = excluded.capacity, reserved = excluded.reserved,
	active = excluded.active, grace = excluded.grace, queue = excluded.queue, admissions = excluded.admissions,
	wait_p50_ms = excluded.wait_p50_ms, wait_p95_ms = excluded.wait_p95_ms, failures = excluded.failures`
	dropSamples = `DELETE FROM sample WHERE step = ? AND instance = ? AND time < ?`
)

func (c connection) putSample(r *admission.PutSample) error {
	s, failures := &r.Sample, "{}"
	if len(s.Failures) > 0 {
		text, err := json.Marshal(s.Failures)
		if err != nil {
			return err
		}
		failures = string(text)
	}
	step := int64(s.Step / time.Second)
	err := c.exec(putSample, step, s.Instance, millis(s.Time), s.Capacity, s.Reserved, s.Active, s.Grace, s.Queue,
		s.Admissions, waitOf(s.WaitP50), waitOf(s.WaitP95), failures)
	if err != nil {
		return err
	}
	return c.exec(dropSamples, step, s.Instance, millis(r.OldestKept))
}

// waitOf is a wait as it is stored: NULL where nobody had waited.
func waitOf(d time.Duration) any {
	if d < 0 {
		return nil
	}
	return d.Milliseconds()
}

const selectSamples = `
SELECT step, instance, time, capacity, reserved, active, grace, queue, admissions, wait_p50_ms, wait_p95_ms, failures
FROM sample WHERE step = ? AND instance = ? AND time >= ? ORDER BY time`

// Samples returns committed samples of one instance and step, oldest first. The caller owns them.
func (s *Store) Samples(ctx context.Context, f admission.SampleFilter) ([]admission.Sample, error) {
	samples, err := list(ctx, s.readers, selectSamples, scanSample, int64(f.Step/time.Second), f.Instance, millis(f.From))
	if err != nil {
		return nil, fmt.Errorf("read the samples of %q: %w", f.Instance, err)
	}
	return samples, nil
}

func scanSample(rows *sql.Rows, s *admission.Sample) error {
	var step int64
	var p50, p95 sql.NullInt64
	var failures string
	err := rows.Scan(&step, &s.Instance, (*timeColumn)(&s.Time), &s.Capacity, &s.Reserved, &s.Active, &s.Grace, &s.Queue,
		&s.Admissions, &p50, &p95, &failures)
	if err != nil {
		return err
	}
	s.Step, s.WaitP50, s.WaitP95 = time.Duration(step)*time.Second, waitFrom(p50), waitFrom(p95)
	if failures == "{}" {
		return nil
	}
	return json.Unmarshal([]byte(failures), &s.Failures)
}

func waitFrom(ms sql.NullInt64) time.Duration {
	if !ms.Valid {
		return -1
	}
	return time.Duration(ms.Int64) * time.Millisecond
}
