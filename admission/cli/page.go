package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"gatekeeper/admission/report"
)

// webPage is the file that a report is written to as one page; "" = it is not.
type webPage string

// check finds before the work begins what would lose its result.
func (p webPage) check() error {
	if p == "" {
		return nil
	}
	folder := filepath.Dir(string(p))
	if in, err := os.Stat(folder); err != nil || !in.IsDir() {
		return fmt.Errorf("--html %s: there is no folder %s", p, folder)
	}
	return nil
}

// write replaces the file as a whole.
func (p webPage) write(title string, doc any) (err error) {
	if p == "" {
		return nil
	}
	file, err := os.CreateTemp(filepath.Dir(string(p)), ".gatekeeper-*.html")
	if err != nil {
		return fmt.Errorf("cannot write the page: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
			err = fmt.Errorf("cannot write the page: %w", err)
		}
	}()
	if err := errors.Join(report.Write(file, title, doc), file.Chmod(0o644), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), string(p))
}
