package storage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// makeFolder makes the folder of a database, for its owner only, and makes sure that a power loss cannot take it back. One
// that is there already is taken from everybody else, where it is ours to take. Error: ErrShared.
func makeFolder(path string) error {
	dir := filepath.Dir(path)
	info, err := os.Stat(dir)
	switch {
	case err == nil && info.Mode().Perm()&0o077 != 0:
		return closeFolder(path)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(dir))
}

// ErrShared is returned where others may enter the data folder, and that cannot be helped.
var ErrShared = errors.New("the data folder is open to others")

// closeFolder takes a folder from everybody but its owner: a database's own, or an empty one. What else lies in another
// may be meant for others.
func closeFolder(path string) error {
	dir := filepath.Dir(path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	isOurs := func(entry fs.DirEntry) bool { return entry.Name() == filepath.Base(path) || entry.Name() == lockName }
	isOthers := func(entry fs.DirEntry) bool { return entry.Name() != "lost+found" } // of a disk of its own
	if !slices.ContainsFunc(entries, isOurs) && slices.ContainsFunc(entries, isOthers) {
		return fmt.Errorf("%w: %s has other things in it; name a folder of its own, such as %s", ErrShared, dir, filepath.Join(dir, "gatekeeper"))
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return fmt.Errorf("%w, and belongs to another user; chmod 700 %s, or name a folder within it, such as %s, which is then made",
			ErrShared, dir, filepath.Join(dir, "gatekeeper"))
	}
	return nil
}

// keepPrivate takes others' rights away from everything in the folder of a database: what was brought here, a restored
// backup say, and what an older version left. The database's own files must not stay open; of the rest that is somebody
// else's, the folder keeps others out.
func keepPrivate(path string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Chmod(path+suffix, 0o600); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return filepath.WalkDir(filepath.Dir(path), func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil && entry != nil && entry.IsDir():
			return fs.SkipDir // another user's
		case err != nil:
			return nil // it has just gone
		case entry.IsDir():
			_ = os.Chmod(name, 0o700)
		case entry.Type().IsRegular():
			_ = os.Chmod(name, 0o600)
		}
		return nil
	})
}
