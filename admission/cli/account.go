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
	Delete   accountDelete   `cmd:"" help:"Delete an account for good: its places end at once, what happened stays in the log."`
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
	return table(w, "ACCOUNT\tNAME\tKIND\tLOCKED\tCHARACTERS", func(row func(...any)) {
		for _, a := range all {
			locked := "-"
			if a.LockedSeconds > 0 {
				locked = wire.Duration(a.LockedSeconds).String()
			}
			row(a.AccountID, a.Name, accountKind(a), locked, orDash(characterList(a)))
		}
	})
}

// accountKind tells who vouches for an account's player.
func accountKind(a wire.Account) string {
	switch {
	case a.IsGuest:
		return "guest"
	case a.Issuer != "":
		return a.Issuer
	case a.MustChange:
		return "local, must change the password"
	}
	return "local"
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
	ID         string `arg:"" help:"Id of the account."`
	MustChange bool   `help:"The player has to choose another one to log in."`
}

// Run prints the new password, on a line of its own.
func (c accountPassword) Run(w world) error {
	fresh, err := call[wire.NewPassword](w, c.client, http.MethodPost, accountPath(c.ID)+"/password", wire.NewPassword{MustChange: c.MustChange})
	if err == nil {
		fmt.Fprintln(w.stdout, fresh.Password)
	}
	return err
}

type accountDelete struct {
	client
	ID string `arg:"" help:"Id of the account."`
}

// Run deletes the account.
func (c accountDelete) Run(w world) error {
	return do(w, c.client, http.MethodDelete, accountPath(c.ID), nil)
}

func accountPath(id string) string { return "/admin/api/accounts/" + url.PathEscape(id) }
