// Package storage keeps the engine's rows and events in one SQLite file. It is the only importer of database/sql.
//
// One connection writes: each [Store.Commit] is one transaction over rows that are upserted or deleted by key, so
// that a batch may be written twice. Reads use a pool of their own and never wait for the writer. Checkpoints, which
// move what was committed from the log into the file, run beside the commits on a third connection. A lock file
// keeps a second process out.
package storage

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// Options are what an operator may choose about the database.
type Options struct {
	// Normal trades survival of a power loss for speed: what was committed within the last moments may then be
	// gone. A killed process loses nothing either way.
	Normal bool
}

// Store is an open database. Its methods may be called concurrently, Commit by one goroutine at a time.
type Store struct {
	path    string // absolute
	options Options
	lock    *os.File
	readers *sql.DB
	checker *checkpointer

	mu       sync.Mutex // guards what follows
	writer   *writer    // nil after an error, until the next Commit
	isClosed bool
}

// readersMax is how many reads run at a time; more wait.
const readersMax = 4

// Open opens the database at path, or makes a new one with the schema, and takes it for this process alone.
// It checks the whole file first, which takes about a second for a million events, and writes nothing to a file that
// it refuses. The folder is made for its owner only, and so is every file. Errors: ErrInUse, ErrNotOurs, ErrNewer,
// ErrCorrupt. The caller closes the Store.
func Open(path, schema string, o Options) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find the database: %w", err)
	}
	dir := filepath.Dir(path)
	if err := makeFolder(dir); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	lock, err := acquire(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, options: o, lock: lock}
	if err := s.start(schema); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) start(schema string) error {
	steps, err := readMigrations(migrationFiles)
	if err != nil {
		return err
	}
	if err := makeFile(s.path); err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	version, err := inspect(s.path, newest(steps))
	if err != nil {
		return err
	}
	if err := keepPrivate(s.path); err != nil {
		return fmt.Errorf("keep the database private: %w", err)
	}
	if err := migrate(s.path, version, schema, steps); err != nil {
		return err
	}
	if s.writer, err = openWriter(s.path, s.options); err != nil {
		return err
	}
	if s.readers, err = connect(s.path, readOptions, readersMax); err != nil {
		return err
	}
	s.checker = startCheckpoints(s.path)
	return nil
}

// Close moves everything into the database file and lets go of it. A Commit under way ends first; later ones, and
// reads, fail. Only the first call does anything.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isClosed {
		return nil
	}
	s.isClosed = true
	var errs []error
	if s.writer != nil {
		errs = append(errs, s.writer.close())
	}
	if s.readers != nil {
		errs = append(errs, s.readers.Close())
	}
	if s.checker != nil {
		errs = append(errs, s.checker.stop())
	}
	errs = append(errs, s.lock.Close())
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close the database: %w", err)
	}
	return nil
}

// makeFolder makes the data folder, for its owner only, and makes sure that a power loss cannot take it back.
func makeFolder(dir string) error {
	_, err := os.Stat(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(dir))
}

// makeFile makes an empty file, which is a new database to SQLite, so that it never stands there with the modes
// SQLite would give it. The log beside it takes over its mode.
func makeFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), syncFolder(filepath.Dir(path)))
}

// keepPrivate takes others' rights away from files that were brought here, a restored backup say.
func keepPrivate(path string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Chmod(path+suffix, 0o600); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// syncFolder makes the names in a folder durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
