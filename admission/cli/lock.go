package cli

import (
	"fmt"
	"net/http"
	"net/url"

	"gatekeeper/admission/wire"
)

// locks is `gatekeeper lock`.
type locks struct {
	List  lockList  `cmd:"" help:"List the accounts that are locked now."`
	Clear lockClear `cmd:"" help:"Forget an account's failures and lock."`
}

type lockList struct {
	client
	JSON bool `help:"Write JSON."`
}

// Run lists the locks.
func (c lockList) Run(w world) error {
	list, err := call[wire.Accounts](w, c.client, http.MethodGet, "/admin/api/locks", nil)
	if err != nil {
		return err
	}
	return printAccounts(w, list.Accounts, c.JSON)
}

type lockClear struct {
	client
	Account string `arg:"" help:"Id of the account."`
}

// Run clears the lock.
func (c lockClear) Run(w world) error {
	err := do(w, c.client, http.MethodDelete, "/admin/api/locks/"+url.PathEscape(c.Account), nil)
	if err == nil {
		fmt.Fprintf(w.stdout, "%s may try again\n", c.Account)
	}
	return err
}
