package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

const (
	checkpointPause = 500 * time.Millisecond
	// After a failure the disk is given longer, so that a lasting one does not interrupt every other commit.
	checkpointRetry = 5 * time.Second
	// logLimit is from which size on the log is cut, in bytes. It comes to that only when readers have kept it from
	// being started afresh.
	logLimit = 64 << 20
)

// checkpointer moves what was committed from the log into the database file, beside the commits.
type checkpointer struct {
	path    string
	db      *sql.DB // nil after an error, until the next try; the goroutine's own
	limit   int64
	quit    chan struct{}
	done    chan error // the last checkpoint's error, once
	trouble atomic.Pointer[error]
}

func startCheckpoints(path string) *checkpointer {
	c := &checkpointer{path: path, limit: logLimit, quit: make(chan struct{}), done: make(chan error, 1)}
	go c.run()
	return c
}

// stop cuts the log a last time and waits until the connection is closed. Call it once.
func (c *checkpointer) stop() error {
	close(c.quit)
	return <-c.done
}

// takeTrouble returns the error of a failed checkpoint once.
func (c *checkpointer) takeTrouble() error {
	if err := c.trouble.Swap(nil); err != nil {
		return *err
	}
	return nil
}

func (c *checkpointer) run() {
	timer := time.NewTimer(checkpointPause)
	defer timer.Stop()
	for {
		select {
		case <-c.quit:
			c.done <- errors.Join(c.checkpoint("TRUNCATE"), c.disconnect())
			return
		case <-timer.C:
		}
		pause := checkpointPause
		if err := c.checkpoint(c.kind()); err != nil {
			err = errors.Join(err, c.disconnect())
			c.trouble.Store(&err)
			pause = checkpointRetry
		}
		timer.Reset(pause)
	}
}

// kind is passive, which waits for nobody and makes nobody wait, unless the log has grown too large.
func (c *checkpointer) kind() string {
	if log, err := os.Stat(c.path + "-wal"); err == nil && log.Size() > c.limit {
		return "TRUNCATE"
	}
	return "PASSIVE"
}

// checkpoint does what is possible now: a reader or writer in its way is no error, the next one does the rest.
func (c *checkpointer) checkpoint(kind string) error {
	if c.db == nil {
		db, err := connect(c.path, checkpointOptions, 1)
		if err != nil {
			return err
		}
		c.db = db
	}
	var busy, frames, moved int
	row := c.db.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint("+kind+")")
	if err := row.Scan(&busy, &frames, &moved); err != nil {
		return fmt.Errorf("checkpoint %s: %w", c.path, err)
	}
	return nil
}

func (c *checkpointer) disconnect() error {
	if c.db == nil {
		return nil
	}
	err := c.db.Close()
	c.db = nil
	return err
}
