package httpapi

import (
	"errors"
	"net/http"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/shed"
	"gatekeeper/admission/wire"
)

// problems maps errors from inside to the outside, where none of their text is shown but that of
// ErrInvalidSettings and ErrInvalidWebhook, which is written for operators.
var problems = []struct {
	err     error
	problem wire.Problem
}{
	{gate.ErrUnavailable, wire.Unavailable.After(2 * time.Second)},
	{gate.ErrShuttingDown, wire.Stopping.After(2 * time.Second)},
	{gate.ErrNameTaken, wire.NameTaken},
	{gate.ErrUnknownInstance, wire.UnknownInstance},
	{gate.ErrInstanceExists, wire.InstanceExists},
	{gate.ErrAlreadySetUp, wire.SetupDone},
	{gate.ErrUnknownAdmin, wire.UnknownAdmin},
	{gate.ErrAdminExists, wire.AdminExists},
	{gate.ErrLastOwner, wire.LastOwner},
	{gate.ErrUnknownKey, wire.UnknownKey},
	{gate.ErrUnknownSession, wire.UnknownSession},
	{gate.ErrUnknownAccount, wire.UnknownAccount},
	{gate.ErrCharacterTaken, wire.CharacterTaken},
	{gate.ErrIsGuest, wire.IsGuest},
	{gate.ErrUnknownWebhook, wire.UnknownWebhook},
	{gate.ErrTooManyWebhooks, wire.TooManyWebhooks},
	{gate.ErrNoPassword, wire.NoPassword},
	{gate.ErrPasswordChanged, wire.BadCredentials},
	{gate.ErrMustChange, wire.MustChange},
	{admission.ErrNotAGuest, wire.NotAGuest},
	{admission.ErrNotQueued, wire.NotQueued},
	{admission.ErrUnknownCharacter, wire.UnknownCharacter},
	{admission.ErrCharacterInUse, wire.CharacterInUse},
	{admission.ErrTooManyCharacters, wire.TooMany},
	{admission.ErrInvalidName, wire.Malformed.Saying(admission.ErrInvalidName.Error())},
}

func (s *Server) problem(r *http.Request, err error) wire.Problem {
	var p wire.Problem
	if errors.As(err, &p) {
		return p
	}
	var busy shed.Busy
	if errors.As(err, &busy) {
		return s.busy(busy)
	}
	for _, known := range problems {
		if errors.Is(err, known.err) {
			return known.problem
		}
	}
	if errors.Is(err, admission.ErrInvalidSettings) || errors.Is(err, admission.ErrInvalidWebhook) {
		return wire.Malformed.Saying(err.Error())
	}
	s.Log.Error().Err(err).Str("path", r.URL.Path).Msg("a request failed")
	return wire.Internal
}
