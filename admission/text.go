package admission

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// ValidName reports whether s may name somebody to others: valid UTF-8 of minRunes to maxRunes characters, without
// space at its ends, and nothing that hides, reorders or looks like nothing.
func ValidName(s string, minRunes, maxRunes int) bool {
	return isText(s, minRunes, maxRunes) && strings.TrimSpace(s) == s && !strings.ContainsFunc(s, isDeceptive)
}

// brailleBlank is a symbol to Unicode and a gap to a reader.
const brailleBlank = '\u2800'

// isDeceptive reports whether r leaves no ink of its own, or stands for one that could not be read: with such characters
// two names would look alike, or a name would look like none.
func isDeceptive(r rune) bool {
	return !unicode.IsPrint(r) || r == brailleBlank || r == unicode.ReplacementChar ||
		unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// ValidText reports whether s is valid UTF-8 without control characters, which could steer a terminal, and of at most so
// many bytes.
func ValidText(s string, maxBytes int) bool { return len(s) <= maxBytes && isText(s, 0, maxBytes) }

// isText reports whether s is valid UTF-8 without control characters and of minRunes to maxRunes characters.
func isText(s string, minRunes, maxRunes int) bool {
	n := utf8.RuneCountInString(s)
	return utf8.ValidString(s) && n >= minRunes && n <= maxRunes && !strings.ContainsFunc(s, unicode.IsControl)
}
