package httpapi

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"

	"gatekeeper/admission"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/wire"
)

func adminInstance(v gate.View) wire.AdminInstance {
	return wire.AdminInstance{
		Instance: publicInstance(v), UpdateURL: v.UpdateURL, Upstream: v.Upstream, GraceSeconds: wire.Seconds(v.Grace),
		ClaimSeconds: wire.Seconds(v.ClaimWindow), Replacement: v.Replacement,
		AcceptedBuilds: wire.NewAccepted(v.AcceptedBuilds),
		GameServer:     wire.GameServer{State: gameServerState(v), Build: v.Server.Build, Message: v.Server.Message},
		Seats:          wire.Seats{Reserved: v.Reserved, Active: v.Active, Grace: v.GraceSeats},
	}
}

func adminInstances(views []gate.View) wire.AdminInstances {
	body := wire.AdminInstances{Instances: []wire.AdminInstance{}}
	for _, v := range views {
		body.Instances = append(body.Instances, adminInstance(v))
	}
	return body
}

// etag names the state of something that two operators might change at once.
func etag(state any) string {
	text, _ := json.Marshal(state) // plain data
	sum := sha256.Sum256(text)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

// unchanged refuses a change that was made with an older state in view. Without If-Match the last one wins.
func unchanged(r *http.Request, state any) error {
	if match := r.Header.Get("If-Match"); match != "" && match != "*" && match != etag(state) {
		return wire.ChangedMeanwhile
	}
	return nil
}

// listInstances lists those that the asker sees.
func (s *Server) listInstances(_ *http.Request, p *principal) (answer, error) {
	var seen []gate.View
	for _, v := range s.Gate.Instances() {
		if p.sees(v.ID) {
			seen = append(seen, v)
		}
	}
	return ok(adminInstances(seen))
}

func (s *Server) showInstance(r *http.Request, _ *principal) (answer, error) {
	v, err := s.Gate.Instance(admission.InstanceID(r.PathValue("id")))
	if err != nil {
		return answer{}, err
	}
	return tagged(http.StatusOK, v)
}

func tagged(status int, v gate.View) (answer, error) {
	return answer{status: status, body: adminInstance(v), etag: etag(v.Settings)}, nil
}

func (s *Server) createInstance(r *http.Request, p *principal) (answer, error) {
	body, err := decode[wire.InstanceSettings](r)
	if err != nil {
		return answer{}, err
	}
	if err := mayRelay(p, body); err != nil {
		return answer{}, err
	}
	settings := admission.DefaultSettings(body.InstanceID)
	body.Apply(&settings)
	v, err := s.by(p).CreateInstance(r.Context(), settings)
	if err != nil {
		return answer{}, err
	}
	return tagged(http.StatusCreated, v)
}

func (s *Server) changeInstance(r *http.Request, p *principal) (answer, error) {
	body, err := decode[wire.InstanceSettings](r)
	if err != nil {
		return answer{}, err
	}
	if err := mayRelay(p, body); err != nil {
		return answer{}, err
	}
	v, err := s.by(p).ChangeInstance(r.Context(), admission.InstanceID(r.PathValue("id")), func(settings *admission.Settings) error {
		if err := unchanged(r, *settings); err != nil {
			return err
		}
		body.Apply(settings)
		return nil
	})
	if err != nil {
		return answer{}, err
	}
	return tagged(http.StatusOK, v)
}

// mayRelay: an upstream has the server itself open connections, which is for owners to say.
func mayRelay(p *principal, change wire.InstanceSettings) error {
	if change.Upstream != nil && !p.role.May(admission.Owner) {
		return wire.NotAllowed.Saying("Only owners set where players are relayed to.")
	}
	return nil
}

// forecast tells when the instance would be empty if nobody new came.
func (s *Server) forecast(r *http.Request, _ *principal) (answer, error) {
	e, err := s.Gate.Emptying(admission.InstanceID(r.PathValue("id")))
	if err != nil {
		return answer{}, err
	}
	var body wire.Forecast
	if e.IsKnown() {
		body.EmptyInSeconds, body.EmptyInUpperSeconds = wire.KnownSeconds(e.Median), wire.KnownSeconds(e.Upper)
	}
	return ok(body)
}

// stats tells what happened on the instance since the start.
func (s *Server) stats(r *http.Request, _ *principal) (answer, error) {
	v, err := s.Gate.Instance(admission.InstanceID(r.PathValue("id")))
	if err != nil {
		return answer{}, err
	}
	body := s.History.Stats(v.ID)
	body.Seats = wire.Seats{Reserved: v.Reserved, Active: v.Active, Grace: v.GraceSeats}
	body.Queue = wire.QueueStats{Depth: v.QueueDepth, Peak: v.QueuePeak}
	return ok(body)
}
