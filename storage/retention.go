package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

const (
	trimPause = time.Second
	// trimStep is how many events one transaction removes: what a commit may have to wait for is about a millisecond.
	trimStep = 500
)

// trim keeps the log of events within its bounds, in small transactions of its own, and gives the commits at least
// every other turn.
func (s *Store) trim() {
	pause := trimPause
	for s.sleep(pause) {
		began := time.Now()
		if s.trimOnce(began) {
			pause = time.Since(began)
		} else {
			pause = trimPause
		}
	}
}

// Retain changes how long events are kept, and how many; 0 = without a bound.
func (s *Store) Retain(age time.Duration, events int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.options.KeepAge, s.options.KeepEvents = age, events
}

// trimOnce removes some of the oldest events and reports whether there may be more to remove. Trouble is left to the
// next Commit, which meets it too.
func (s *Store) trimOnce(now time.Time) (goesOn bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isClosed || s.writer == nil {
		return false
	}
	first, end, err := s.expired(now)
	if err == nil && first < end {
		err = s.writer.use(func(c connection) error { return c.exec("DELETE FROM event WHERE seq < ?", int64(end)) })
	}
	if err != nil {
		_ = s.fail(err)
		return false
	}
	return end-first >= trimStep
}

// expired returns a range of events to remove now: the oldest, at most trimStep, never the newest of all, which carries
// the count over a restart. What is removed is always a beginning of the log, so that the rest has no gap.
func (s *Store) expired(now time.Time) (first, end uint64, err error) {
	row := s.writer.conn.QueryRowContext(context.Background(), "SELECT coalesce(min(seq), 0) FROM event")
	if err := row.Scan(&first); err != nil {
		return 0, 0, fmt.Errorf("find the oldest event: %w", err)
	}
	end = first
	if s.options.KeepEvents > 0 && s.lastSeq >= uint64(s.options.KeepEvents) {
		end = max(end, s.lastSeq-uint64(s.options.KeepEvents)+1)
	}
	if s.options.KeepAge > 0 {
		aged, err := s.agedUntil(first, now.Add(-s.options.KeepAge))
		if err != nil {
			return 0, 0, err
		}
		end = max(end, aged)
	}
	return first, min(end, first+trimStep, max(s.lastSeq, first)), nil
}

// agedUntil returns the first of the next events that is not older than oldest.
func (s *Store) agedUntil(first uint64, oldest time.Time) (end uint64, err error) {
	const young = "SELECT seq FROM event WHERE seq >= ? AND seq < ? AND time >= ? ORDER BY seq LIMIT 1"
	err = s.writer.conn.QueryRowContext(context.Background(), young, first, first+trimStep, oldest.UnixMilli()).Scan(&end)
	if errors.Is(err, sql.ErrNoRows) {
		return first + trimStep, nil
	}
	if err != nil {
		return 0, fmt.Errorf("find the events that are old: %w", err)
	}
	return end, nil
}
