// Package storage keeps the engine's rows and events in one SQLite file. It is the only importer of database/sql.
//
// One connection writes: each [Store.Commit] is one transaction over rows that are upserted or deleted by key, so
// that a batch may be written twice. Reads use a pool of their own and never wait for the writer. Checkpoints, which
// move what was committed from the log into the file, run beside the commits on a third connection. A lock file
// keeps a second process out, and carries a mark by which a start notices that the log lost what it had.
//
// What cannot be trusted is not written to: after an error the file is looked at before the next commit, names that lead
// elsewhere by now are trouble, and damage condemns the Store.
package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Options are what an operator may choose about the database.
type Options struct {
	// Normal trades survival of a power loss for speed: what was committed within the last moments may then be
	// gone. A killed process loses nothing either way.
	Normal bool
	// KeepAge and KeepEvents bound the log of events: what is older, or beyond so many of the newest, is removed bit
	// by bit. Zero = no bound.
	KeepAge    time.Duration
	KeepEvents int
}

// Store is an open database. Its methods may be called concurrently, Commit by one goroutine at a time.
type Store struct {
	path    string // absolute
	options Options
	lock    *lockFile
	readers *sql.DB
	// anchor is one of the readers, open for as long as the Store. The last connection to go would move the log into
	// the file, which must not happen in the middle of trouble; and it still sees everything where the file's name
	// was taken away.
	anchor  *sql.Conn
	copying sync.Mutex // held while the anchor copies the database
	files   files
	checker *checkpointer
	chores  sync.WaitGroup // what goes on beside
	closing chan struct{}  // closed when they are to end

	mu        sync.Mutex // guards what follows; held for the whole of a commit
	writer    *writer    // nil after an error, until the next Commit
	lastSeq   uint64     // of the newest event that was committed
	condemned error      // the database is damaged: it is never written to again
	isClosed  bool
}

// readersMax is how many reads run at a time; more wait.
const readersMax = 4

// Open opens the database at path, or makes a new one with the schema, and takes it for this process alone. It writes
// nothing to a file that it refuses. It has the whole file checked first, or meanwhile where that takes long: damage
// that is found then condemns the Store. The folder is made for its owner only, and so is every file. Errors: ErrInUse,
// ErrNotOurs, ErrNewer, ErrCorrupt, ErrLogLost, ErrMissing. The caller closes the Store.
func Open(path, schema string, o Options) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find the database: %w", err)
	}
	dir := filepath.Dir(path)
	if err := makeFolder(path); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	lock, err := acquire(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, options: o, lock: lock, closing: make(chan struct{})}
	if err := s.start(schema); err != nil {
		return nil, inOneLine(errors.Join(err, s.abandon()))
	}
	return s, nil
}

func (s *Store) start(schema string) error {
	if err := s.prepare(schema); err != nil {
		return err
	}
	if err := s.connect(); err != nil {
		if isSpoiled(err) && !errors.Is(err, ErrCorrupt) { // the tables' rules are read by who may write, and only now
			err = damaged(s.path, err)
		}
		return err
	}
	s.checker = startCheckpoints(s)
	if isLarge(s.path) {
		s.chores.Go(s.checkMeanwhile)
	}
	s.chores.Go(s.trim)
	return nil
}

// prepare finds the file, or makes it, and brings it to the schema.
func (s *Store) prepare(schema string) error {
	steps, err := readMigrations(migrationFiles)
	if err != nil {
		return err
	}
	if err := s.find(); err != nil {
		return err
	}
	removeDrafts(filepath.Dir(s.path))
	removeDrafts(BackupFolder(s.path))
	version, err := inspect(s.path, newest(steps))
	if err != nil {
		return err
	}
	if err := keepPrivate(s.path); err != nil {
		return fmt.Errorf("keep the database private: %w", err)
	}
	if version == newest(steps) {
		return nil
	}
	// The migration's connection moves the log into the file and removes it.
	if err := s.lock.use(false); err != nil {
		return err
	}
	err = migrate(s.path, version, schema, steps)
	if version > 0 && isSpoiled(err) { // it is not of the version that it says
		err = damaged(s.path, err)
	}
	return err
}

