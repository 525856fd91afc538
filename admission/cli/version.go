package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"gatekeeper/admission/wire"
)

// version is set by the linker.
var version = "dev"

type versions struct{}

// Run prints the version.
func (versions) Run(w world) error {
	v := built()
	fmt.Fprintf(w.stdout, "gatekeeper %s (%s, %s/%s)\n", v.Version, v.GoVersion, runtime.GOOS, runtime.GOARCH)
	return nil
}

func built() wire.Version {
	v := wire.Version{Version: version, GoVersion: runtime.Version()}
	if info, known := debug.ReadBuildInfo(); known {
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				v.Revision = setting.Value
			}
		}
	}
	return v
}
