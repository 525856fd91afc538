package httpapi

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/auth"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/wire"
)

// maxPage is how long a page of a list may be.
const maxPage = 500

// listSessions lists who holds a seat, on one instance or on all that the asker sees.
func (s *Server) listSessions(r *http.Request, p *principal) (answer, error) {
	instance := admission.InstanceID(r.URL.Query().Get("instance"))
	var all []admission.Listed
	for _, v := range s.Gate.Instances() {
		if instance != "" && v.ID != instance || !p.sees(v.ID) {
			continue
		}
		list, err := s.Gate.Sessions(v.ID)
		if err != nil {
			return answer{}, err
		}
		all = append(all, list...)
	}
	if _, err := s.Gate.Instance(instance); instance != "" && err != nil {
		return answer{}, err
	}
	chosen, total, err := s.choose(r, all, "since")
	if err != nil {
		return answer{}, err
	}
	return ok(wire.Sessions{Sessions: chosen, Total: total})
}

func (s *Server) listQueue(r *http.Request, _ *principal) (answer, error) {
	all, err := s.Gate.Queue(admission.InstanceID(r.PathValue("id")))
	if err != nil {
		return answer{}, err
	}
	chosen, total, err := s.choose(r, all, "position")
	if err != nil {
		return answer{}, err
	}
	return ok(wire.QueuePlaces{Places: chosen, Total: total})
}

// orders are what a list can be sorted by.
var orders = map[string]func(a, b *row) int{
	"position":  func(a, b *row) int { return cmp.Compare(a.Position, b.Position) },
	"since":     func(a, b *row) int { return a.since().Compare(b.since()) },
	"character": func(a, b *row) int { return strings.Compare(a.CharacterName, b.CharacterName) },
	"account":   func(a, b *row) int { return strings.Compare(a.account, b.account) },
	"state":     func(a, b *row) int { return strings.Compare(string(a.State), string(b.State)) },
	"build":     func(a, b *row) int { return strings.Compare(a.Build, b.Build) },
	"instance":  func(a, b *row) int { return strings.Compare(string(a.Instance), string(b.Instance)) },
}

// row is a place with the name of its account.
type row struct {
	admission.Listed
	account string
}

func (r *row) since() time.Time {
	if r.SeatedAt.IsZero() || r.Position > 0 {
		return r.QueuedAt
	}
	return r.SeatedAt
}

// choose searches, sorts and cuts a list as the request says.
func (s *Server) choose(r *http.Request, all []admission.Listed, order string) (chosen []wire.Listed, total int, err error) {
	query := r.URL.Query()
	offset, limit, err := page(r, maxPage)
	if err != nil {
		return nil, 0, err
	}
	compare := orders[cmp.Or(query.Get("sort"), order)]
	if compare == nil {
		return nil, 0, wire.Malformed.Saying("sort must be position, since, character, account, state, build or instance")
	}
	rows := s.search(all, query.Get("search"), admission.State(query.Get("state")))
	slices.SortFunc(rows, func(a, b *row) int {
		if query.Get("order") == "desc" {
			a, b = b, a
		}
		return cmp.Or(compare(a, b), strings.Compare(string(a.Character), string(b.Character)))
	})
	chosen, total = []wire.Listed{}, len(rows)
	for _, row := range rows[min(offset, total):min(offset+limit, total)] {
		chosen = append(chosen, wire.NewListed(row.Listed, row.account))
	}
	return chosen, total, nil
}

// search finds by a part of a name, or by the whole of an id.
func (s *Server) search(all []admission.Listed, text string, state admission.State) []*row {
	folded := auth.FoldName(strings.TrimSpace(text))
	rows, storage := make([]*row, 0, len(all)), make([]row, len(all))
	for i, p := range all {
		storage[i] = row{p, s.Gate.AccountName(p.Account)}
		if r := &storage[i]; (state == "" || p.State == state) && r.matches(folded) {
			rows = append(rows, r)
		}
	}
	return rows
}

func (r *row) matches(folded string) bool {
	if folded == "" || strings.Contains(auth.FoldName(r.CharacterName), folded) || strings.Contains(auth.FoldName(r.account), folded) {
		return true
	}
	return slices.Contains([]string{string(r.Session), string(r.Character), string(r.Account), string(r.Attempt)}, folded)
}

// maxReason bounds what a player is told, in characters: it has to fit into a close frame.
const maxReason = 100

func (s *Server) endSession(r *http.Request, p *principal) (answer, error) {
	reason, err := readReason(r, "ended by an operator")
	if err != nil {
		return answer{}, err
	}
	id := admission.SessionID(r.PathValue("id"))
	if instance, _, found := s.Gate.Session(id); !found || !p.sees(instance) {
		return answer{}, gate.ErrUnknownSession
	}
	if err := s.by(p).EndSession(r.Context(), id, reason); err != nil {
		return answer{}, err
	}
	return noContent()
}

// readReason reads why something is ended; a request without a body gives none.
func readReason(r *http.Request, otherwise string) (string, error) {
	if r.ContentLength == 0 {
		return otherwise, nil
	}
	body, err := decode[wire.Reason](r)
	if err != nil {
		return "", err
	}
	if body.Reason != "" && !admission.ValidName(body.Reason, 1, maxReason) {
		return "", wire.Malformed.Saying("reason must be at most 100 printable characters")
	}
	return cmp.Or(body.Reason, otherwise), nil
}

func (s *Server) moveInQueue(r *http.Request, p *principal) (answer, error) {
	body, err := decode[wire.QueueMove](r)
	if err != nil {
		return answer{}, err
	}
	if body.Position < 1 {
		return answer{}, wire.Malformed.Saying("position must be at least 1")
	}
	err = s.by(p).MoveInQueue(r.Context(), admission.InstanceID(r.PathValue("id")), admission.CharacterID(r.PathValue("character")), body.Position)
	if err != nil {
		return answer{}, err
	}
	return noContent()
}

func (s *Server) removeFromQueue(r *http.Request, p *principal) (answer, error) {
	reason, err := readReason(r, "removed by an operator")
	if err != nil {
		return answer{}, err
	}
	err = s.by(p).RemoveFromQueue(r.Context(), admission.InstanceID(r.PathValue("id")), admission.CharacterID(r.PathValue("character")), reason)
	if err != nil {
		return answer{}, err
	}
	return noContent()
}
