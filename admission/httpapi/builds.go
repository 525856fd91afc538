package httpapi

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"gatekeeper/admission/wire"
)

// builds tells which build is required where, and which the clients have.
func (s *Server) builds(_ *http.Request, p *principal) (answer, error) {
	body := wire.Builds{Instances: []wire.InstanceBuilds{}}
	for _, v := range s.Gate.Instances() {
		if !p.sees(v.ID) {
			continue
		}
		count, err := s.Gate.Builds(v.ID)
		if err != nil {
			return answer{}, err
		}
		body.Instances = append(body.Instances, wire.InstanceBuilds{
			InstanceID: v.ID, Name: v.Name, RequiredBuild: v.RequiredBuild, AcceptedBuilds: wire.NewAccepted(v.AcceptedBuilds),
			Clients: clients(count),
		})
	}
	return ok(body)
}

func clients(count map[string]int) []wire.BuildClients {
	list := []wire.BuildClients{}
	for build, n := range count {
		list = append(list, wire.BuildClients{Build: build, Count: n})
	}
	slices.SortFunc(list, func(a, b wire.BuildClients) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Build, b.Build))
	})
	return list
}

func (s *Server) setBuild(r *http.Request, p *principal) (answer, error) {
	body, err := decode[wire.ProductionBuild](r)
	if err != nil {
		return answer{}, err
	}
	if body.Build == nil {
		return answer{}, wire.Malformed.Saying("build is missing")
	}
	if !p.sees(body.InstanceID) {
		return answer{}, wire.NotAllowed
	}
	views, err := s.by(p).SetBuild(r.Context(), *body.Build, wire.Accepted(body.AcceptedBuilds), body.InstanceID)
	if err != nil {
		return answer{}, err
	}
	return ok(adminInstances(views))
}
