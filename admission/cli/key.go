package cli

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// keys is `gatekeeper key`.
type keys struct {
	Add    keyAdd    `cmd:"" help:"Make a key and print it, this once, on a line of its own."`
	List   keyList   `cmd:"" help:"List the keys."`
	Revoke keyRevoke `cmd:"" help:"Revoke every key of a name."`
}

const keysPath = "/admin/api/keys"

type keyAdd struct {
	client
	Name     string     `arg:"" help:"What you call it."`
	Instance []string   `placeholder:"ID" help:"Where it works; may be given several times. Else everywhere."`
	Scope    []string   `default:"server" enum:"server,viewer,operator,owner" help:"server (calls of game servers), viewer, operator or owner (${default})."`
	Until    *time.Time `placeholder:"TIME" help:"Until when, such as 2030-01-31T20:00:00Z; else for good."`
}

// Run makes the key.
func (c keyAdd) Run(w world) error {
	body := wire.NewKey{Name: c.Name, ExpiresAt: (*wire.Time)(c.Until)}
	for _, scope := range c.Scope {
		body.Scopes = append(body.Scopes, admission.Scope(scope))
	}
	for _, id := range c.Instance {
		body.Instances = append(body.Instances, admission.InstanceID(id))
	}
	made, err := call[wire.MadeKey](w, c.client, http.MethodPost, keysPath, body)
	if err == nil {
		fmt.Fprintln(w.stdout, made.Secret)
	}
	return err
}

type keyList struct {
	client
	JSON bool `help:"Write JSON."`
}

// Run lists the keys.
func (c keyList) Run(w world) error {
	list, err := call[wire.Keys](w, c.client, http.MethodGet, keysPath, nil)
	switch {
	case err != nil:
		return err
	case c.JSON:
		return printJSON(w, list)
	}
	return table(w, "NAME\tSCOPES\tINSTANCES\tBY\tUNTIL\tLAST USED", func(row func(...any)) {
		for _, k := range list.Keys {
			row(k.Name, joined(k.Scopes), orDash(joined(k.Instances)), k.CreatedBy, atTime(k.ExpiresAt), atTime(k.LastUsedAt))
		}
	})
}

func joined[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, item := range list {
		texts[i] = string(item)
	}
	return strings.Join(texts, ",")
}

type keyRevoke struct {
	client
	Name string `arg:"" help:"Name of the key, or its id."`
}

// Run revokes the keys.
func (c keyRevoke) Run(w world) error {
	list, err := call[wire.Keys](w, c.client, http.MethodGet, keysPath, nil)
	if err != nil {
		return err
	}
	revoked := 0
	for _, k := range list.Keys {
		if k.Name != c.Name && k.KeyID != c.Name {
			continue
		}
		if err := do(w, c.client, http.MethodDelete, keysPath+"/"+k.KeyID, nil); err != nil {
			return err
		}
		revoked++
	}
	if revoked == 0 {
		return fmt.Errorf("there is no key %q; `gatekeeper key list` shows them", c.Name)
	}
	fmt.Fprintf(w.stdout, "%d revoked\n", revoked)
	return nil
}
