package build_test

import (
	"errors"
	"testing"

	"gatekeeper/admission/build"
)

func TestARangeHoldsTheVersionsThatItNames(t *testing.T) {
	for _, c := range []struct {
		versions, build string
		want            bool
	}{
		{"^1.4", "1.4.0", true},
		{"^1.4", "1.9.3", true},
		{"^1.4", "2.0.0", false},
		{"^1.4", "1.3.9", false},
		{"~1.4.2", "1.4.9", true},
		{"~1.4.2", "1.5.0", false},
		{">=1.4.0 <2.0.0", "1.10.0", true},
		{">=1.4.0 <2.0.0", "2.0.0", false},
		{"1.4.x", "1.4.7", true},
		{"1.2 - 1.4", "1.3.3", true},
		{"^1.4 || ^3", "3.1.0", true},
		{"^1.4", "1.5.0-rc.1", false},
		{"^1.4", "nightly", false},
		{"^1.4", "", false},
		{"1.4.2", "1.4.2", false}, // an exact build is none of this package's business
		{"2026-11-23", "2026-11-23", false},
	} {
		if got := build.Within(c.build, c.versions); got != c.want {
			t.Errorf("%q in %q: %v", c.build, c.versions, got)
		}
	}
}

func TestARangeThatCannotBeReadIsRefused(t *testing.T) {
	for text, isBad := range map[string]bool{
		"^1.4": false, "1.4.2": false, "2026-11-23": false, "build_77": false, "": false,
		"^one": true, ">=": true, "the newest": true, "1.4 ||": true,
	} {
		if err := build.Check(text); errors.Is(err, build.ErrBadRange) != isBad {
			t.Errorf("%q: %v", text, err)
		}
	}
}
