package storage

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// applicationID is 'GATE', as schema.sql writes it into the file's header.
const applicationID = 0x47415445

// querier is what a pool and one connection have in common.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// inspect looks at a file without writing to it and returns the version of its schema, 0 for an empty database.
// Errors: ErrNotOurs, ErrNewer, ErrCorrupt.
func inspect(path string, newest int) (version int, err error) {
	if err := checkFormat(path); err != nil {
		return 0, damaged(path, err)
	}
	db, err := connect(path, readOptions, 1)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	version, err = identify(db)
	switch {
	case errors.Is(err, ErrNotOurs):
		return 0, fmt.Errorf("%w: %s; choose another --data, or restore a backup if it was one", ErrNotOurs, path)
	case isSpoiled(err):
		return 0, damaged(path, err)
	case err != nil:
		return 0, fmt.Errorf("read %s: %w", path, err)
	case version > newest:
		return 0, fmt.Errorf("%w: %s has version %d and this program knows up to %d; use the newer program, or restore a backup",
			ErrNewer, path, version, newest)
	}
	if isLarge(path) {
		return version, nil // checked meanwhile
	}
	return version, check(context.Background(), db, path)
}

// largeFile is from which size on a check would hold a start up: SQLite reads about 300 MB a second.
const largeFile = 32 << 20

func isLarge(path string) bool {
	file, err := os.Stat(path)
	return err == nil && file.Size() > largeFile
}

// checkDelay keeps a check from taking time from a start, and from those who come back after it.
const checkDelay = 5 * time.Second

// checkMeanwhile checks the file beside the work, and gives it up where it is damaged.
func (s *Store) checkMeanwhile() {
	if !s.sleep(checkDelay) {
		return
	}
	ctx, cancel := s.whileOpen(context.Background())
	defer cancel()
	err := check(ctx, s.readers, s.path)
	if err == nil || ctx.Err() != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.fail(err) // told by the next Commit
}

// identify tells our file by its header, and an empty one by having nothing in it. Error: ErrNotOurs.
func identify(db querier) (version int, err error) {
	var application, objects int
	const header = `SELECT a.application_id, v.user_version, (SELECT count(*) FROM sqlite_schema)
		FROM pragma_application_id AS a, pragma_user_version AS v`
	err = db.QueryRowContext(context.Background(), header).Scan(&application, &version, &objects)
	switch {
	case hasCode(err, sqlite3.SQLITE_NOTADB):
		return 0, ErrNotOurs
	case err != nil:
		return 0, err
	case application == 0 && version == 0 && objects == 0:
		return 0, nil
	case application != applicationID || version < 1:
		return 0, ErrNotOurs
	}
	return version, nil
}

// newestFormat is the write version of a file's header from which on SQLite only reads it, without a word until something
// is to be written (https://sqlite.org/fileformat2.html, 1.3.3).
const newestFormat = 2

// checkFormat looks at the header before SQLite does. Nobody of this process has the file open: closing it would drop
// their locks. Error: ErrCorrupt.
func checkFormat(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return nil // told of by who needs it
	}
	defer file.Close()
	var header [19]byte
	if _, err := io.ReadFull(file, header[:]); err != nil {
		return nil // none, or not all of it: no database
	}
	if bytes.HasPrefix(header[:], []byte("SQLite format 3\x00")) && header[18] > newestFormat {
		return fmt.Errorf("%w: its header allows nobody to write", ErrCorrupt)
	}
	return nil
}

// check has SQLite read the whole file. Error: ErrCorrupt.
func check(ctx context.Context, db querier, path string) error {
	var verdict string
	err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict)
	switch {
	case isSpoiled(err):
		return damaged(path, err)
	case err != nil:
		return fmt.Errorf("check %s: %w", path, err)
	case verdict != "ok":
		return damaged(path, found(verdict))
	}
	return nil
}

// found is what a check of SQLite's says, in one line.
func found(verdict string) error { return errors.New(strings.Join(strings.Fields(verdict), " ")) }

func damaged(path string, cause error) error {
	return fmt.Errorf("%w: %s; stop, and restore a backup with `gatekeeper restore FILE` (%w)", ErrCorrupt, path, cause)
}

func isDamage(err error) bool {
	return errors.Is(err, ErrCorrupt) || hasCode(err, sqlite3.SQLITE_CORRUPT) || hasCode(err, sqlite3.SQLITE_NOTADB)
}

// isSpoiled tells damage of a file that was not yet trusted: there a statement that makes no sense means that the schema
// is not what it was.
func isSpoiled(err error) bool { return isDamage(err) || hasCode(err, sqlite3.SQLITE_ERROR) }

// files are the database and its log as they were opened.
type files struct {
	path    string
	db, log os.FileInfo
}

func findFiles(path string) (f files, err error) {
	f.path = path
	if f.db, err = os.Stat(path); err != nil {
		return f, fmt.Errorf("look at the database: %w", err)
	}
	if f.log, err = os.Stat(path + "-wal"); err != nil {
		return f, fmt.Errorf("look at the log: %w", err)
	}
	return f, nil
}

// check makes sure that both are still where they were opened. Error: ErrMissing.
func (f files) check() error {
	if err := isStill(f.path, f.db); err != nil {
		return err
	}
	return isStill(f.path+"-wal", f.log)
}

func isStill(name string, opened os.FileInfo) error {
	now, err := os.Stat(name)
	if err != nil || !os.SameFile(now, opened) {
		return fmt.Errorf("%w: %s was taken away while it was in use; put it back, or save what was acknowledged with "+
			"`gatekeeper backup FILE`, stop, and `gatekeeper restore FILE`", ErrMissing, name)
	}
	return nil
}

// hasCode compares primary result codes: the higher bits only say where it happened.
func hasCode(err error, code int) bool {
	var trouble *sqlite.Error
	return errors.As(err, &trouble) && trouble.Code()&0xff == code
}
