package cli

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// instances is `gatekeeper instance`.
type instances struct {
	Add         instanceAdd  `cmd:"" help:"Make an instance."`
	Set         instanceSet  `cmd:"" help:"Change an instance; only what is given changes."`
	List        instanceList `cmd:"" help:"List all instances."`
	Show        instanceShow `cmd:"" help:"Show one instance."`
	Open        instanceMode `cmd:"" help:"Admit players."`
	Drain       instanceMode `cmd:"" help:"Let those in who wait, and nobody new."`
	Maintenance instanceMode `cmd:"" help:"Stand still: nobody new, nobody moves, nobody is lost."`
	Close       instanceMode `cmd:"" help:"End every session and hide the instance; open brings it back empty."`
}

// instanceSettings are the flags of add and set; nil = not given.
type instanceSettings struct {
	Name          *string        `placeholder:"TEXT" help:"Name that players read."`
	Capacity      *int           `placeholder:"N" help:"Seats."`
	QueueMax      *int           `placeholder:"N" help:"Places in the queue."`
	Grace         *time.Duration `placeholder:"60s" help:"How long a dropped player's seat is held."`
	Claim         *time.Duration `placeholder:"10s" help:"How long an offered seat waits for its player."`
	RequiredBuild *string        `placeholder:"BUILD" help:"Build that newcomers must have; empty = any."`
	UpdateURL     *string        `placeholder:"URL" help:"Where they get it."`
	GameURL       *string        `placeholder:"URL" help:"Where the game is that admitted players are handed over to; empty = they find it themselves."`
	Upstream      *string        `placeholder:"URL" help:"The game's own WebSocket (ws:// or wss://) that players are relayed to; empty = they are not."`
	Message       *string        `placeholder:"TEXT" help:"What players are told."`
	Replacement   *string        `placeholder:"POLICY" help:"same-instance, anywhere or never: may a second connection take a session over."`
}

func (s instanceSettings) body() wire.InstanceSettings {
	body := wire.InstanceSettings{
		Name: s.Name, Capacity: s.Capacity, QueueMax: s.QueueMax, Message: s.Message, RequiredBuild: s.RequiredBuild,
		UpdateURL: s.UpdateURL, GameURL: s.GameURL, Upstream: s.Upstream, GraceSeconds: inSeconds(s.Grace), ClaimSeconds: inSeconds(s.Claim),
	}
	if s.Replacement != nil {
		policy := admission.ReplacementPolicy(*s.Replacement)
		body.Replacement = &policy
	}
	return body
}

func inSeconds(d *time.Duration) *float64 {
	if d == nil {
		return nil
	}
	seconds := d.Seconds()
	return &seconds
}

const instancesPath = "/admin/api/instances"

func instancePath(id string) string { return instancesPath + "/" + url.PathEscape(id) }

type instanceAdd struct {
	client
	ID string `arg:"" help:"Id of the instance: letters, digits, _ and -."`
	instanceSettings
}

// Run makes the instance.
func (c instanceAdd) Run(w world) error {
	body := c.body()
	body.InstanceID = admission.InstanceID(c.ID)
	made, err := call[wire.AdminInstance](w, c.client, http.MethodPost, instancesPath, body)
	if err != nil {
		return err
	}
	return printInstances(w, made)
}

type instanceSet struct {
	client
	ID string `arg:"" help:"Id of the instance."`
	instanceSettings
}

// Run changes the instance.
func (c instanceSet) Run(w world) error { return change(w, c.client, c.ID, c.body()) }

func change(w world, c client, id string, body wire.InstanceSettings) error {
	changed, err := call[wire.AdminInstance](w, c, http.MethodPatch, instancePath(id), body)
	if err != nil {
		return err
	}
	return printInstances(w, changed)
}

type instanceList struct {
	client
	JSON bool `help:"Write JSON."`
}

// Run lists all instances.
func (c instanceList) Run(w world) error {
	list, err := call[wire.AdminInstances](w, c.client, http.MethodGet, instancesPath, nil)
	switch {
	case err != nil:
		return err
	case c.JSON:
		return printJSON(w, list)
	}
	return printInstances(w, list.Instances...)
}

type instanceShow struct {
	client
	ID   string `arg:"" help:"Id of the instance."`
	JSON bool   `help:"Write JSON."`
}

// Run shows one instance.
func (c instanceShow) Run(w world) error {
	v, err := call[wire.AdminInstance](w, c.client, http.MethodGet, instancePath(c.ID), nil)
	switch {
	case err != nil:
		return err
	case c.JSON:
		return printJSON(w, v)
	}
	t := tabwriter.NewWriter(w.stdout, 0, 0, 2, ' ', 0)
	for _, line := range []struct {
		name  string
		value any
	}{
		{"id", v.InstanceID},
		{"name", v.Name},
		{"state", v.State},
		{"seats", fmt.Sprintf("%d of %d (%d reserved, %d active, %d in grace)", v.SeatsTaken, v.Capacity, v.Seats.Reserved, v.Seats.Active, v.Seats.Grace)},
		{"queue", fmt.Sprintf("%d of %d", v.QueueDepth, v.QueueMax)},
		{"grace", wire.Duration(v.GraceSeconds)},
		{"claim window", wire.Duration(v.ClaimSeconds)},
		{"required build", orDash(v.RequiredBuild)},
		{"accepted too", acceptedBuilds(v.AcceptedBuilds)},
		{"update url", orDash(v.UpdateURL)},
		{"game url", orDash(v.GameURL)},
		{"upstream", orDash(v.Upstream)},
		{"message", orDash(v.Message)},
		{"replacement", v.Replacement},
		{"game server", strings.TrimSpace(fmt.Sprint(v.GameServer.State, " ", v.GameServer.Build, " ", v.GameServer.Message))},
	} {
		fmt.Fprintf(t, "%s\t%v\n", line.name, line.value)
	}
	return t.Flush()
}

type instanceMode struct {
	client
	ID      string  `arg:"" help:"Id of the instance."`
	Message *string `help:"What players are told."`
}

// Run puts the instance into the mode that the command is named after.
func (c instanceMode) Run(w world, name commandName) error {
	mode := map[commandName]admission.Mode{
		"open": admission.ModeOpen, "drain": admission.ModeDraining,
		"maintenance": admission.ModeMaintenance, "close": admission.ModeClosed,
	}[name]
	return change(w, c.client, c.ID, wire.InstanceSettings{State: &mode, Message: c.Message})
}

func printInstances(w world, list ...wire.AdminInstance) error {
	t := tabwriter.NewWriter(w.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tSTATE\tSEATS\tACTIVE\tGRACE\tQUEUE\tBUILD\tMESSAGE")
	for _, v := range list {
		fmt.Fprintf(t, "%s\t%s\t%d/%d\t%d\t%d\t%d/%d\t%s\t%s\n", v.InstanceID, v.State, v.SeatsTaken, v.Capacity,
			v.Seats.Active, v.Seats.Grace, v.QueueDepth, v.QueueMax, orDash(v.RequiredBuild), orDash(v.Message))
	}
	return t.Flush()
}

func acceptedBuilds(list []wire.AcceptedBuild) string {
	texts := make([]string, len(list))
	for i, a := range list {
		texts[i] = a.Build
		if a.Until != nil {
			texts[i] += " until " + time.Time(*a.Until).Format(time.RFC3339)
		}
	}
	return orDash(strings.Join(texts, ", "))
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
