// Package build compares builds with ranges of semantic versions, such as "^1.4" or ">=1.4.0 <2.0.0".
package build

import (
	"errors"
	"fmt"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// ErrBadRange is wrapped by what [Check] finds; its text may be shown to the operator.
var ErrBadRange = errors.New("not a range of versions")

// IsRange reports whether the text is meant as a range; anything else names one build exactly, whatever it looks like.
func IsRange(text string) bool {
	return strings.ContainsAny(text, "<>=!~^*| ,") || strings.HasSuffix(strings.ToLower(text), ".x")
}

// Check reports an error that wraps [ErrBadRange] for a range that cannot be read.
func Check(text string) error {
	if !IsRange(text) {
		return nil
	}
	if _, err := semver.NewConstraint(text); err != nil {
		return fmt.Errorf("%w: %q; write for example ^1.4 or >=1.4.0 <2.0.0", ErrBadRange, text)
	}
	return nil
}

// Within reports whether a build is a semantic version that lies in a range. Of pre-releases only those are in it that
// the range names.
func Within(build, versions string) bool {
	if !IsRange(versions) {
		return false
	}
	constraint, err := semver.NewConstraint(versions)
	if err != nil {
		return false
	}
	version, err := semver.NewVersion(build)
	return err == nil && constraint.Check(version)
}
