package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Verdict is how grave a finding is.
type Verdict string

// The verdicts.
const (
	Sound   Verdict = "ok"
	Warning Verdict = "warning"
	Failure Verdict = "failure"
)

// Finding is one thing that was looked at.
type Finding struct {
	Check   string  `json:"check"`
	Verdict Verdict `json:"verdict"`
	Says    string  `json:"says"`
	// Do is what the operator should do; "" = nothing.
	Do string `json:"do,omitempty"`
}

// Examine looks at a database and its folder and changes nothing. A server may have it open. It reads the whole file,
// about a second for a million events. Of what it finds, failures keep a start from succeeding or break a promise;
// warnings will one day.
func Examine(ctx context.Context, path string) []Finding {
	e := &examination{path: path}
	if e.folder() && e.files() && e.log() {
		e.content(ctx)
	}
	e.space()
	e.backups()
	return e.findings
}

type examination struct {
	path     string
	findings []Finding
}

func (e *examination) find(check string, v Verdict, do, format string, args ...any) {
	e.findings = append(e.findings, Finding{Check: check, Verdict: v, Do: do, Says: fmt.Sprintf(format, args...)})
}

// folder looks at the folder's rights.
func (e *examination) folder() bool {
	dir := filepath.Dir(e.path)
	info, err := os.Stat(dir)
	if err != nil {
		e.find("folder", Failure, "name the data folder with --data, or start a server, which makes it", "%s cannot be read: %v", dir, err)
		return false
	}
	if info.Mode().Perm()&0o077 != 0 {
		e.find("folder", Warning, "chmod 700 "+dir, "others may enter %s", dir)
		return true
	}
	e.find("folder", Sound, "", "%s is its owner's alone", dir)
	return true
}

// files looks at the database's own rights.
func (e *examination) files() bool {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(e.path + suffix)
		switch {
		case errors.Is(err, fs.ErrNotExist) && suffix != "":
		case err != nil:
			e.find("files", Failure, "put it back, or `gatekeeper restore FILE`", "%s cannot be read: %v", e.path+suffix, err)
			return false
		case info.Mode().Perm()&0o077 != 0:
			e.find("files", Warning, "chmod 600 "+e.path+suffix, "others may read %s, which holds secrets", e.path+suffix)
			return true
		case !isMine(info):
			e.find("files", Warning, "run gatekeeper as the file's owner, or chown it", "%s belongs to another user", e.path+suffix)
			return true
		}
	}
	e.find("files", Sound, "", "%s and its log are their owner's alone", e.path)
	return true
}

func isMine(info os.FileInfo) bool {
	owner, known := info.Sys().(*syscall.Stat_t)
	return !known || os.Getuid() == 0 || int(owner.Uid) == os.Getuid()
}

// log compares the log with the mark, which only a stopped server leaves in peace.
func (e *examination) log() bool {
	lock, err := acquire(filepath.Dir(e.path))
	switch {
	case errors.Is(err, ErrInUse):
		e.find("log", Sound, "", "a server is running on it")
		return true
	case err != nil:
		e.find("log", Failure, "run as the user that runs the server", "%v", err)
		return false
	}
	defer lock.Close()
	log, err := readLog(e.path)
	if err == nil {
		err = lock.unread
	}
	if err == nil {
		err = lock.read().admit(e.path, log)
	}
	if err != nil {
		e.find("log", Failure, "put the log back as it was, or `gatekeeper restore FILE`", "%v", err)
		return false
	}
	e.find("log", Sound, "", "no server is running; the log has %d frames and nothing is missing", log.frames)
	return true
}

// content looks at every page and every row.
func (e *examination) content(ctx context.Context) {
	db, err := connect(e.path, readOptions, 2)
	if err != nil {
		e.find("database", Failure, "", "%v", err)
		return
	}
	defer db.Close()
	if !e.version(db) {
		return
	}
	if err := checkThoroughly(ctx, db); err != nil {
		e.find("integrity", Failure, "stop the server and `gatekeeper restore FILE`", "%v", err)
		return
	}
	e.find("integrity", Sound, "", "every page and every index is sound")
	e.events(ctx, db)
	e.state(ctx, db)
}

