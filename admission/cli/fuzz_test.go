package cli

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/alecthomas/kong"
)

// hangs is after how long a target is taken for one that never ends.
const hangs = 10 * time.Second

// FuzzConfig reads any file as the configuration of serve, by the parser that the program uses: it is refused in one
// line that names the file or the flag, or gives the same settings each time.
func FuzzConfig(f *testing.F) {
	path := filepath.Join(f.TempDir(), "gatekeeper.yaml")
	var c commands
	parser, err := kong.New(&c, kong.Exit(func(int) { panic("a configuration ends the program") }))
	if err != nil {
		f.Fatal(err)
	}
	configured := func() (serve, error) {
		c.Serve.given = nil
		_, err := parser.Parse([]string{"serve", "--config", path})
		slices.Sort(c.Serve.given)
		return c.Serve, err
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "brand") {
			return // such flags name files, of this machine
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		watch := time.AfterFunc(hangs, func() { panic("the configuration is read without end") })
		defer watch.Stop()
		first, err := configured()
		again, errAgain := configured()
		if !reflect.DeepEqual(first, again) || (err == nil) != (errAgain == nil) {
			t.Errorf("read twice it is %+v, %v and %+v, %v", first, err, again, errAgain)
		}
		if err == nil {
			return
		}
		line := oneLine(err)
		if utf8.RuneCountInString(line) > maxLine+1 || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("it is refused with %q", line)
		}
		if !strings.Contains(line, path) && !strings.Contains(line, "--") {
			t.Errorf("nobody knows what is wrong: %q", line)
		}
	})
}
