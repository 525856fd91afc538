package admission_test

import (
	"strings"
	"testing"

	"gatekeeper/admission"
)

func soundSnapshot() *admission.Snapshot {
	return &admission.Snapshot{
		Instances:  []admission.Settings{{ID: "main", Mode: admission.ModeOpen}, {ID: "old", Mode: admission.ModeClosed}},
		Accounts:   []admission.AccountRow{{ID: "a"}, {ID: "b"}},
		Characters: []admission.CharacterRow{{ID: "ana", Account: "a"}, {ID: "ben", Account: "b"}},
		Tokens:     []admission.TokenRow{{Account: "a"}},
		Places: []admission.PlaceRow{
			{Key: 1, Instance: "main", Account: "a", Character: "ana", Session: "s1"},
			{Key: 2, Instance: "main", Account: "b", Character: "ben", Line: 7},
		},
	}
}

func TestASoundStateHasNoFlaw(t *testing.T) {
	if flaws := soundSnapshot().Flaws(); len(flaws) > 0 {
		t.Error(flaws)
	}
}

func TestEachFlawIsFound(t *testing.T) {
	for flaw, spoil := range map[string]func(*admission.Snapshot){
		"it may have one":              func(s *admission.Snapshot) { s.Places[1].Character, s.Places[1].Account = "ana", "a" },
		"is on instance nowhere":       func(s *admission.Snapshot) { s.Places[0].Instance = "nowhere" },
		"which is closed":              func(s *admission.Snapshot) { s.Places[0].Instance = "old" },
		"which account b does not":     func(s *admission.Snapshot) { s.Places[0].Account = "b" },
		"share a rank":                 func(s *admission.Snapshot) { s.Places[0].Line = 7 },
		"share session s1":             func(s *admission.Snapshot) { s.Places[1].Session = "s1" },
		"a player token belongs":       func(s *admission.Snapshot) { s.Tokens[0].Account = "c" },
		"character ben belongs to acc": func(s *admission.Snapshot) { s.Characters[1].Account = "c" },
	} {
		s := soundSnapshot()
		spoil(s)
		if flaws := strings.Join(s.Flaws(), "; "); !strings.Contains(flaws, flaw) {
			t.Errorf("%q was not found in %q", flaw, flaws)
		}
	}
}
