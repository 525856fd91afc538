package httpapi

import (
	"net/http"
	"path"

	"github.com/google/uuid"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// turnAway answers a request that is not looked at further. The answer to an attempt is an outcome, whatever happens.
func (s *Server) turnAway(w http.ResponseWriter, r *http.Request, p wire.Problem, reason admission.Reason) {
	if !isAttempt(r) {
		s.reply(w, r, answer{}, p)
		return
	}
	refusal := admission.Refuse(reason)
	refusal.Message, refusal.RetryAfter = p.Detail, p.RetryAfter
	s.Metrics.Refused(reason)
	s.answerAttempt(w, r, admission.Failed(admission.AttemptID(uuid.NewString()), refusal))
}

func isAttempt(r *http.Request) bool {
	matched, err := path.Match("/instances/*/connect", r.URL.Path)
	return r.Method == http.MethodPost && matched && err == nil
}
