package cli

import (
	"fmt"
	"net/http"
	"net/url"

	"gatekeeper/admission/wire"
)

// sessions is `gatekeeper session`.
type sessions struct {
	List sessionList `cmd:"" help:"List who holds a seat."`
	End  sessionEnd  `cmd:"" help:"End a session; its player is told."`
}

type sessionList struct {
	client
	Instance string `placeholder:"ID" help:"Only on this instance."`
	Search   string `placeholder:"TEXT" help:"Only where a name holds this text, or an id is it."`
	JSON     bool   `help:"Write JSON."`
}

// Run lists the sessions.
func (c sessionList) Run(w world) error {
	query := url.Values{"instance": {c.Instance}, "search": {c.Search}}
	all, err := everyPage(w, c.client, "/admin/api/sessions", query, func(page wire.Sessions) ([]wire.Listed, int) {
		return page.Sessions, page.Total
	})
	switch {
	case err != nil:
		return err
	case c.JSON:
		return printJSON(w, wire.Sessions{Sessions: append([]wire.Listed{}, all...), Total: len(all)})
	}
	return table(w, "SESSION\tINSTANCE\tSTATE\tACCOUNT\tCHARACTER\tBUILD\tSINCE", func(row func(...any)) {
		for _, s := range all {
			row(s.SessionID, s.InstanceID, s.State, s.AccountName, s.CharacterName, orDash(s.Build), atTime(s.SeatedAt))
		}
	})
}

type sessionEnd struct {
	client
	ID     string `arg:"" help:"Id of the session."`
	Reason string `placeholder:"TEXT" help:"What its player is told."`
}

// Run ends the session.
func (c sessionEnd) Run(w world) error {
	err := do(w, c.client, http.MethodPost, "/admin/api/sessions/"+url.PathEscape(c.ID)+"/end", wire.Reason{Reason: c.Reason})
	if err == nil {
		fmt.Fprintf(w.stdout, "session %s is ended\n", c.ID)
	}
	return err
}
