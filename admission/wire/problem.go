package wire

import (
	"net/http"
	"time"
)

// Problem is an error outside connect, after RFC 9457. It is an error, so that handlers can return it; none of
// its text comes from inside.
type Problem struct {
	Type       string        `json:"type"`
	Title      string        `json:"title"`
	Status     int           `json:"status"`
	Detail     string        `json:"detail,omitempty"`
	Code       string        `json:"code"`
	RetryAfter time.Duration `json:"-"`
}

// Error implements error.
func (p Problem) Error() string { return p.Code + ": " + p.Title }

// Saying returns the problem with a detail for people.
func (p Problem) Saying(detail string) Problem {
	p.Detail = detail
	return p
}

// After returns the problem with a time to wait.
func (p Problem) After(d time.Duration) Problem {
	p.RetryAfter = d
	return p
}

func problem(status int, code, title string) Problem {
	return Problem{Type: "about:blank", Title: title, Status: status, Code: code}
}

// The problems of the contract.
var (
	Malformed        = problem(http.StatusBadRequest, "MALFORMED", "The request is malformed.")
	Unauthenticated  = problem(http.StatusUnauthorized, "NOT_AUTHENTICATED", "A live token is needed.")
	BadCredentials   = problem(http.StatusUnauthorized, "BAD_CREDENTIALS", "Name or password is wrong.")
	ForeignOrigin    = problem(http.StatusForbidden, "ORIGIN_NOT_ALLOWED", "This web page may not use this server.")
	GuestsDisabled   = problem(http.StatusForbidden, "GUESTS_DISABLED", "Guests are not let in here.")
	LocalDisabled    = problem(http.StatusForbidden, "LOCAL_DISABLED", "Accounts of this server are switched off.")
	SetupTokenBad    = problem(http.StatusForbidden, "SETUP_TOKEN_INVALID", "This set-up link is not the one that was printed last.")
	NotFound         = problem(http.StatusNotFound, "NOT_FOUND", "There is no such thing.")
	UnknownInstance  = problem(http.StatusNotFound, "INSTANCE_UNKNOWN", "There is no such instance.")
	UnknownCharacter = problem(http.StatusNotFound, "CHARACTER_UNKNOWN", "There is no such character.")
	NotQueued        = problem(http.StatusNotFound, "NOT_QUEUED", "The character has no place in this queue.")
	MethodNotAllowed = problem(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "This address does not take that method.")
	NameTaken        = problem(http.StatusConflict, "NAME_TAKEN", "The name is taken.")
	CharacterInUse   = problem(http.StatusConflict, "CHARACTER_IN_USE", "The character holds a place; leave first.")
	TooMany          = problem(http.StatusConflict, "TOO_MANY_CHARACTERS", "The account has all the characters it may have.")
	InstanceExists   = problem(http.StatusConflict, "INSTANCE_EXISTS", "There is an instance of that id already.")
	SetupDone        = problem(http.StatusConflict, "SETUP_DONE", "The set-up is done already.")
	TooLarge         = problem(http.StatusRequestEntityTooLarge, "BODY_TOO_LARGE", "The body is over 64 KiB.")
	NotJSON          = problem(http.StatusUnsupportedMediaType, "NOT_JSON", "The body must be application/json.")
	TooManyRequests  = problem(http.StatusTooManyRequests, "RATE_LIMITED", "Too many tries; please wait.")
	Unavailable      = problem(http.StatusServiceUnavailable, "STORAGE_UNAVAILABLE", "Nothing can be saved right now; please try again shortly.")
	Busy             = problem(http.StatusServiceUnavailable, "BUSY", "Too many log-ins at once; please try again shortly.")
	Stopping         = problem(http.StatusServiceUnavailable, "SHUTTING_DOWN", "The server is restarting; please try again shortly.")
	Internal         = problem(http.StatusInternalServerError, "INTERNAL_ERROR", "Something went wrong on our side.")
)
