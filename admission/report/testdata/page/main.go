// Command page writes the document on its standard input as a report, for the tests that look at it in a browser.
package main

import (
	"encoding/json"
	"io"
	"log"
	"os"

	"gatekeeper/admission/report"
)

func main() {
	document, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	if err := report.Write(os.Stdout, os.Args[1], json.RawMessage(document)); err != nil {
		log.Fatal(err)
	}
}
