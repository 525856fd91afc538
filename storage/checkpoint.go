package storage

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	checkpointPause = 500 * time.Millisecond
	// After a failure the disk is given longer, so that a lasting one does not interrupt every other commit.
	checkpointRetry = 5 * time.Second
	// logLimit is from which size on the log is made to start afresh, in bytes. It comes to that only when commits
	// without a pause, or readers, have kept it from doing so by itself.
	logLimit = 64 << 20
)

// checkpointer moves what was committed from the log into the database file, beside the commits.
type checkpointer struct {
	path    string
	normal  bool // commits do not sync the log
	files   files
	lock    *lockFile
	commits sync.Locker // held by whoever keeps commits out
	limit   int64
	db      *sql.DB // nil after an error, until the next try; the goroutine's own
	quit    chan struct{}
	done    chan error // the last checkpoint's error, once
	trouble atomic.Pointer[error]
	idle    atomic.Bool // the database is not to be touched
}

func startCheckpoints(s *Store) *checkpointer {
	c := &checkpointer{
		path: s.path, normal: s.options.Normal, files: s.files, lock: s.lock, commits: &s.mu, limit: logLimit,
		quit: make(chan struct{}), done: make(chan error, 1),
	}
	go c.run()
	return c
}

// stop moves the whole log a last time and waits until the connections are closed. Call it once, when nothing else
// reads or writes.
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
			c.done <- c.finish()
			return
		case <-timer.C:
		}
		pause := checkpointPause
		if err := c.advance(); err != nil {
			err = errors.Join(err, c.disconnect())
			c.trouble.Store(&err)
			pause = checkpointRetry
		}
		timer.Reset(pause)
	}
}

// finish moves everything, after which the log is not needed any more, and lets the last connection remove it.
func (c *checkpointer) finish() error {
	var err error
	if !c.idle.Load() {
		if err = c.move(); err == nil {
			err = c.lock.use(false)
		}
	}
	return errors.Join(err, c.disconnect())
}

func (c *checkpointer) advance() error {
	if c.idle.Load() {
		return c.disconnect()
	}
	if err := c.move(); err != nil {
		return err
	}
	if log, err := os.Stat(c.path + "-wal"); err == nil && log.Size() > c.limit {
		return c.startAfresh()
	}
	return nil
}

// move moves what is committed by now. A reader of an older state in its way is no error: the next one does the rest.
//
// The mark must be durable before the first frame is moved, and SQLite moves what is committed when it begins, which
// may be more by then. So a reader holds the state still that the mark tells of: what comes later stays in the log.
func (c *checkpointer) move() error {
	if err := c.files.check(); err != nil {
		return err
	}
	if err := c.connect(); err != nil {
		return err
	}
	still, err := holdStill(c.db)
	if err != nil {
		return err
	}
	defer func() { _ = still.Rollback() }() // it only reads
	frames, moved, err := c.checkpoint("NOOP")
	if err != nil || frames <= moved {
		return err
	}
	if err := c.announce(frames); err != nil {
		return err
	}
	_, _, err = c.checkpoint("PASSIVE")
	return err
}

// startAfresh has the next commit begin the log anew, while no commit can come in between.
func (c *checkpointer) startAfresh() error {
	c.commits.Lock()
	defer c.commits.Unlock()
	frames, _, err := c.checkpoint("NOOP")
	if err != nil {
		return err
	}
	if err := c.announce(frames); err != nil {
		return err
	}
	_, _, err = c.checkpoint("RESTART")
	return err
}

// announce marks up to where the log is about to be moved. Only what is durable may be marked.
func (c *checkpointer) announce(frames int) error {
	if c.normal {
		if err := syncFile(c.path + "-wal"); err != nil {
			return fmt.Errorf("sync the log: %w", err)
		}
	}
	generation, err := generationOf(c.path)
	if err != nil {
		return err
	}
	return c.lock.put(mark{InUse: true, Opened: true, Log: generation, Moved: frames})
}

// checkpoint returns how many frames the log has, and how many of them are in the file.
func (c *checkpointer) checkpoint(kind string) (frames, moved int, err error) {
	var busy int
	row := c.db.QueryRow("PRAGMA wal_checkpoint(" + kind + ")")
	if err := row.Scan(&busy, &frames, &moved); err != nil {
		return 0, 0, fmt.Errorf("checkpoint %s: %w", c.path, err)
	}
	return frames, moved, nil
}

// connect makes room for two connections: one that moves, one that holds the log still.
func (c *checkpointer) connect() (err error) {
	if c.db == nil {
		c.db, err = connect(c.path, checkpointOptions, 2)
	}
	return err
}

func (c *checkpointer) disconnect() error {
	if c.db == nil {
		return nil
	}
	err := c.db.Close()
	c.db = nil
	return err
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
