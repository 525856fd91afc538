package cli

import (
	"fmt"
	"net/http"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// builds is `gatekeeper build`.
type builds struct {
	List buildList `cmd:"" help:"Tell which build is required where, and how many clients have which."`
	Set  buildSet  `cmd:"" help:"Set the build that newcomers must have; an empty one lets any in."`
}

type buildList struct {
	client
	JSON bool `help:"Write JSON."`
}

// Run lists the builds.
func (c buildList) Run(w world) error {
	list, err := call[wire.Builds](w, c.client, http.MethodGet, "/admin/api/builds", nil)
	switch {
	case err != nil:
		return err
	case c.JSON:
		return printJSON(w, list)
	}
	return table(w, "INSTANCE\tREQUIRED\tACCEPTED TOO\tBUILD\tCLIENTS", func(row func(...any)) {
		for _, in := range list.Instances {
			clients := in.Clients
			if len(clients) == 0 {
				clients = []wire.BuildClients{{}}
			}
			for _, of := range clients {
				row(in.InstanceID, orDash(in.RequiredBuild), acceptedBuilds(in.AcceptedBuilds), orDash(of.Build), of.Count)
			}
		}
	})
}

type buildSet struct {
	client
	Build    string     `arg:"" help:"The build, or a range of versions such as ^1.4."`
	Instance string     `placeholder:"ID" help:"Only on this instance; else on all."`
	Accept   []string   `placeholder:"OLD" sep:"none" help:"A build or range that still comes in, too; may be given several times."`
	Until    *time.Time `placeholder:"TIME" help:"Until when, such as 2030-01-31T20:00:00Z; else for good."`
}

// Validate is for kong: what is wrong is wrong usage.
func (c buildSet) Validate() error {
	if c.Until != nil && len(c.Accept) == 0 {
		return fmt.Errorf("--until says how long --accept holds, which is missing")
	}
	return nil
}

// Run sets the build.
func (c buildSet) Run(w world) error {
	body := wire.ProductionBuild{Build: &c.Build, InstanceID: admission.InstanceID(c.Instance)}
	for _, old := range c.Accept {
		body.AcceptedBuilds = append(body.AcceptedBuilds, wire.AcceptedBuild{Build: old, Until: (*wire.Time)(c.Until)})
	}
	done, err := call[wire.AdminInstances](w, c.client, http.MethodPut, "/admin/api/builds/production", body)
	if err != nil {
		return err
	}
	return printInstances(w, done.Instances...)
}
