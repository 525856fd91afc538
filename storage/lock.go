package storage

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockName is the file whose lock says that a gatekeeper uses the folder. It is never removed: a second process
// could hold the removed file's lock while a third locks its successor.
const lockName = "gatekeeper.lock"

// acquire takes the folder for this process alone. The kernel lets go of the lock when the process ends, however
// it ends. Error: ErrInUse.
func acquire(dir string) (*os.File, error) {
	name := filepath.Join(dir, lockName)
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock file: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = fmt.Errorf("%w: another gatekeeper already uses %s; stop it or choose another --data", ErrInUse, dir)
	} else {
		err = fmt.Errorf("lock %s: %w", name, err)
	}
	return nil, errors.Join(err, f.Close())
}
