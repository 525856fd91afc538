package cli

import (
	"fmt"
	"net/http"
	"net/url"

	"gatekeeper/admission/wire"
)

// characters is `gatekeeper character`.
type characters struct {
	Suspend characterChange `cmd:"" help:"Bar a character from playing and end its session."`
	Restore characterChange `cmd:"" help:"Let it play again."`
}

type characterChange struct {
	client
	ID string `arg:"" help:"Id of the character."`
}

// Run suspends or restores, as the command is named.
func (c characterChange) Run(w world, name commandName) error {
	suspended := name == "suspend"
	done, err := call[wire.AdminCharacter](w, c.client, http.MethodPatch,
		"/admin/api/characters/"+url.PathEscape(c.ID), wire.CharacterChange{Suspended: &suspended})
	if err != nil {
		return err
	}
	state := "may play"
	if done.Suspended {
		state = "is suspended"
	}
	fmt.Fprintf(w.stdout, "%s (%s) %s\n", done.Name, done.CharacterID, state)
	return nil
}
