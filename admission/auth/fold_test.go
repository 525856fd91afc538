package auth

import (
	"strings"
	"testing"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// TestPlainNamesFoldAsAllDo compares the short way with the long one.
func TestPlainNamesFoldAsAllDo(t *testing.T) {
	for c := range byte(0x80) {
		name := "a" + string(rune(c)) + "Z"
		long := norm.NFKC.String(cases.Fold().String(strings.ToUpper(norm.NFKC.String(name))))
		if got := FoldName(name); got != long {
			t.Errorf("%q folds to %q, and the long way to %q", name, got, long)
		}
	}
}
