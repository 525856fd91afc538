package httpapi

import (
	"errors"
	"net/http"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/shed"
	"gatekeeper/admission/wire"
)

// maxAttempts is how many attempts may be on their way at a time: what a server of one slow core and disk still answers
// within a second. Their bodies are in, so that slow ones keep nobody out.
const maxAttempts = 1024

// crowded answers an attempt that came with too many others.
func (s *Server) crowded(id admission.AttemptID, err error) admission.Outcome {
	refusal := admission.Refuse(admission.StorageUnavailable)
	refusal.Message = "More players come at once than can be let in."
	var busy shed.Busy
	if errors.As(err, &busy) {
		refusal.RetryAfter = busy.RetryAfter
	}
	s.Metrics.Shed(shed.Attempt)
	s.Metrics.Refused(refusal.Reason)
	return admission.Failed(id, refusal)
}

// busy answers whoever wants a password checked with too many others.
func (s *Server) busy(b shed.Busy) wire.Problem {
	s.Metrics.Shed(shed.Password)
	return wire.Busy.After(b.RetryAfter)
}

// heldBack is the shortest time after which anybody is asked to come again.
const heldBack = time.Second

// holdBack sends an answer that asks to come again later, and then hears nothing on the connection for a while: whoever
// heeds the answer does not notice, whoever does not costs the server one request a second. A trusted proxy's connection
// is many people's.
func (s *Server) holdBack(w http.ResponseWriter, r *http.Request) {
	if isTrusted(s.TrustedProxies, r) || http.NewResponseController(w).Flush() != nil {
		return
	}
	select {
	case <-time.After(heldBack):
	case <-r.Context().Done():
	}
}
