package proof_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"gatekeeper/admission"
	"gatekeeper/storage"
)

// The files of a data folder.
const (
	database = "gatekeeper.db"
	wal      = "gatekeeper.db-wal"
	shm      = "gatekeeper.db-shm"
	lock     = "gatekeeper.lock"
)

// readFiles reads those of the files that are there. Its error tells of those that are and cannot be read.
func readFiles(dir string, names ...string) (files map[string][]byte, err error) {
	files = map[string][]byte{}
	for _, name := range names {
		content, readErr := os.ReadFile(filepath.Join(dir, name))
		switch {
		case readErr == nil:
			files[name] = content
		case !errors.Is(readErr, fs.ErrNotExist):
			err = errors.Join(err, readErr)
		}
	}
	return files, err
}

func writeFiles(dir string, files map[string][]byte) error {
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// readEvents reads all events after one.
func readEvents(store *storage.Store, since uint64) (events []admission.Event, err error) {
	for {
		page, err := store.Events(context.Background(), admission.EventFilter{Since: since, Limit: 10_000})
		if err != nil || len(page) == 0 {
			return events, err
		}
		events, since = append(events, page...), page[len(page)-1].Seq
	}
}
