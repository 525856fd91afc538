package cli

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// admins is `gatekeeper admin`: also the way back in for an owner who lost password or second factor.
type admins struct {
	List   adminList   `cmd:"" help:"List the administrators."`
	Add    adminAdd    `cmd:"" help:"Add an administrator."`
	Set    adminSet    `cmd:"" help:"Change an administrator; only what is given changes."`
	Remove adminRemove `cmd:"" help:"Remove an administrator."`
}

const adminsPath = "/admin/api/admins"

func adminPath(name string) string { return adminsPath + "/" + url.PathEscape(name) }

type adminList struct {
	client
	JSON bool `help:"Write JSON."`
}

// Run lists the administrators.
func (c adminList) Run(w world) error {
	list, err := call[wire.Admins](w, c.client, http.MethodGet, adminsPath, nil)
	switch {
	case err != nil:
		return err
	case c.JSON:
		return printJSON(w, list)
	}
	return printAdmins(w, list.Admins...)
}

func printAdmins(w world, list ...wire.Admin) error {
	return table(w, "NAME\tROLE\tSECOND FACTOR\tSINCE", func(row func(...any)) {
		for _, a := range list {
			factor := "-"
			if a.HasTOTP {
				factor = "yes"
			}
			row(a.Name, a.Role, factor, atTime(&a.CreatedAt))
		}
	})
}

type adminAdd struct {
	client
	Name         string `arg:"" help:"The name to log in with."`
	Role         string `default:"operator" enum:"viewer,operator,owner" help:"viewer, operator or owner (${default})."`
	PasswordFile string `required:"" placeholder:"FILE" help:"File with the password, of at least 12 characters."`
}

// Run adds the administrator.
func (c adminAdd) Run(w world) error {
	password, err := readPassword(c.PasswordFile)
	if err != nil {
		return err
	}
	body := wire.NewAdmin{Name: c.Name, Password: password, Role: admission.Role(c.Role)}
	made, err := call[wire.Admin](w, c.client, http.MethodPost, adminsPath, body)
	if err != nil {
		return err
	}
	return printAdmins(w, made)
}

func readPassword(file string) (string, error) {
	data, err := readAtMost(file, maxConfig)
	if err != nil {
		return "", fmt.Errorf("cannot read the password: %w", err)
	}
	return strings.TrimRight(string(data), "\r\n"), nil
}

type adminSet struct {
	client
	Name             string `arg:"" help:"Name of the administrator."`
	Role             string `enum:",viewer,operator,owner" default:"" help:"viewer, operator or owner."`
	PasswordFile     string `placeholder:"FILE" help:"File with a new password, of at least 12 characters."`
	DropSecondFactor bool   `help:"Take the second factor away."`
}

// Run changes the administrator.
func (c adminSet) Run(w world) error {
	var body wire.AdminChange
	if c.Role != "" {
		role := admission.Role(c.Role)
		body.Role = &role
	}
	if c.PasswordFile != "" {
		password, err := readPassword(c.PasswordFile)
		if err != nil {
			return err
		}
		body.Password = &password
	}
	if c.DropSecondFactor {
		body.HasTOTP = new(bool)
	}
	if body == (wire.AdminChange{}) {
		return usageError{errors.New("say what to change: --role, --password-file or --drop-second-factor")}
	}
	changed, err := call[wire.Admin](w, c.client, http.MethodPatch, adminPath(c.Name), body)
	if err != nil {
		return err
	}
	return printAdmins(w, changed)
}

type adminRemove struct {
	client
	Name string `arg:"" help:"Name of the administrator."`
}

// Run removes the administrator.
func (c adminRemove) Run(w world) error {
	err := do(w, c.client, http.MethodDelete, adminPath(c.Name), nil)
	if err == nil {
		fmt.Fprintf(w.stdout, "%s is no administrator any more\n", c.Name)
	}
	return err
}
