package auth

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"gatekeeper/admission"
)

// ValidName reports whether s may name an account or an administrator: 3 to 32 characters that are seen, of one script or
// of those that are written together, without marks heaped on one letter.
func ValidName(s string) bool {
	return admission.ValidName(s, 3, 32) && (isASCII(s) || isOneHand(s) && !isHeaped(s))
}

// together are the scripts that one writer mixes: the highly restrictive level of UTS 39. All others stand alone, Latin
// beside Cyrillic above all.
var together = [][]string{
	{"Latin", "Han", "Hiragana", "Katakana"},
	{"Latin", "Han", "Hangul"},
	{"Latin", "Han", "Bopomofo"},
}

func isOneHand(s string) bool {
	var scripts []string
	for _, r := range s {
		if script := scriptOf(r); script != "" && !slices.Contains(scripts, script) {
			scripts = append(scripts, script)
		}
	}
	return len(scripts) <= 1 || slices.ContainsFunc(together, func(set []string) bool {
		return !slices.ContainsFunc(scripts, func(script string) bool { return !slices.Contains(set, script) })
	})
}

// scriptOf is the script of a letter; "" = it belongs to all of them.
func scriptOf(r rune) string {
	switch {
	case unicode.In(r, unicode.Common, unicode.Inherited):
		return ""
	case unicode.Is(unicode.Latin, r):
		return "Latin"
	}
	for script, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return script
		}
	}
	return "?"
}

// mostMarks is how many marks a letter carries in any language that is written, and then some.
const mostMarks = 3

func isHeaped(s string) bool {
	marks := 0
	for i, r := range s {
		if !unicode.In(r, unicode.Mn, unicode.Me) {
			marks = 0
		} else if marks++; marks > mostMarks || i == 0 {
			return true
		}
	}
	return false
}

// twins are the letters of other scripts that are drawn as a Latin one is, small or large (confusables of UTS 39, for the
// scripts in which whole names can be written with them).
var twins = strings.NewReplacer(
	"а", "a", "в", "b", "е", "e", "ё", "ë", "к", "k", "м", "m", "н", "h", "о", "o", "р", "p", "с", "c", "т", "t", "у", "y", "х", "x",
	"ѕ", "s", "і", "i", "ї", "ï", "ј", "j", "ԁ", "d", "һ", "h", "ԛ", "q", "ԝ", "w", "ѵ", "v",
	"α", "a", "β", "b", "γ", "y", "ε", "e", "ζ", "z", "η", "h", "ι", "i", "κ", "k", "ν", "v", "ο", "o", "ρ", "p", "τ", "t", "υ", "u", "χ", "x",
	"օ", "o", "ս", "u", "հ", "h",
)

// FoldName makes names equal that a reader would take for one: compatible forms, case, and letters of other scripts that
// are drawn alike. Letters of one script that only resemble one another, such as l and I or 0 and O, stay two: they would
// take too many honest names. Upper case comes first because folding alone swaps the cases of Cherokee instead of joining
// them.
func FoldName(s string) string {
	if isASCII(s) { // the same, without the work
		return strings.ToLower(s)
	}
	return twins.Replace(norm.NFKC.String(cases.Fold().String(strings.ToUpper(norm.NFKC.String(s)))))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
