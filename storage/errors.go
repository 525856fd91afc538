package storage

import (
	"errors"
	"strings"

	sqlite3 "modernc.org/sqlite/lib"
)

// Why a database cannot be opened or used. They are wrapped with the path and with what an operator can do.
var (
	// ErrInUse means that another process, or another Store of this one, holds the database.
	ErrInUse = errors.New("the database is in use")
	// ErrNotOurs means that the file is somebody else's, or no database at all. It was not written to.
	ErrNotOurs = errors.New("the file is not a gatekeeper database")
	// ErrNewer means that a newer gatekeeper has migrated the database. It was not written to.
	ErrNewer = errors.New("the database is from a newer gatekeeper")
	// ErrCorrupt means that SQLite found the file damaged. It was not written to.
	ErrCorrupt = errors.New("the database is damaged")
	// ErrLogLost means that the log beside the file is missing or damaged, and with it what was acknowledged last.
	ErrLogLost = errors.New("the database's log is lost")
	// ErrMissing means that the file, or its log, is not there any more. The process that had it open still sees it.
	ErrMissing = errors.New("the database is missing")
	// ErrRolledBack means that the file lacks what was committed to it: it is not the one that was opened.
	ErrRolledBack = errors.New("the database lacks what was written to it")
	// ErrClosed means that the Store was closed.
	ErrClosed = errors.New("the database is closed")
)

// told is an error in one line that ends: SQLite quotes whole tables. What it wraps stays.
type told struct{ error }

// maxTold bounds it, in bytes.
const maxTold = 600

// inOneLine leaves nil and what is short as it is.
func inOneLine(err error) error {
	if err == nil || len(err.Error()) <= maxTold && !strings.Contains(err.Error(), "\n") {
		return err
	}
	return told{err}
}

func (t told) Error() string {
	line := strings.Join(strings.Fields(t.error.Error()), " ")
	if len(line) > maxTold {
		line = strings.ToValidUTF8(line[:maxTold], "") + "…"
	}
	return line
}

func (t told) Unwrap() error { return t.error }

// trouble is why nothing can be written, with words that anybody may read.
type trouble struct {
	error
	why string
}

// Why says what is wrong without a path or any other inside.
func (t trouble) Why() string { return t.why }

func (t trouble) Unwrap() error { return t.error }

// explain finds the words for an error.
func explain(err error) trouble {
	why := "storage cannot be written"
	switch {
	case isDamage(err):
		why = "the database is damaged"
	case errors.Is(err, ErrMissing):
		why = "the database or its log was taken away"
	case errors.Is(err, ErrRolledBack):
		why = "the database lacks what was written to it"
	case hasCode(err, sqlite3.SQLITE_FULL):
		why = "the disk is full"
	case hasCode(err, sqlite3.SQLITE_READONLY):
		why = "the disk is read-only"
	case hasCode(err, sqlite3.SQLITE_IOERR):
		why = "the disk reports errors"
	}
	return trouble{err, why}
}
