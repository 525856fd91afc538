package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
	open, cancel := s.whileOpen()
	defer cancel()
	if err := copyTo(open, s.anchor, name); err != nil {
		return fmt.Errorf("back up to %s: %w", name, err)
	}
	return nil
}

// BackupFile is Backup of a database that no Store of this process has open. It may be in use by another.
func BackupFile(ctx context.Context, path, name string) (err error) {
	db, err := connect(path, copyOptions, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := identify(db); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	if err := copyTo(ctx, db, name); err != nil {
		return fmt.Errorf("back up to %s: %w", name, err)
	}
	return nil
}

// executor is what a pool and one connection have in common to write with.
type executor interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// copyTo writes the copy under another name first. A context that ends in the middle ends the connection too.
func copyTo(ctx context.Context, db executor, name string) (err error) {
	draft := name + draftSuffix
	f, err := os.OpenFile(draft, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600) // SQLite writes into an empty file
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, f.Close())
		if err != nil {
			_ = os.Remove(draft)
		}
	}()
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", draft); err != nil {
		return err
	}
	return Settle(f, name)
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
