package cli

import (
	"fmt"
	"net/http"
	"net/url"

	"gatekeeper/admission/wire"
)

// queues is `gatekeeper queue`.
type queues struct {
	List   queueList   `cmd:"" help:"List who waits, in order."`
	Move   queueMove   `cmd:"" help:"Give somebody another position."`
	Remove queueRemove `cmd:"" help:"Take somebody out; the player is told."`
}

type queueList struct {
	client
	Instance string `required:"" placeholder:"ID" help:"Id of the instance."`
	JSON     bool   `help:"Write JSON."`
}

// Run lists the queue.
func (c queueList) Run(w world) error {
	all, err := everyPage(w, c.client, instancePath(c.Instance)+"/queue", url.Values{}, func(page wire.QueuePlaces) ([]wire.Listed, int) {
		return page.Places, page.Total
	})
	switch {
	case err != nil:
		return err
	case c.JSON:
		return printJSON(w, wire.QueuePlaces{Places: append([]wire.Listed{}, all...), Total: len(all)})
	}
	return table(w, "POSITION\tCHARACTER ID\tSTATE\tACCOUNT\tCHARACTER\tSINCE", func(row func(...any)) {
		for _, p := range all {
			row(p.Position, p.CharacterID, p.State, p.AccountName, p.CharacterName, atTime(p.QueuedAt))
		}
	})
}

// queuePlace names one.
type queuePlace struct {
	client
	Instance  string `required:"" placeholder:"ID" help:"Id of the instance."`
	Character string `required:"" placeholder:"ID" help:"Id of the character."`
}

func (c queuePlace) path() string {
	return instancePath(c.Instance) + "/queue/" + url.PathEscape(c.Character)
}

type queueMove struct {
	queuePlace
	Position int `arg:"" help:"The new position; 1 is next."`
}

// Run moves the place.
func (c queueMove) Run(w world) error {
	err := do(w, c.client, http.MethodPut, c.path(), wire.QueueMove{Position: c.Position})
	if err == nil {
		fmt.Fprintf(w.stdout, "%s is moved to position %d\n", c.Character, c.Position)
	}
	return err
}

type queueRemove struct {
	queuePlace
	Reason string `placeholder:"TEXT" help:"What the player is told."`
}

// Run removes the place.
func (c queueRemove) Run(w world) error {
	err := do(w, c.client, http.MethodDelete, c.path(), wire.Reason{Reason: c.Reason})
	if err == nil {
		fmt.Fprintf(w.stdout, "%s is out of the queue\n", c.Character)
	}
	return err
}
