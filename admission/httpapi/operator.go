package httpapi

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/auth"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/wire"
)

func adminInstance(v gate.View) wire.AdminInstance {
	return wire.AdminInstance{
		Instance: publicInstance(v), UpdateURL: v.UpdateURL, GraceSeconds: wire.Seconds(v.Grace),
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

func (s *Server) listInstances(*http.Request) (answer, error) {
	return ok(adminInstances(s.Gate.Instances()))
}

func (s *Server) showInstance(r *http.Request) (answer, error) {
	v, err := s.Gate.Instance(admission.InstanceID(r.PathValue("id")))
	if err != nil {
		return answer{}, err
	}
	return ok(adminInstance(v))
}

func (s *Server) createInstance(r *http.Request) (answer, error) {
	body, err := decode[wire.InstanceSettings](r)
	if err != nil {
		return answer{}, err
	}
	settings := admission.DefaultSettings(body.InstanceID)
	body.Apply(&settings)
	v, err := s.Gate.CreateInstance(r.Context(), settings)
	if err != nil {
		return answer{}, err
	}
	return created(adminInstance(v))
}

func (s *Server) changeInstance(r *http.Request) (answer, error) {
	body, err := decode[wire.InstanceSettings](r)
	if err != nil {
		return answer{}, err
	}
	v, err := s.Gate.ChangeInstance(r.Context(), admission.InstanceID(r.PathValue("id")), body.Apply)
	if err != nil {
		return answer{}, err
	}
	return ok(adminInstance(v))
}

func (s *Server) changeCharacter(r *http.Request) (answer, error) {
	body, err := decode[wire.CharacterChange](r)
	if err != nil {
		return answer{}, err
	}
	if body.Suspended == nil {
		return answer{}, wire.Malformed.Saying("suspended must be true or false")
	}
	row, err := s.Gate.Suspend(r.Context(), admission.CharacterID(r.PathValue("id")), *body.Suspended)
	if err != nil {
		return answer{}, err
	}
	return ok(wire.AdminCharacter{Character: wire.NewCharacter(row), AccountID: row.Account})
}

func (s *Server) setBuild(r *http.Request) (answer, error) {
	body, err := decode[wire.ProductionBuild](r)
	if err != nil {
		return answer{}, err
	}
	if body.Build == nil {
		return answer{}, wire.Malformed.Saying("build is missing")
	}
	views, err := s.Gate.SetBuild(r.Context(), *body.Build, wire.Accepted(body.AcceptedBuilds), body.InstanceID)
	if err != nil {
		return answer{}, err
	}
	return ok(adminInstances(views))
}

func (s *Server) moveInQueue(r *http.Request) (answer, error) {
	body, err := decode[wire.QueueMove](r)
	if err != nil {
		return answer{}, err
	}
	if body.Position < 1 {
		return answer{}, wire.Malformed.Saying("position must be at least 1")
	}
	err = s.Gate.MoveInQueue(r.Context(), admission.InstanceID(r.PathValue("id")), admission.CharacterID(r.PathValue("character")), body.Position)
	if err != nil {
		return answer{}, err
	}
	return noContent()
}

func (s *Server) removeFromQueue(r *http.Request) (answer, error) {
	err := s.Gate.RemoveFromQueue(r.Context(), admission.InstanceID(r.PathValue("id")), admission.CharacterID(r.PathValue("character")), "removed by an operator")
	if err != nil {
		return answer{}, err
	}
	return noContent()
}

func (s *Server) setupState(*http.Request) (answer, error) {
	return ok(wire.SetupState{Needed: !s.Gate.HasAdmin()})
}

const minAdminPassword = 12

// setUp makes the first admin for whoever holds the link that the start printed.
func (s *Server) setUp(r *http.Request) (answer, error) {
	body, err := decode[wire.Setup](r)
	if err != nil {
		return answer{}, err
	}
	if s.Gate.HasAdmin() {
		return answer{}, wire.SetupDone
	}
	if s.SetupToken.IsZero() || admission.HashToken(body.SetupToken) != s.SetupToken {
		return answer{}, s.deny(r, wire.SetupTokenBad)
	}
	if !auth.ValidName(body.Name) {
		return answer{}, badName
	}
	if !auth.ValidPassword(body.Password) || len([]rune(body.Password)) < minAdminPassword {
		return answer{}, wire.Malformed.Saying("the password must have 12 to 256 characters")
	}
	hash, err := s.Passwords.Hash(r.Context(), body.Password)
	if err != nil {
		return answer{}, err
	}
	if err := s.Gate.SetUpAdmin(r.Context(), admission.AdminRow{Name: body.Name, PasswordHash: hash, Role: "owner"}); err != nil {
		return answer{}, err
	}
	return created(wire.SetupAdmin{Name: body.Name})
}

// eventPage is how many events are read at a time.
const eventPage = 1000

// events streams the log as NDJSON, and goes on with what comes where the reader follows.
func (s *Server) events(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	since, err := number(query.Get("since"))
	if err != nil {
		return wire.Malformed.Saying("since must be a whole number")
	}
	limit, err := number(query.Get("limit"))
	if err != nil {
		return wire.Malformed.Saying("limit must be a whole number")
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("Cache-Control", "no-store")
	stream := eventStream{server: s, w: w, r: r, since: since, left: limit, isBounded: limit > 0}
	stream.run(query.Get("follow") == "true")
	return nil
}

func number(s string) (uint64, error) {
	if s == "" {
		return 0, nil
	}
	return strconv.ParseUint(s, 10, 63)
}

// eventStream is one reader of the log.
type eventStream struct {
	server    *Server
	w         http.ResponseWriter
	r         *http.Request
	since     uint64
	left      uint64
	isBounded bool
}

func (e *eventStream) run(follow bool) {
	for {
		next := e.server.Gate.NextCommit()
		if !e.drain() || !follow {
			return
		}
		select {
		case <-next:
		case <-e.r.Context().Done():
			return
		}
	}
}

// drain writes all there is and reports whether the reader wants more.
func (e *eventStream) drain() bool {
	for {
		page := eventPage
		if e.isBounded {
			page = int(min(e.left, eventPage))
		}
		if page == 0 {
			return false
		}
		events, err := e.server.Gate.Events(e.r.Context(), admission.EventFilter{Since: e.since, Limit: page})
		if err != nil && e.r.Context().Err() == nil {
			e.server.Log.Error().Err(err).Msg("the log cannot be read")
			panic(http.ErrAbortHandler) // a stream cut short must not look complete
		}
		if err != nil || !e.send(events) {
			return false
		}
		e.left -= min(e.left, uint64(len(events)))
		if len(events) < page {
			return true
		}
	}
}

func (e *eventStream) send(events []admission.Event) bool {
	control := http.NewResponseController(e.w)
	_ = control.SetWriteDeadline(time.Now().Add(streamPatience))
	encoder := json.NewEncoder(e.w)
	for _, event := range events {
		if err := encoder.Encode(wire.NewEvent(event)); err != nil {
			return false
		}
		e.since = event.Seq
	}
	return control.Flush() == nil
}

// streamPatience is how long a reader of the log may take for a page.
const streamPatience = 30 * time.Second
