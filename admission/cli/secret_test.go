package cli

import (
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestNoSecretIsAFlag looks at every flag of every command: what a command line says, every user of the machine may read.
func TestNoSecretIsAFlag(t *testing.T) {
	parser, err := kong.New(&commands{})
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]bool{"tls-key": true}
	var flags int
	err = kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		flag, isFlag := node.(*kong.Flag)
		if !isFlag {
			return next(nil)
		}
		flags++
		for _, secret := range []string{"password", "secret", "token", "key"} {
			if strings.Contains(flag.Name, secret) && !strings.HasSuffix(flag.Name, "-file") && !files[flag.Name] {
				t.Errorf("--%s takes a secret; let it name a file", flag.Name)
			}
		}
		return next(nil)
	})
	if err != nil || flags < 50 {
		t.Errorf("%d flags, %v", flags, err)
	}
}
