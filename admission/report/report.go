// Package report writes what a command found as one web page that needs nothing else: no server, no network, no second
// file. It can be opened from a disk, sent by mail and kept for years.
//
// The page carries its document as JSON, and a script that draws it; the document's field kind picks the view ("load",
// "simulation"), and what has none is shown as it is. Its policy lets run that script and that style by their hashes, and
// nothing be asked for at all, so that even a document with hostile names in it can do no more than be read.
package report

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"

	"gatekeeper/webui"
)

// page takes the policy, the title, the style, the document and the script. The icon is given, or a browser would ask for one.
const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="%s">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>%s</title>
<link rel="icon" href="data:,">
<style>%s</style>
</head>
<body>
<main id="report"><noscript>This page draws its figures with JavaScript, which is switched off here.</noscript></main>
<script type="application/json" id="document">%s</script>
<script>%s</script>
</body>
</html>
`

// Write writes doc, anything that encoding/json can encode, as a page with that title. It may be called concurrently. An
// error is that of the encoding or of w; in the latter case part of the page may be written.
func Write(w io.Writer, title string, doc any) error {
	// Escapes <, > and &, so that no text in it can end the element or begin a comment.
	encoded, err := json.Marshal(doc)
	if err != nil {
		return fmt.Errorf("encode the report: %w", err)
	}
	script, style := webui.Report()
	if _, err := fmt.Fprintf(w, page, policy(script, style), html.EscapeString(title), style, encoded, script); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// policy needs no 'unsafe-inline': a hash stands for each of the two that the page came with.
func policy(script, style []byte) string {
	return "default-src 'none'; script-src " + source(script) + "; style-src " + source(style) +
		"; img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
}

func source(content []byte) string {
	sum := sha256.Sum256(content)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
