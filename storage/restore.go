package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Restore puts a copy of the database in from, checked as a whole first, in the place of the one at path, and returns
// the folder where it kept what it replaced; "" = there was nothing. A backup of an older version is migrated by the
// next start. A restore that is interrupted is begun again; until it is done the next Open refuses. Errors: ErrInUse,
// ErrNotOurs, ErrNewer, ErrCorrupt.
func Restore(path, from string) (kept string, err error) {
	if path, err = filepath.Abs(path); err != nil {
		return "", fmt.Errorf("find the database: %w", err)
	}
	dir := filepath.Dir(path)
	if err := makeFolder(path); err != nil {
		return "", fmt.Errorf("make the data folder: %w", err)
	}
	lock, err := acquire(dir)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	restored, err := copySound(path, from)
	if err != nil {
		return "", inOneLine(fmt.Errorf("restore %s: %w", from, err))
	}
	if kept, err = setAside(path, lock.read()); err != nil {
		return kept, fmt.Errorf("keep what is there: %w", err)
	}
	if err := lock.put(mark{Opened: true}); err != nil {
		return kept, err
	}
	if err := os.Rename(restored, path); err != nil {
		return kept, fmt.Errorf("put the backup in place: %w", err)
	}
	return kept, syncFolder(dir)
}

// copySound copies from beside the database, durably, once every page and row of it was looked at.
func copySound(path, from string) (name string, err error) {
	steps, err := readMigrations(migrationFiles)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(from); err != nil {
		return "", err
	}
	if from, err = filepath.Abs(from); err != nil {
		return "", err
	}
	if err := checkFormat(from); err != nil {
		return "", err
	}
	options := readOptions
	if isSame(path, from) {
		options += "&immutable=1" // what the file itself holds, whatever became of its log
	}
	db, err := connect(from, options, 1)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(context.Background())
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	version, err := identify(conn)
	switch {
	case isSpoiled(err):
		return "", fmt.Errorf("%w (%w)", ErrCorrupt, err)
	case err != nil:
		return "", err
	case version == 0:
		return "", ErrNotOurs
	case version > newest(steps):
		return "", ErrNewer
	}
	if err := checkThoroughly(context.Background(), conn); err != nil {
		return "", err
	}
	name = path + ".restored" + draftSuffix
	if err := copyTo(context.Background(), conn, name); err != nil {
		return "", err
	}
	if err := checkRestored(name); err != nil {
		return "", errors.Join(err, os.Remove(name))
	}
	return name, nil
}

// checkRestored looks at the copy, too: of what it was made of SQLite knew the tables' own rules (CHECK) as little as of
// any file that it may not write.
func checkRestored(name string) (err error) {
	db, err := connect(name, checkOptions, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return checkThoroughly(context.Background(), db)
}

func isSame(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

// setAside moves the database, its log and its mark into a folder of their own, which is a data folder again.
func setAside(path string, m mark) (kept string, err error) {
	dir := filepath.Dir(path)
	kept = filepath.Join(dir, "replaced-"+stamp(time.Now()))
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", setAsideLog(path)
	}
	if err := os.Mkdir(kept, 0o700); err != nil {
		return "", err
	}
	for _, suffix := range []string{"-wal", "-shm", ""} {
		err := os.Rename(path+suffix, filepath.Join(kept, filepath.Base(path)+suffix))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return kept, err
		}
	}
	lock, err := acquire(kept)
	if err != nil {
		return kept, err
	}
	return kept, errors.Join(lock.put(m), lock.Close(), syncFolder(kept), syncFolder(dir))
}

// setAsideLog keeps a log without its database from being taken for the restored one's.
func setAsideLog(path string) error {
	for _, suffix := range []string{"-wal", "-shm"} {
		err := os.Rename(path+suffix, path+suffix+".replaced-"+stamp(time.Now()))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return syncFolder(filepath.Dir(path))
}

// stampLayout is how a time stands in a file's name: in UTC, and in the order of time.
const stampLayout = "20060102T150405.000Z"

func stamp(t time.Time) string { return t.UTC().Format(stampLayout) }
