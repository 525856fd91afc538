package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite"
)

// draftSuffix marks files that are not complete yet; a start removes those that a killed process left.
const draftSuffix = ".tmp"

// Backup writes a copy of the database, as of one moment, to a new file that is complete and durable when it returns
// and not there before. Commits go on meanwhile. One backup runs at a time; more wait. Where the file was taken away
// while the Store has it open, the copy still has everything that was committed.
func (s *Store) Backup(ctx context.Context, name string) error {
	s.copying.Lock()
	defer s.copying.Unlock()
	if err := ctx.Err(); err != nil {
		return err // it waited for another for too long
	}
	ctx, cancel := s.whileOpen(ctx)
	defer cancel()
	if err := copyTo(ctx, s.anchor, name); err != nil {
		return fmt.Errorf("back up to %s: %w", name, err)
	}
	return nil
}

// BackupFile is Backup of a database that no Store of this process has open. It may be in use by another.
func BackupFile(ctx context.Context, path, name string) (err error) {
	db, err := connect(path, readOptions, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := identify(conn); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	if err := copyTo(ctx, conn, name); err != nil {
		return fmt.Errorf("back up to %s: %w", name, err)
	}
	return nil
}

// copyTo writes the copy, as of one moment, under another name first. It gives up with ctx, between two steps.
func copyTo(ctx context.Context, conn *sql.Conn, name string) (err error) {
	f, err := os.OpenFile(name+draftSuffix, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600) // SQLite writes into an empty file
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, f.Close())
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	still, err := holdStill(conn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, still.Rollback()) }()
	if err := conn.Raw(func(driver any) error { return copyPages(ctx, driver.(source), f) }); err != nil {
		return err
	}
	if err := checkCopy(ctx, f.Name()); err != nil {
		return err
	}
	return Settle(f, name)
}

// checkCopy makes sure that a copy is sound before it takes the place of an older one. Nobody else knows of it yet.
func checkCopy(ctx context.Context, draft string) (err error) {
	db, err := connect(draft, readOptions+"&immutable=1", 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return check(ctx, db, draft)
}

// holdStill begins to read, so that one state stays to be seen until the transaction is rolled back: what is committed
// later stays in the log.
func holdStill(db interface {
	BeginTx(ctx context.Context, opts *sql.TxOptions) (*sql.Tx, error)
},
) (*sql.Tx, error) {
	tx, err := db.BeginTx(context.Background(), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("hold the database still: %w", err)
	}
	var objects int
	if err := tx.QueryRow("SELECT count(*) FROM sqlite_schema").Scan(&objects); err != nil { // it begins with its first read
		return nil, errors.Join(fmt.Errorf("hold the database still: %w", err), tx.Rollback())
	}
	return tx, nil
}

// source is what the driver offers beside database/sql.
type source interface {
	NewBackup(uri string) (*sqlite.Backup, error)
}

// A step is written and synced by itself, and followed by a pause as long as it took. Written at once, a whole copy
// would have every commit's sync wait behind it: admissions took seven times as long at the 99th percentile.
const (
	pagesAStep = 64
	leastPause = 2 * time.Millisecond
)

func copyPages(ctx context.Context, from source, draft *os.File) (err error) {
	b, err := from.NewBackup(address(draft.Name(), "mode=rw"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Finish()) }()
	for {
		began := time.Now()
		goesOn, err := b.Step(pagesAStep)
		if err == nil {
			err = draft.Sync()
		}
		if err != nil || !goesOn {
			return err
		}
		select {
		case <-time.After(max(leastPause, time.Since(began))):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Settle makes a draft that is complete durable under its name, in the same folder.
func Settle(draft *os.File, name string) error {
	if err := draft.Sync(); err != nil {
		return err
	}
	if err := os.Rename(draft.Name(), name); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(name))
}
