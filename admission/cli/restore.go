package cli

import (
	"errors"
	"fmt"
	"io/fs"

	"gatekeeper/storage"
)

// restore is `gatekeeper restore`.
type restore struct {
	Data string `default:"./data" env:"GATEKEEPER_DATA" placeholder:"DIR" help:"Data folder of a server that does not run (${default})."`
	File string `arg:"" help:"A backup."`
}

// Run puts the backup in the place of the database.
func (c restore) Run(w world) error {
	kept, err := storage.Restore(databasePath(c.Data), c.File)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no file %s", c.File)
	case errors.Is(err, storage.ErrInUse):
		return fmt.Errorf("a server is running on %s; stop it first", c.Data)
	case err != nil:
		return err
	}
	fmt.Fprintf(w.stdout, "%s is in place; start the server.\n", c.File)
	if kept != "" {
		fmt.Fprintf(w.stdout, "What it replaced is kept in %s.\n", kept)
	}
	return nil
}
