package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"gatekeeper/storage"
)

// backup is `gatekeeper backup`.
type backup struct {
	client
	File string `arg:"" help:"Where the backup goes; there must be nothing yet."`
}

// Run has a running server make the copy, or copies the database of one that does not run.
func (c backup) Run(w world) error {
	if _, err := os.Lstat(c.File); err == nil {
		return fmt.Errorf("%s exists already; choose another name, or remove it first", c.File)
	}
	response, err := c.openWithin(w.ctx, copyTimeout, http.MethodGet, "/admin/api/backup", nil)
	var absent notRunningError
	switch {
	case errors.As(err, &absent):
		err = c.copy(w.ctx)
	case err == nil:
		defer response.Body.Close()
		err = c.receive(response)
	}
	if err != nil {
		return err
	}
	info, err := os.Stat(c.File)
	if err != nil {
		return err
	}
	fmt.Fprintf(w.stdout, "%s holds everything, %d KiB; keep it as safe as the server.\n", c.File, info.Size()>>10)
	return nil
}

func (c backup) copy(ctx context.Context) error {
	path := databasePath(c.Data)
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("there is no database in %s; name its folder with --data", c.Data)
	}
	return storage.BackupFile(ctx, path, c.File)
}

// receive writes what comes to a draft beside the file, which gets its name when it is complete and durable.
func (c backup) receive(response *http.Response) (err error) {
	draft, err := os.CreateTemp(filepath.Dir(c.File), ".gatekeeper-*.tmp") // mode 0600
	if err != nil {
		return fmt.Errorf("cannot write there: %w", err)
	}
	defer func() {
		_ = draft.Close()
		if err != nil {
			_ = os.Remove(draft.Name())
		}
	}()
	n, err := io.Copy(draft, response.Body)
	if err == nil && n != response.ContentLength {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return fmt.Errorf("the backup broke off after %d KiB (%w); nothing was kept, try again", n>>10, err)
	}
	return storage.Settle(draft, c.File)
}

// copyTimeout is how long a server may take to make the copy, before it sends it.
const copyTimeout = 10 * time.Minute

func databasePath(data string) string { return filepath.Join(data, "gatekeeper.db") }
