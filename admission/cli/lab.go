package cli

import (
	"context"

	"gatekeeper/admission"
	"gatekeeper/admission/auth"
	"gatekeeper/admission/sim"
)

// newLab puts the test lab together. Its players come through the server's own doors.
func (s *server) newLab() *sim.Lab {
	return sim.New(sim.Config{
		BaseURL:    func() string { return s.localURL(s.listener) },
		AdminURL:   func() string { return s.localURL(s.adminListener()) },
		Key:        s.key,
		Trust:      s.tls.trust(),
		Enrol:      s.enrol,
		CutSockets: s.hub.Cut,
		Silence: func(id admission.InstanceID, isOn bool) error {
			return s.gate.Silence(context.Background(), id, isOn)
		},
	})
}

// enrol makes a guest with a character: without the limit by address, which is for strangers, and without the work of a
// password.
func (s *server) enrol(ctx context.Context, name string) (string, admission.CharacterID, error) {
	token := auth.NewPlayerToken()
	account, _, err := s.gate.Register(ctx, admission.AccountRow{Name: name, Guest: true}, admission.HashToken(token))
	if err != nil {
		return "", "", err
	}
	character, err := s.gate.AddCharacter(ctx, account, name)
	return token, character.ID, err
}
