package cli

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"gatekeeper/admission/wire"
)

// accounts is `gatekeeper account`.
type accounts struct {
	List     accountList     `cmd:"" help:"List accounts, with their characters."`
	Password accountPassword `cmd:"" help:"Give an account another password and log it out everywhere."`
}

type accountList struct {
	client
	Search string `arg:"" optional:"" help:"A part of the name of an account or a character, or a whole id."`
	JSON   bool   `help:"Write JSON."`
}

// Run lists the accounts.
func (c accountList) Run(w world) error {
	all, err := everyPage(w, c.client, "/admin/api/accounts", url.Values{"search": {c.Search}}, func(page wire.Accounts) ([]wire.Account, int) {
		return page.Accounts, page.Total
	})
	if err != nil {
		return err
	}
	return printAccounts(w, all, c.JSON)
}

func printAccounts(w world, all []wire.Account, asJSON bool) error {
	if asJSON {
		return printJSON(w, wire.Accounts{Accounts: append([]wire.Account{}, all...), Total: len(all)})
	}
	return table(w, "ACCOUNT\tNAME\tLOCKED\tCHARACTERS", func(row func(...any)) {
		for _, a := range all {
			locked := "-"
			if a.LockedSeconds > 0 {
				locked = wire.Duration(a.LockedSeconds).String()
			}
			row(a.AccountID, a.Name, locked, orDash(characterList(a)))
		}
	})
}

func characterList(a wire.Account) string {
	texts := make([]string, len(a.Characters))
	for i, c := range a.Characters {
		texts[i] = fmt.Sprintf("%s (%s)", c.Name, c.CharacterID)
		if c.Suspended {
			texts[i] += " suspended"
		}
	}
	return strings.Join(texts, ", ")
}

type accountPassword struct {
	client
	ID string `arg:"" help:"Id of the account."`
}

// Run prints the new password, on a line of its own.
func (c accountPassword) Run(w world) error {
	fresh, err := call[wire.NewPassword](w, c.client, http.MethodPost, "/admin/api/accounts/"+url.PathEscape(c.ID)+"/password", wire.NewPassword{})
	if err == nil {
		fmt.Fprintln(w.stdout, fresh.Password)
	}
	return err
}
