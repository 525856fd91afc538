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
	// ErrClosed means that the Store was closed.
	ErrClosed = errors.New("the database is closed")
)
