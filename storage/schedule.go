package storage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Schedule says how often a backup is taken, and how many are kept. Every is 0 where none is.
type Schedule struct {
	Every time.Duration
	Keep  int
}

// backupRetry is how soon a backup that failed is tried again, unless its turn comes before.
const backupRetry = 5 * time.Minute

// BackupFolder is where the scheduled backups of a database lie.
func BackupFolder(path string) string { return filepath.Join(filepath.Dir(path), "backups") }

// planPause is how often a schedule is looked at again, because it may change.
const planPause = time.Minute

// BackUp takes backups beside the work until the Store is closed, as the schedule of the moment says: the first when the
// newest there is has become old enough, so that neither restarts nor downtime put one off. done hears of each, its name
// or its error.
func (s *Store) BackUp(schedule func() Schedule, done func(name string, err error)) {
	s.chores.Go(func() {
		var retry time.Time // after a failure
		for {
			plan := schedule()
			wait := max(plan.wait(BackupFolder(s.path), time.Now()), time.Until(retry))
			if !s.sleep(min(wait, planPause)) {
				return
			}
			if wait >= planPause {
				continue // the schedule may have changed meanwhile
			}
			name, err := s.backUpOnce(plan, time.Now())
			done(name, err)
			if err != nil {
				retry = time.Now().Add(min(plan.Every, backupRetry))
			}
		}
	})
}

// BackUpNow takes a backup into the folder of the scheduled ones, of which as many as the schedule says are kept.
func (s *Store) BackUpNow(plan Schedule) (Backup, error) {
	name, err := s.backUpOnce(plan, time.Now())
	if err != nil {
		return Backup{}, err
	}
	list, err := s.Backups()
	for _, b := range list {
		if b.Name == filepath.Base(name) {
			return b, err
		}
	}
	return Backup{}, cmp.Or(err, fs.ErrNotExist)
}

// Backup is a copy of the database in the folder of the scheduled ones.
type Backup struct {
	Name  string // of the file, without its folder
	Taken time.Time
	Bytes int64
}

// Backups lists the copies that lie there, the newest first.
func (s *Store) Backups() ([]Backup, error) {
	files, err := listBackups(BackupFolder(s.path))
	if err != nil {
		return nil, err
	}
	var list []Backup
	for _, f := range slices.Backward(files) {
		info, err := os.Stat(f.name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // pruned meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("look at a backup: %w", err)
		}
		list = append(list, Backup{filepath.Base(f.name), f.taken, info.Size()})
	}
	return list, nil
}

// OpenBackup opens one of them by its name, and no other file. Its error wraps fs.ErrNotExist where there is none. The
// caller closes it.
func (s *Store) OpenBackup(name string) (*os.File, error) {
	files, err := listBackups(BackupFolder(s.path))
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if filepath.Base(f.name) == name {
			return os.Open(f.name)
		}
	}
	return nil, fmt.Errorf("open backup %q: %w", name, fs.ErrNotExist)
}

// sleep reports whether the Store is still open afterwards.
func (s *Store) sleep(d time.Duration) bool {
	select {
	case <-s.closing:
		return false
	case <-time.After(d):
		return true
	}
}

// wait is how long it is until the next one is due. A backup from the future, as a clock that was put back leaves it,
// puts none off for longer than one would have to wait anyway.
func (p Schedule) wait(folder string, now time.Time) time.Duration {
	if p.Every == 0 {
		return planPause
	}
	list, err := listBackups(folder)
	if err != nil || len(list) == 0 {
		return 0
	}
	return min(max(0, list[len(list)-1].taken.Add(p.Every).Sub(now)), p.Every)
}

func (s *Store) backUpOnce(plan Schedule, now time.Time) (name string, err error) {
	folder := BackupFolder(s.path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("make the folder of backups: %w", err)
	}
	name = filepath.Join(folder, backupPrefix+stamp(now)+backupSuffix)
	if err := s.Backup(context.Background(), name); err != nil {
		return name, err
	}
	return name, plan.prune(folder)
}

// prune removes the oldest beyond those to keep.
func (p Schedule) prune(folder string) error {
	list, err := listBackups(folder)
	if err != nil {
		return err
	}
	var errs []error
	for _, old := range list[:max(0, len(list)-p.Keep)] {
		errs = append(errs, os.Remove(old.name))
	}
	return errors.Join(errs...)
}

const backupPrefix, backupSuffix = "gatekeeper-", ".db"

type backupFile struct {
	name  string
	taken time.Time
}

// listBackups lists the files that were named as backups are, oldest first; no other file is ever touched.
func listBackups(folder string) (list []backupFile, err error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the backups: %w", err)
	}
	for _, entry := range entries {
		middle, isBackup := strings.CutPrefix(entry.Name(), backupPrefix)
		middle, hasSuffix := strings.CutSuffix(middle, backupSuffix)
		taken, err := time.Parse(stampLayout, middle)
		if isBackup && hasSuffix && err == nil {
			list = append(list, backupFile{filepath.Join(folder, entry.Name()), taken})
		}
	}
	slices.SortFunc(list, func(a, b backupFile) int { return a.taken.Compare(b.taken) })
	return list, nil
}
