package wire

import (
	"math"
	"net/http"
	"time"

	"gatekeeper/admission"
)

// PollAfter is how often a waiting player without a socket should ask.
const PollAfter = 5 * time.Second

// ConnectRequest is the body of a connect.
type ConnectRequest struct {
	CharacterID string `json:"characterId"`
	ClientBuild string `json:"clientBuild"`
	AttemptID   string `json:"attemptId"`
}

// estimate is a wait in whole seconds, null where nobody can tell. A median is rounded to the nearest, the upper bound
// up: it may not promise too much.
type estimate struct {
	Wait      *float64 `json:"estimatedWaitSeconds"`
	WaitUpper *float64 `json:"estimatedWaitUpperSeconds"`
}

func newEstimate(e admission.Estimate) estimate {
	if !e.IsKnown() {
		return estimate{}
	}
	median, upper := math.Round(e.Median.Seconds()), math.Ceil(e.Upper.Seconds())
	return estimate{&median, &upper}
}

type (
	admitted struct {
		Outcome            admission.OutcomeKind `json:"outcome"`
		AttemptID          admission.AttemptID   `json:"attemptId"`
		CharacterID        admission.CharacterID `json:"characterId"`
		SessionID          admission.SessionID   `json:"sessionId"`
		SessionToken       string                `json:"sessionToken"`
		ClaimWithinSeconds float64               `json:"claimWithinSeconds"`
		WSURL              string                `json:"wsUrl"`
		Resumed            bool                  `json:"resumed"`
		Replaced           bool                  `json:"replaced"`
	}
	queued struct {
		Outcome     admission.OutcomeKind `json:"outcome"`
		AttemptID   admission.AttemptID   `json:"attemptId"`
		CharacterID admission.CharacterID `json:"characterId"`
		Position    int                   `json:"position"`
		Depth       int                   `json:"depth"`
		estimate
		QueueToken       string  `json:"queueToken"`
		WSURL            string  `json:"wsUrl"`
		PollAfterSeconds float64 `json:"pollAfterSeconds"`
	}
	failed struct {
		Outcome              admission.OutcomeKind `json:"outcome"`
		AttemptID            admission.AttemptID   `json:"attemptId"`
		Reason               admission.Reason      `json:"reason"`
		Message              string                `json:"message"`
		Retryable            bool                  `json:"retryable"`
		Detail               string                `json:"detail,omitempty"`
		RetryAfterSeconds    float64               `json:"retryAfterSeconds,omitempty"`
		RequiredBuild        string                `json:"requiredBuild,omitempty"`
		UpdateURL            string                `json:"updateUrl,omitempty"`
		Existing             *existing             `json:"existing,omitempty"`
		ReplaceToken         string                `json:"replaceToken,omitempty"`
		ReplaceWithinSeconds float64               `json:"replaceWithinSeconds,omitempty"`
	}
	existing struct {
		InstanceID admission.InstanceID `json:"instanceId"`
		State      string               `json:"state"`
		Since      Time                 `json:"since"`
	}
	timedOut struct {
		Outcome   admission.OutcomeKind `json:"outcome"`
		AttemptID admission.AttemptID   `json:"attemptId"`
		Reason    admission.Reason      `json:"reason"`
		Message   string                `json:"message"`
		Retryable bool                  `json:"retryable"`
	}
)

// Outcome returns the body that answers an attempt.
func Outcome(o admission.Outcome, wsURL string) any {
	switch o.Kind {
	case admission.OutcomeAdmitted:
		return admitted{
			o.Kind, o.Attempt, o.Character, o.Session, o.SessionToken, Seconds(o.ClaimWithin), wsURL, o.Resumed, o.Replaced,
		}
	case admission.OutcomeQueued:
		return queued{
			Outcome: o.Kind, AttemptID: o.Attempt, CharacterID: o.Character, Position: o.Position, Depth: o.Depth,
			estimate: newEstimate(o.Estimate), QueueToken: o.QueueToken, WSURL: wsURL, PollAfterSeconds: Seconds(PollAfter),
		}
	case admission.OutcomeTimeout:
		return timedOut{o.Kind, o.Attempt, admission.TimedOut, admission.TimedOut.Text(), true}
	default:
		return failure(o)
	}
}

func failure(o admission.Outcome) failed {
	r := o.Refusal
	body := failed{
		Outcome: o.Kind, AttemptID: o.Attempt, Reason: r.Reason, Message: r.Message, Retryable: r.Reason.Retryable(),
		Detail: r.Detail, RetryAfterSeconds: Seconds(r.RetryAfter), RequiredBuild: r.RequiredBuild,
		UpdateURL: r.UpdateURL, ReplaceToken: r.ReplaceToken, ReplaceWithinSeconds: Seconds(r.ReplaceWithin),
	}
	if r.Existing != nil {
		body.Existing = &existing{r.Existing.Instance, stateNames[r.Existing.State], Time(r.Existing.Since)}
	}
	return body
}

// stateNames are the states as players know them.
var stateNames = map[admission.State]string{
	admission.Waiting: "queued", admission.Absent: "queued", admission.Promoted: "reserved",
	admission.Reserved: "reserved", admission.Active: "active", admission.Grace: "grace",
}

// OutcomeStatus returns the HTTP status of an outcome: 200 but where the contract says otherwise.
func OutcomeStatus(o admission.Outcome) int {
	if o.Kind != admission.OutcomeFailed {
		return http.StatusOK
	}
	if status, found := reasonStatus[o.Refusal.Reason]; found {
		return status
	}
	return http.StatusOK
}

var reasonStatus = map[admission.Reason]int{
	admission.NotAuthenticated:   http.StatusUnauthorized,
	admission.RateLimited:        http.StatusTooManyRequests,
	admission.InvalidRequest:     http.StatusBadRequest,
	admission.StorageUnavailable: http.StatusServiceUnavailable,
	admission.ShuttingDown:       http.StatusServiceUnavailable,
	admission.InternalError:      http.StatusInternalServerError,
}

type (
	queuedStatus struct {
		State    string `json:"state"`
		Position int    `json:"position"`
		Depth    int    `json:"depth"`
		estimate
		PollAfterSeconds float64 `json:"pollAfterSeconds"`
	}
	promotedStatus struct {
		State              string              `json:"state"`
		SessionID          admission.SessionID `json:"sessionId"`
		SessionToken       string              `json:"sessionToken"`
		ClaimWithinSeconds float64             `json:"claimWithinSeconds"`
		WSURL              string              `json:"wsUrl"`
	}
	sessionStatus struct {
		State     string              `json:"state"`
		SessionID admission.SessionID `json:"sessionId"`
	}
	noStatus struct {
		State  string              `json:"state"`
		Reason admission.Departure `json:"reason"`
	}
)

// QueueStatus returns the body that answers a poll.
func QueueStatus(st admission.Status, wsURL string) any {
	switch st.State {
	case admission.Waiting, admission.Absent:
		return queuedStatus{
			State: "queued", Position: st.Position, Depth: st.Depth, estimate: newEstimate(st.Estimate),
			PollAfterSeconds: Seconds(PollAfter),
		}
	case admission.Promoted, admission.Reserved:
		return promotedStatus{"admitted", st.Session, st.SessionToken, Seconds(st.ClaimWithin), wsURL}
	case admission.Active, admission.Grace:
		return sessionStatus{stateNames[st.State], st.Session}
	default:
		return noStatus{"none", st.None}
	}
}
