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
	TooLong          = problem(http.StatusBadRequest, "SIMULATION_TOO_LONG", "The simulation takes too long; try fewer players or capacities.")
	Unauthenticated  = problem(http.StatusUnauthorized, "NOT_AUTHENTICATED", "A live token is needed.")
	BadCredentials   = problem(http.StatusUnauthorized, "BAD_CREDENTIALS", "Name or password is wrong.")
	WrongPassword    = problem(http.StatusForbidden, "WRONG_PASSWORD", "The password is wrong.")
	MustChange       = problem(http.StatusForbidden, "PASSWORD_CHANGE_REQUIRED", "The password is right, but another has to be chosen first.")
	CodeNeeded       = problem(http.StatusUnauthorized, "CODE_NEEDED", "This log-in needs the code of its second factor, too.")
	BadCode          = problem(http.StatusUnauthorized, "BAD_CODE", "The code is wrong, or was used already.")
	NotAllowed       = problem(http.StatusForbidden, "NOT_ALLOWED", "You may not do this.")
	ForeignOrigin    = problem(http.StatusForbidden, "ORIGIN_NOT_ALLOWED", "This web page may not use this server.")
	GuestsDisabled   = problem(http.StatusForbidden, "GUESTS_DISABLED", "Guests are not let in here.")
	LocalDisabled    = problem(http.StatusForbidden, "LOCAL_DISABLED", "Accounts of this server are switched off.")
	SetupTokenBad    = problem(http.StatusForbidden, "SETUP_TOKEN_INVALID", "This set-up link is not the one that was printed last.")
	NotFound         = problem(http.StatusNotFound, "NOT_FOUND", "There is no such thing.")
	UnknownInstance  = problem(http.StatusNotFound, "INSTANCE_UNKNOWN", "There is no such instance.")
	UnknownCharacter = problem(http.StatusNotFound, "CHARACTER_UNKNOWN", "There is no such character.")
	UnknownAccount   = problem(http.StatusNotFound, "ACCOUNT_UNKNOWN", "There is no such account.")
	UnknownSession   = problem(http.StatusNotFound, "SESSION_UNKNOWN", "There is no such session; it may have ended.")
	UnknownAdmin     = problem(http.StatusNotFound, "ADMIN_UNKNOWN", "There is no such administrator.")
	UnknownKey       = problem(http.StatusNotFound, "KEY_UNKNOWN", "There is no such key.")
	UnknownWebhook   = problem(http.StatusNotFound, "WEBHOOK_UNKNOWN", "There is no such webhook.")
	UnknownBackup    = problem(http.StatusNotFound, "BACKUP_UNKNOWN", "There is no such backup.")
	NothingRecorded  = problem(http.StatusNotFound, "NOTHING_RECORDED", "Nobody has come to this instance yet, so there is no evening to start from.")
	LabOff           = problem(http.StatusNotFound, "LAB_OFF", "The test lab is off; start the server with --lab.")
	NotQueued        = problem(http.StatusNotFound, "NOT_QUEUED", "The character has no place in this queue.")
	MethodNotAllowed = problem(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "This address does not take that method.")
	NameTaken        = problem(http.StatusConflict, "NAME_TAKEN", "The name is taken.")
	CharacterInUse   = problem(http.StatusConflict, "CHARACTER_IN_USE", "The character holds a place; leave first.")
	CharacterTaken   = problem(http.StatusConflict, "CHARACTER_TAKEN", "A character of that id belongs to another account.")
	TooMany          = problem(http.StatusConflict, "TOO_MANY_CHARACTERS", "The account has all the characters it may have.")
	InstanceExists   = problem(http.StatusConflict, "INSTANCE_EXISTS", "There is an instance of that id already.")
	SetupDone        = problem(http.StatusConflict, "SETUP_DONE", "The set-up is done already.")
	AdminExists      = problem(http.StatusConflict, "ADMIN_EXISTS", "There is an administrator of that name already.")
	LastOwner        = problem(http.StatusConflict, "LAST_OWNER", "Somebody has to be the owner.")
	IsGuest          = problem(http.StatusConflict, "GUEST_HAS_NO_PASSWORD", "A guest has no password.")
	TooManyWebhooks  = problem(http.StatusConflict, "TOO_MANY_WEBHOOKS", "There are as many webhooks as there may be; remove one first.")
	NoPassword       = problem(http.StatusConflict, "NO_PASSWORD", "The account has no password; its identity provider knows its player.")
	NotAGuest        = problem(http.StatusConflict, "NOT_A_GUEST", "Only a guest can take a name.")
	SettingFixed     = problem(http.StatusConflict, "SETTING_FIXED", "The command line or the configuration file says this; it can only be changed there.")
	LabBusy          = problem(http.StatusConflict, "LAB_BUSY", "The test lab is busy with that already.")
	ChangedMeanwhile = problem(http.StatusPreconditionFailed, "CHANGED_MEANWHILE", "Somebody else has changed this meanwhile; look at it again first.")
	TooLarge         = problem(http.StatusRequestEntityTooLarge, "BODY_TOO_LARGE", "The body is over 64 KiB.")
	NotJSON          = problem(http.StatusUnsupportedMediaType, "NOT_JSON", "The body must be application/json.")
	TooManyRequests  = problem(http.StatusTooManyRequests, "RATE_LIMITED", "Too many tries; please wait.")
	Unavailable      = problem(http.StatusServiceUnavailable, "STORAGE_UNAVAILABLE", "Nothing can be saved right now; please try again shortly.")
	ProviderSilent   = problem(http.StatusServiceUnavailable, "PROVIDER_UNAVAILABLE", "Who you log in with does not answer right now; please try again shortly.")
	Busy             = problem(http.StatusServiceUnavailable, "BUSY", "Too many log-ins at once; please try again shortly.")
	SimulationBusy   = problem(http.StatusServiceUnavailable, "SIMULATION_BUSY", "Another simulation runs; please try again shortly.")
	WebhookBusy      = problem(http.StatusServiceUnavailable, "WEBHOOK_BUSY", "Other webhooks are being tested; please try again shortly.")
	TooManyStreams   = problem(http.StatusServiceUnavailable, "TOO_MANY_STREAMS", "Too many pages look at this server live; close some.")
	Stopping         = problem(http.StatusServiceUnavailable, "SHUTTING_DOWN", "The server is restarting; please try again shortly.")
	Internal         = problem(http.StatusInternalServerError, "INTERNAL_ERROR", "Something went wrong on our side.")
)
