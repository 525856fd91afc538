package storage

import (
	"database/sql"
	"fmt"
	"net/url"

	_ "modernc.org/sqlite" // the driver named "sqlite"
)

// Every connection says mode=…: SQLite would otherwise make an empty database where the file has gone. The writer
// and the checkpointer switch automatic checkpoints off, which would make a commit pay for a thousand others.
// busy_timeout is in milliseconds. What is deleted is overwritten: a name that has gone must not be read off the file.
const (
	inMemory     = "&_pragma=temp_store(MEMORY)" // there may be no other folder that can be written
	readOptions  = "mode=ro&_pragma=busy_timeout(5000)&_pragma=query_only(ON)&_pragma=trusted_schema(OFF)" + inMemory
	checkOptions = "mode=rw&_pragma=query_only(ON)&_pragma=trusted_schema(OFF)" + inMemory
	writeOptions = "mode=rw&_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=secure_delete(ON)" +
		"&_pragma=wal_autocheckpoint(0)&_pragma=journal_size_limit(67108864)&_pragma=trusted_schema(OFF)" + inMemory
	// A checkpoint that starts the log afresh waits for readers while it keeps the writer out, so it may not wait for long.
	checkpointOptions = "mode=rw&_pragma=busy_timeout(20)&_pragma=wal_autocheckpoint(0)&_pragma=trusted_schema(OFF)" + inMemory
	// A migration may rebuild tables that others refer to; it is checked before its commit.
	migrateOptions = writeOptions + "&_pragma=synchronous(FULL)&_pragma=foreign_keys(OFF)"
)

// writerOptions are those of the one connection that commits.
func writerOptions(o Options) string {
	if o.Normal {
		return writeOptions + "&_pragma=foreign_keys(ON)&_pragma=synchronous(NORMAL)"
	}
	return writeOptions + "&_pragma=foreign_keys(ON)&_pragma=synchronous(FULL)"
}

// connect prepares a pool of at most n connections; none is opened yet. The path is absolute.
func connect(path, options string, n int) (*sql.DB, error) {
	db, err := sql.Open("sqlite", address(path, options))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db, nil
}

// address is a path as SQLite takes it together with options.
func address(path, options string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + options
}
