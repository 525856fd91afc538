package httpapi

import (
	"context"
	"errors"
	"net/http"
	"os"
	"time"

	"github.com/google/uuid"

	"gatekeeper/admission"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/wire"
)

// connect answers an attempt: whatever happens, the body is an outcome, within the attempt's own limit and
// whether or not the client still listens.
func (s *Server) connect(w http.ResponseWriter, r *http.Request) {
	arrived := s.Gate.Now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), admission.AttemptLimit)
	defer cancel()
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(admission.AttemptLimit)) // a slow body is late, too
	outcome, isCrowded := s.attempt(ctx, r)
	s.answerAttempt(w, r, outcome)
	if isCrowded {
		s.holdBack(w, r)
	}
	took := s.Gate.Now().Sub(arrived)
	s.Log.Debug().Str("attemptId", string(outcome.Attempt)).Str("outcome", string(outcome.Kind)).
		Float64("tookSeconds", took.Seconds()).Msg("attempt answered")
	s.Metrics.Admission(took)
	s.History.Answered(admission.InstanceID(r.PathValue("id")), took)
}

func (s *Server) answerAttempt(w http.ResponseWriter, r *http.Request, outcome admission.Outcome) {
	if outcome.Refusal != nil && outcome.Refusal.RetryAfter > 0 {
		retryAfter(w, wire.Seconds(outcome.Refusal.RetryAfter))
	}
	write(w, "application/json", wire.OutcomeStatus(outcome), wire.Outcome(outcome, s.socketURL(r, r.PathValue("id"))))
}

// attempt carries an attempt to its outcome. isCrowded says that it was refused for coming with too many others.
func (s *Server) attempt(ctx context.Context, r *http.Request) (outcome admission.Outcome, isCrowded bool) {
	id := admission.AttemptID(uuid.NewString())
	defer func() {
		if trouble := recover(); trouble != nil {
			s.Log.Error().Interface("panic", trouble).Msg("an attempt failed")
			outcome = admission.Failed(id, admission.Refuse(admission.InternalError))
		}
	}()
	account, err := s.authenticate(r)
	if err != nil {
		return s.stranger(id, err), false
	}
	active := account.Active() // before the body is in: it may take its time
	request := readAttempt(r, id)
	id, request.ActiveAtArrival = request.Attempt, active
	s.Log.Debug().Str("attemptId", string(id)).Str("accountId", string(account.ID())).Msg("attempt arrived")
	if s.Lab != nil {
		s.Lab.BeforeAttempt(ctx)
	}
	if err := s.attempts.Enter(ctx); err != nil {
		return s.crowded(id, err), true
	}
	defer s.attempts.Leave()
	outcome = s.Gate.Connect(ctx, account, request)
	if outcome.Refusal != nil && outcome.Refusal.Reason.PromisesNothing() {
		s.Metrics.Refused(outcome.Refusal.Reason)
	}
	return outcome, false
}

// stranger answers an attempt without a live token: refused, or first of all too often.
func (s *Server) stranger(id admission.AttemptID, err error) admission.Outcome {
	refusal := admission.Refuse(admission.NotAuthenticated)
	var p wire.Problem
	isProblem := errors.As(err, &p)
	switch {
	case isProblem && p.Code == wire.TooManyRequests.Code:
		refusal = admission.Refuse(admission.RateLimited)
		refusal.RetryAfter = p.RetryAfter
	case isProblem && p.Code == wire.ProviderSilent.Code:
		refusal = admission.Refuse(admission.StorageUnavailable)
		refusal.Message = p.Title
	case errors.Is(err, gate.ErrUnavailable), errors.Is(err, gate.ErrShuttingDown):
		refusal = admission.Refuse(admission.StorageUnavailable)
	}
	s.Metrics.Refused(refusal.Reason)
	return admission.Failed(id, refusal)
}

// readAttempt decodes an attempt. What is malformed is said, not refused: the engine decides what comes first.
func readAttempt(r *http.Request, id admission.AttemptID) gate.ConnectRequest {
	request := gate.ConnectRequest{
		Attempt:      id,
		Instance:     admission.InstanceID(r.PathValue("id")),
		ReplaceToken: r.URL.Query().Get("replaceToken"),
	}
	body, err := readConnect(r)
	if err != nil {
		request.Malformed, request.IsLate = err.Error(), errors.Is(err, errLate)
		return request
	}
	request.Character = admission.CharacterID(body.CharacterID)
	request.Build = body.ClientBuild
	if request.Build == "" {
		request.Build = r.Header.Get("X-Client-Build")
	}
	if body.AttemptID != "" && isUUID(body.AttemptID) {
		request.Attempt, request.IsRepeatable = admission.AttemptID(body.AttemptID), true
	}
	request.Malformed = malformed(request, body)
	return request
}

var errLate = errors.New("the body came in too slowly")

func readConnect(r *http.Request) (body wire.ConnectRequest, err error) {
	text := takeBuffer()
	defer giveBuffer(text)
	_, err = text.ReadFrom(http.MaxBytesReader(nil, r.Body, maxBody))
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return body, errLate
	case err != nil:
		return body, errors.New("the body cannot be read, or is over 64 KiB")
	}
	if text.Len() == 0 {
		return body, nil
	}
	return body, unmarshal(text.Bytes(), &body)
}

func malformed(request gate.ConnectRequest, body wire.ConnectRequest) string {
	switch {
	case !admission.ValidID(string(request.Instance)):
		return "the instance id must be 1 to 64 of A-Z a-z 0-9 _ -"
	case request.Character != "" && !admission.ValidID(string(request.Character)):
		return "characterId must be 1 to 64 of A-Z a-z 0-9 _ -"
	case !admission.ValidText(request.Build, admission.MaxBuild):
		return "clientBuild must be at most 64 characters, and all of them printable"
	case body.AttemptID != "" && !isUUID(body.AttemptID):
		return "attemptId must be a UUID"
	case request.ReplaceToken != "" && !isUUID(request.ReplaceToken):
		return "replaceToken must be a UUID"
	}
	return ""
}

func isUUID(s string) bool { return len(s) == 36 && uuid.Validate(s) == nil }
