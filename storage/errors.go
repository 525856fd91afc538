package storage

import "errors"

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
