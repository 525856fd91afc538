package cli

import (
	"net/http"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// builds is `gatekeeper build`.
type builds struct {
	Set buildSet `cmd:"" help:"Set the build that newcomers must have; an empty one lets any in."`
}

type buildSet struct {
	client
	Build    string `arg:"" help:"The build."`
	Instance string `placeholder:"ID" help:"Only on this instance; else on all."`
}

// Run sets the build.
func (c buildSet) Run(w world) error {
	done, err := call[wire.AdminInstances](w, c.client, http.MethodPut, "/admin/api/builds/production",
		wire.ProductionBuild{Build: &c.Build, InstanceID: admission.InstanceID(c.Instance)})
	if err != nil {
		return err
	}
	return printInstances(w, done.Instances...)
}
