package admission

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// isPrintable refuses control characters and the marks that reorder or hide text, so that a name shown
// to others cannot pose as something else.
func isPrintable(r rune) bool {
	return unicode.IsPrint(r) && !unicode.Is(unicode.Cf, r)
}

func isBlank(s string) bool { return strings.TrimSpace(s) != s || s == "" }

// isText reports whether s is valid UTF-8 without control characters and of minRunes to maxRunes characters.
func isText(s string, minRunes, maxRunes int) bool {
	if !utf8.ValidString(s) {
		return false
	}
	n := 0
	for _, r := range s {
		if !isPrintable(r) {
			return false
		}
		n++
	}
	return n >= minRunes && n <= maxRunes
}