// find makes sure that what the last process left is all there; where no process ever was, it makes an empty file.
func (s *Store) find() error {
	if err := s.lock.unread; err != nil {
		return err
	}
	m := s.lock.read()
	isNew := m == mark{}
	file, err := os.Stat(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && isNew:
		if err := makeFile(s.path); err != nil {
			return fmt.Errorf("make the database: %w", err)
		}
	case errors.Is(err, fs.ErrNotExist), err == nil && file.Size() == 0 && !isNew:
		return fmt.Errorf("%w: %s; put it back, or restore a backup with `gatekeeper restore FILE`, or choose another --data to start anew",
			ErrMissing, s.path)
	case err != nil:
		return fmt.Errorf("look at %s: %w", s.path, err)
	case file.Mode().IsDir():
		return fmt.Errorf("%w: %s is a folder; restore a backup with `gatekeeper restore FILE`", ErrNotOurs, s.path)
	}
	log, err := readLog(s.path)
	if err != nil {
		return err
	}
	return m.admit(s.path, log)
}

// connect opens what stays open, and says so in the mark once the log's name is sure to survive a power loss.
func (s *Store) connect() (err error) {
	if s.readers, err = connect(s.path, readOptions, readersMax+1); err != nil {
		return err
	}
	if s.anchor, err = s.readers.Conn(context.Background()); err != nil {
		return fmt.Errorf("connect to %s: %w", s.path, err)
	}
	if _, err := identify(s.anchor); err != nil { // a connection holds on to the files from its first read
		return fmt.Errorf("look at %s: %w", s.path, err)
	}
	if s.writer, err = openWriter(s.path, s.options); err != nil {
		return err
	}
	if s.lastSeq, err = highestSeq(s.writer.conn); err != nil {
		return err
	}
	if s.files, err = findFiles(s.path); err != nil {
		return err
	}
	if err := syncFolder(filepath.Dir(s.path)); err != nil {
		return err
	}
	log, err := readLog(s.path)
	if err != nil {
		return err
	}
	m := s.lock.read()
	if log.generation != m.Log {
		m = mark{} // that log is done with: the last stop removed it
	}
	m.InUse, m.Opened = true, true
	return s.lock.put(m)
}

// Close moves everything into the database file and lets go of it. A Commit under way ends first; later ones, and
// reads, fail. Only the first call does anything.
func (s *Store) Close() error {
	s.mu.Lock()
	wasClosed := s.isClosed
	s.isClosed = true
	s.mu.Unlock()
	if wasClosed {
		return nil
	}
	close(s.closing)
	s.chores.Wait()
	if err := s.abandon(); err != nil {
		return fmt.Errorf("close the database: %w", err)
	}
	return nil
}

// whileOpen returns a context that ends with the Store, too.
func (s *Store) whileOpen(ctx context.Context) (_ context.Context, cancel func()) {
	ctx, cancel = context.WithCancel(ctx)
	go func() {
		select {
		case <-s.closing:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// abandon closes what is open. Of a sound database the checkpointer's connections go last, so that the log goes with
// them; of one in trouble a reader's, which writes nothing.
func (s *Store) abandon() error {
	var errs []error
	if s.writer != nil {
		errs = append(errs, s.writer.close())
	}
	if s.checker != nil && s.checker.idle.Load() {
		errs = append(errs, s.checker.stop(), s.closeReaders())
	} else {
		errs = append(errs, s.closeReaders())
		if s.checker != nil {
			errs = append(errs, s.checker.stop())
		}
	}
	return errors.Join(append(errs, s.lock.Close())...)
}

func (s *Store) closeReaders() error {
	if s.readers == nil {
		return nil
	}
	var err error
	if s.anchor != nil {
		s.copying.Lock()
		defer s.copying.Unlock()
		err = s.anchor.Close()
	}
	return errors.Join(err, s.readers.Close())
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

// removeDrafts removes what a killed process left half written.
func removeDrafts(folder string) {
	drafts, _ := filepath.Glob(filepath.Join(folder, "*"+draftSuffix))
	for _, name := range drafts {
		_ = os.Remove(name)
	}
}

// syncFolder makes the names in a folder durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
