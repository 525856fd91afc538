package storage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"gatekeeper/admission"
)

// Commit writes the records and events in one transaction, in their order, and what more returns, after them, until that
// is nothing; more may be nil. It returns when they are as durable as the options promise. One goroutine at a time may
// call it, and more is called from that.
//
// After an error nothing of the batch counts as written, and the next Commit begins with fresh connections to a file
// that it has looked at first. The caller may give the same batch again: records are upserts and deletes by key, and
// an event whose Seq is there already is left alone, so nothing is lost and nothing doubled, even if the failed commit
// did reach the disk. An error of a checkpoint beside the commits is reported by the next Commit, once, before it
// writes anything. Errors: ErrClosed, ErrCorrupt from the moment that damage was found, ErrMissing while the file or
// its log is not where it was opened, ErrRolledBack; else trouble with the file or a row that breaks a rule of the
// schema.
func (s *Store) Commit(records []admission.Record, events []admission.Event, more admission.More) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.isClosed:
		return ErrClosed
	case s.condemned != nil:
		return explain(s.condemned)
	}
	if err := s.commit(records, events, more); err != nil {
		return fmt.Errorf("commit %d records and %d events: %w", len(records), len(events), explain(s.fail(err)))
	}
	return nil
}

func (s *Store) commit(records []admission.Record, events []admission.Event, more admission.More) error {
	if err := s.checker.takeTrouble(); err != nil {
		return err
	}
	if s.writer == nil {
		if err := s.reopen(); err != nil {
			return err
		}
	}
	newest, err := s.writer.commit(records, events, more)
	if err != nil {
		return err
	}
	if err := s.files.check(); err != nil {
		return err // what went into a file without a name is lost with the process
	}
	s.lastSeq = max(s.lastSeq, newest)
	return nil
}

// fail closes the connection that failed, and gives a damaged database up. s.mu is held.
func (s *Store) fail(err error) error {
	if isDamage(err) {
		s.condemned = damaged(s.path, err)
		s.checker.idle.Store(true)
		err = s.condemned
	}
	if s.writer != nil {
		err = errors.Join(err, s.writer.close())
		s.writer = nil
	}
	return err
}

// reopen connects once more, if the file is still the one that was opened, is sound, and has all that was committed.
// A large one was checked at the start: here it would hold everybody up.
func (s *Store) reopen() error {
	if err := s.files.check(); err != nil {
		return err
	}
	w, err := openWriter(s.path, s.options)
	if err != nil {
		return err
	}
	if !isLarge(s.path) {
		err = check(context.Background(), w.conn, s.path)
	}
	seq, seqErr := highestSeq(w.conn)
	if err = errors.Join(err, seqErr); err == nil && seq < s.lastSeq {
		err = fmt.Errorf("%w: %s ends with event %d, and %d was written; stop, and restore a backup with `gatekeeper restore FILE`",
			ErrRolledBack, s.path, seq, s.lastSeq)
	}
	if err != nil {
		return errors.Join(err, w.close())
	}
	s.writer = w
	return nil
}

func highestSeq(db querier) (seq uint64, err error) {
	err = db.QueryRowContext(context.Background(), "SELECT coalesce(max(seq), 0) FROM event").Scan(&seq)
	if err != nil {
		return 0, fmt.Errorf("find the newest event: %w", err)
	}
	return seq, nil
}

// writer is the one connection that writes, with its prepared statements. It speaks to the driver itself: what
// database/sql does for each statement would be a tenth of a commit.
type writer struct {
	db       *sql.DB
	conn     *sql.Conn
	prepared map[string]driver.StmtExecContext // by their text
	args     []driver.NamedValue               // of the statement at hand
}

// openWriter connects and makes sure that the file is still the one that was opened.
func openWriter(path string, o Options) (*writer, error) {
	db, err := connect(path, writerOptions(o), 1)
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(context.Background())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("connect to %s: %w", path, err), db.Close())
	}
	w := &writer{db: db, conn: conn, prepared: make(map[string]driver.StmtExecContext)}
	version, err := identify(conn)
	if err == nil && version == 0 {
		err = ErrNotOurs
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("look at %s: %w", path, err), w.close())
	}
	return w, nil
}

func (w *writer) close() error {
	err := w.conn.Raw(func(any) (err error) {
		for _, stmt := range w.prepared {
			err = errors.Join(err, stmt.(driver.Stmt).Close())
		}
		return err
	})
	return errors.Join(err, w.conn.Close(), w.db.Close())
}

// commit returns the number of the newest event. It leaves an open transaction behind where it fails; closing the
// connection takes it back.
func (w *writer) commit(records []admission.Record, events []admission.Event, more admission.More) (newest uint64, err error) {
	err = w.use(func(c connection) error {
		if err := c.exec("BEGIN IMMEDIATE"); err != nil {
			return fmt.Errorf("begin: %w", err)
		}
		for len(records)+len(events) > 0 {
			if err := c.writeAll(records, events); err != nil {
				return err
			}
			if len(events) > 0 {
				newest = events[len(events)-1].Seq
			}
			if records, events = nil, nil; more != nil {
				records, events = more()
			}
		}
		if err := c.exec("COMMIT"); err != nil {
			return fmt.Errorf("commit: %w", err)
		}
		return nil
	})
	return newest, err
}

func (c connection) writeAll(records []admission.Record, events []admission.Event) error {
	for _, r := range records {
		if err := c.write(r); err != nil {
			return fmt.Errorf("write %T: %w", r, err)
		}
	}
	for i := range events {
		if err := c.append(&events[i]); err != nil {
			return fmt.Errorf("write event %d: %w", events[i].Seq, err)
		}
	}
	return nil
}

// use hands the driver's own connection to a function.
func (w *writer) use(do func(connection) error) error {
	return w.conn.Raw(func(raw any) error {
		preparer, isOne := raw.(driver.ConnPrepareContext)
		if !isOne {
			return fmt.Errorf("%T cannot prepare statements", raw)
		}
		return do(connection{w, preparer})
	})
}

// connection is the writer within [writer.use].
type connection struct {
	*writer
	driver.ConnPrepareContext
}

// exec runs a statement that is prepared the first time and kept. No context: cancelling one would kill the
// connection in the middle of others' rows.
func (c connection) exec(query string, args ...any) error {
	stmt, err := c.prepare(query)
	if err != nil {
		return err
	}
	c.args = c.args[:0]
	for i, arg := range args {
		value, err := driver.DefaultParameterConverter.ConvertValue(arg)
		if err != nil {
			return err
		}
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: value})
	}
	_, err = stmt.ExecContext(context.Background(), c.args)
	return err
}

func (c connection) prepare(query string) (driver.StmtExecContext, error) {
	if stmt := c.prepared[query]; stmt != nil {
		return stmt, nil
	}
	made, err := c.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, err
	}
	stmt, isExec := made.(driver.StmtExecContext)
	if !isExec {
		return nil, errors.Join(errors.New("the driver cannot run statements"), made.Close())
	}
	c.prepared[query] = stmt
	return stmt, nil
}
