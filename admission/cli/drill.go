package cli

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"gatekeeper/admission/wire"
)

// drill is `gatekeeper drill`.
type drill struct {
	client
	JSON bool `help:"Write JSON, at the end."`
}

const (
	drillPath  = "/admin/api/lab/drill"
	drillLimit = 5 * time.Minute
	drillPause = 300 * time.Millisecond
)

var drillMarks = map[wire.DrillState]string{
	wire.DrillPassed: "\u2713", wire.DrillFailed: "\u2717", wire.DrillSkipped: "-", wire.DrillPending: "-", wire.DrillRunning: "-",
}

// Run has a server with a test lab run its smoke steps, and tells of each as it ends.
func (c drill) Run(w world) error {
	lab, err := call[wire.Lab](w, c.client, http.MethodPost, drillPath, nil)
	told := 0
	for until := time.Now().Add(drillLimit); err == nil; lab, err = call[wire.Lab](w, c.client, http.MethodGet, "/admin/api/lab", nil) {
		if lab.Drill == nil {
			return errors.New("the server has forgotten the drill; it may have been restarted")
		}
		if !c.JSON {
			told = tellSteps(w, lab.Drill.Steps, told)
		}
		if lab.Drill.State != wire.DrillRunning {
			return c.conclude(w, *lab.Drill)
		}
		if time.Now().After(until) {
			return fmt.Errorf("the drill was not over within %s; look at the server's log", drillLimit)
		}
		select {
		case <-time.After(drillPause):
		case <-w.ctx.Done():
			return errors.New("interrupted; the drill goes on in the server")
		}
	}
	return err
}

// tellSteps writes the steps that are over and were not told yet.
func tellSteps(w world, steps []wire.LabStep, told int) int {
	for ; told < len(steps); told++ {
		step := steps[told]
		if step.State == wire.DrillPending || step.State == wire.DrillRunning {
			break
		}
		fmt.Fprintf(w.stdout, "%s %2d  %s (%.1f s)\n", drillMarks[step.State], told+1, step.Title, step.TookSeconds)
		if step.Detail != "" {
			fmt.Fprintf(w.stdout, "      %s\n", step.Detail)
		}
		if step.State == wire.DrillFailed {
			fmt.Fprintf(w.stdout, "      events %d to %d: gatekeeper export events --since %d\n", step.FromSeq+1, step.ToSeq, step.FromSeq)
		}
	}
	return told
}

func (c drill) conclude(w world, run wire.LabDrill) error {
	if c.JSON {
		if err := printJSON(w, run); err != nil {
			return err
		}
	}
	if run.State != wire.DrillPassed {
		return errors.New("the drill failed")
	}
	return nil
}
