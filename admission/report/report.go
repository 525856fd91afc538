// Package report writes what a test found as one web page that needs nothing else.
package report

import (
	"errors"
	"io"
)

// Write writes the page of a document, which is embedded as JSON.
func Write(io.Writer, string, any) error { return errors.New("the page is not built yet") }
