package httpapi

import (
	"errors"
	"net/http"
	"time"

	"gatekeeper/admission"
	"gatekeeper/admission/auth"
	"gatekeeper/admission/gate"
	"gatekeeper/admission/wire"
)

// problems maps errors from inside to the outside, where none of their text is shown but that of
// ErrInvalidSettings, which is written for operators.
var problems = []struct {
	err     error
	problem wire.Problem
}{
	{gate.ErrUnavailable, wire.Unavailable.After(2 * time.Second)},
	{gate.ErrShuttingDown, wire.Stopping.After(2 * time.Second)},
	{auth.ErrBusy, wire.Busy.After(5 * time.Second)},
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
	{gate.ErrIsGuest, wire.IsGuest},
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
	for _, known := range problems {
		if errors.Is(err, known.err) {
			return known.problem
		}
	}
	if errors.Is(err, admission.ErrInvalidSettings) {
		return wire.Malformed.Saying(err.Error())
	}
	s.Log.Error().Err(err).Str("path", r.URL.Path).Msg("a request failed")
	return wire.Internal
}
