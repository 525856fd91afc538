package storage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// mark is what the lock file says of the database from one start to the next. SQLite believes its log as far as the
// log's checksums reach, and cannot see that it once reached further: where a part of it is damaged or gone that was
// moved into the file already, older pages would come to lie over newer ones. The mark is how that is noticed.
type mark struct {
	// InUse says that a process has the database open or was killed: its log must be there.
	InUse bool `json:"inUse"`
	// Opened says that there is a database: it must not be made anew.
	Opened bool `json:"opened"`
	// Log names the generation of the log that was moved from last; "" = none was.
	Log string `json:"log,omitempty"`
	// Moved bounds how many frames of that generation are in the file. It is durable before the first of them is.
	Moved int `json:"moved,omitempty"`
}

// lockName is the file whose lock says that a gatekeeper uses the folder. It is never removed: a second process
// could hold the removed file's lock while a third locks its successor.
const lockName = "gatekeeper.lock"

// markSize is no larger than a sector of any disk, so that a mark is written as a whole or not at all.
const markSize = 512

// lockFile keeps other processes out of a folder and carries the mark. Its methods may be called concurrently.
type lockFile struct {
	f *os.File
	// unread is why the mark could not be read; nil = it was. A start needs it, a restore does not.
	unread error

	mu   sync.Mutex // guards mark, and its copy in the file
	mark mark
}

// acquire takes the folder for this process alone. The kernel lets go of the lock when the process ends, however
// it ends. Error: ErrInUse.
func acquire(dir string) (*lockFile, error) {
	name := filepath.Join(dir, lockName)
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock file: %w", err)
	}
	l := &lockFile{f: f}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		err = fmt.Errorf("%w: another gatekeeper already uses %s; stop it or choose another --data", ErrInUse, dir)
	case err != nil:
		err = fmt.Errorf("lock %s: %w", name, err)
	default:
		l.mark, l.unread = readMark(f)
		return l, nil
	}
	return nil, errors.Join(err, f.Close())
}

// readMark reads the mark; a file without one has the zero mark.
func readMark(f io.ReaderAt) (m mark, err error) {
	data := make([]byte, markSize)
	n, err := f.ReadAt(data, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return m, fmt.Errorf("read the lock file: %w", err)
	}
	data = bytes.TrimRight(data[:n], " \n\x00")
	if len(data) == 0 {
		return m, nil
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return m, fmt.Errorf("%w: %s cannot be read; restore a backup with `gatekeeper restore FILE`", ErrCorrupt, lockName)
	}
	return m, nil
}

// put makes a mark durable.
func (l *lockFile) put(m mark) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m == l.mark && l.unread == nil {
		return nil
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	data := bytes.Repeat([]byte{' '}, markSize)
	copy(data, text)
	data[markSize-1] = '\n'
	if _, err := l.f.WriteAt(data, 0); err != nil {
		return fmt.Errorf("mark the database: %w", err)
	}
	if err := l.f.Sync(); err != nil {
		return fmt.Errorf("mark the database: %w", err)
	}
	l.mark, l.unread = m, nil
	return nil
}

// use marks the database as in use, or as closed.
func (l *lockFile) use(inUse bool) error {
	m := l.read()
	m.InUse = inUse
	return l.put(m)
}

func (l *lockFile) read() mark {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.mark
}

func (l *lockFile) Close() error { return l.f.Close() }