func (e *examination) version(db *sql.DB) bool {
	steps, err := readMigrations(migrationFiles)
	if err != nil {
		e.find("version", Failure, "", "%v", err)
		return false
	}
	version, err := identify(db)
	switch {
	case isDamage(err):
		e.find("integrity", Failure, "stop the server and `gatekeeper restore FILE`", "%v", err)
		return false
	case err != nil || version == 0:
		e.find("version", Failure, "restore a backup with `gatekeeper restore FILE`", "%s is not a gatekeeper database (%v)", e.path, err)
		return false
	case version > newest(steps):
		e.find("version", Failure, "use the newer program", "the database has version %d and this program knows up to %d", version, newest(steps))
		return false
	case version < newest(steps):
		e.find("version", Warning, "start the server, which brings it to the newest version after a backup",
			"the database has version %d, the newest is %d", version, newest(steps))
		return false
	}
	e.find("version", Sound, "", "the database has version %d, which is the newest", version)
	return true
}

func (e *examination) events(ctx context.Context, db *sql.DB) {
	var first, last, count int64
	err := db.QueryRowContext(ctx, "SELECT coalesce(min(seq), 1), coalesce(max(seq), 0), count(*) FROM event").Scan(&first, &last, &count)
	switch {
	case err != nil:
		e.find("events", Failure, "", "%v", err)
	case count != last-first+1:
		e.find("events", Failure, "restore a backup, and report it: this must not happen",
			"of the events from %d to %d, %d are missing", first, last, last-first+1-count)
	default:
		e.find("events", Sound, "", "%d events up to number %d, without a gap", count, last)
	}
}

func (e *examination) state(ctx context.Context, db *sql.DB) {
	snapshot, err := loadOnline(ctx, db)
	if err != nil {
		e.find("state", Failure, "restore a backup with `gatekeeper restore FILE`", "%v", err)
		return
	}
	if flaws := snapshot.Flaws(); len(flaws) > 0 {
		e.find("state", Failure, "restore a backup, and report it: this must not happen", "%s", strings.Join(flaws, "; "))
		return
	}
	e.find("state", Sound, "", "%d instances, %d accounts, %d places; nobody has two", len(snapshot.Instances),
		len(snapshot.Accounts), len(snapshot.Places))
}

// space warns where a migration's backup or a log would not find room.
func (e *examination) space() {
	const least = 256 << 20
	var disk syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(e.path), &disk); err != nil {
		e.find("space", Warning, "", "the free space cannot be told: %v", err)
		return
	}
	free, size := int64(disk.Bavail)*disk.Bsize, int64(0)
	if info, err := os.Stat(e.path); err == nil {
		size = info.Size()
	}
	if free < max(least, 2*size) {
		e.find("space", Warning, "make room, or move the data folder to a larger disk", "%d MiB are free and the database has %d", free>>20, size>>20)
		return
	}
	e.find("space", Sound, "", "%d MiB are free, the database has %d", free>>20, size>>20)
}

func (e *examination) backups() {
	list, err := listBackups(BackupFolder(e.path))
	switch {
	case err != nil:
		e.find("backups", Warning, "", "%v", err)
	case len(list) == 0:
		e.find("backups", Warning, "use --backup-every, or `gatekeeper backup FILE` now and then", "there are no scheduled backups")
	default:
		newest := list[len(list)-1]
		e.find("backups", Sound, "", "%d scheduled backups, the newest of %s", len(list), newest.taken.Format("2006-01-02 15:04 MST"))
	}
}

// checkThoroughly reads every page, compares every index with its table and follows every reference. Error: ErrCorrupt.
func checkThoroughly(ctx context.Context, db querier) error {
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil {
		return fmt.Errorf("%w (%w)", ErrCorrupt, err)
	}
	if verdict != "ok" {
		return fmt.Errorf("%w (%w)", ErrCorrupt, found(verdict))
	}
	table, err := dangling(ctx, db)
	switch {
	case isSpoiled(err):
		return fmt.Errorf("%w (%w)", ErrCorrupt, err)
	case err == nil && table != "":
		return fmt.Errorf("%w: a row of table %s refers to nothing", ErrCorrupt, table)
	}
	return err
}
