package admission_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"gatekeeper/admission"
)

// story is what the player's newest socket was told, in order: of each frame its kind, of a notice also its text or code.
func (p *player) story() (told []string) {
	for _, effect := range p.w.told[p.conn] {
		switch e := effect.(type) {
		case admission.Seated:
			told = append(told, "admitted")
		case admission.Queued:
			told = append(told, "queued")
		case admission.Hangup:
			told = append(told, string(e.Why))
		case admission.Notice:
			text := e.Message
			if e.Code != "" {
				text = string(e.Code)
			}
			told = append(told, fmt.Sprintf("%s %q", e.Kind, text))
		}
	}
	return told
}

func (p *player) wasTold(want ...string) {
	p.w.t.Helper()
	if got := p.story(); !slices.Equal(got, want) {
		p.w.t.Errorf("%s was told %q, want %q", p.id, got, want)
	}
}

func (p *player) returns() *player {
	p.w.t.Helper()
	if !p.attachesWith(p.reconnection, admission.ReconnectionTokenKind) {
		p.w.t.Fatalf("%s cannot come back", p.id)
	}
	return p
}

// isIn puts the instance into a mode, with its message.
func (w *world) isIn(mode admission.Mode, message string) {
	w.t.Helper()
	w.applies(func(s *admission.Settings) { s.Mode, s.Message = mode, message })
}

// fallsSilent makes a game server that was there miss its heartbeats.
func (w *world) fallsSilent() {
	w.did(w.in.Heartbeat(w.now))
	w.passes(admission.HeartbeatLimit)
}

const (
	isSilent = `message "GAME_SERVER_SILENT"`
	isBack   = `message "GAME_SERVER_BACK"`
)

func TestWhoAttachesLaterHearsWhatTheOthersWereTold(t *testing.T) {
	for name, c := range map[string]struct {
		happens func(*world)
		notices []string
	}{
		"nothing": {func(w *world) { w.isIn(admission.ModeOpen, "cake at nine") }, nil},
		"a drain": {
			func(w *world) { w.isIn(admission.ModeDraining, "we close") },
			[]string{`draining "we close"`},
		},
		"maintenance": {
			func(w *world) { w.isIn(admission.ModeMaintenance, "") },
			[]string{`maintenance ""`},
		},
		"a silent game server": {(*world).fallsSilent, []string{isSilent}},
		"both": {
			func(w *world) { w.fallsSilent(); w.isIn(admission.ModeMaintenance, "new disks") },
			[]string{isSilent, `maintenance "new disks"`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			ana, ben := w.player("ana").plays(), w.player("ben").isQueuedAt(1).waits()
			c.happens(w)
			first := *ana
			before := first.story()
			ben.drops()
			ben.waits().wasTold(append([]string{"queued"}, c.notices...)...)
			first.wasTold(before...) // ana heard it when it began
			ana.returns().wasTold(append([]string{"admitted"}, c.notices...)...)
			first.wasTold(append(before, string(admission.HangupTakenOver))...)
		})
	}
}

func TestAPromotionTellsNoNoticeAgain(t *testing.T) {
	w := newWorld(t, nil)
	ana, ben, cem := w.player("ana").plays(), w.player("ben").isQueuedAt(1).waits(), w.player("cem").isQueuedAt(2)
	w.isIn(admission.ModeDraining, "we close")
	w.passes(31 * time.Second) // cem is absent now
	ana.leaves()
	ben.wasTold("queued", `draining "we close"`, "admitted")
	ben.hears()
	ben.leaves()
	cem.waits().wasTold("queued", `draining "we close"`, "admitted")
}

func TestAnInstanceThatOpensTakesItsNoticeBack(t *testing.T) {
	w := newWorld(t, nil)
	ana := w.player("ana").plays()
	told := []string{"admitted"}
	hears := func(notices ...string) {
		t.Helper()
		told = append(told, notices...)
		ana.wasTold(told...)
	}
	w.isIn(admission.ModeDraining, "we close")
	hears(`draining "we close"`)
	w.isIn(admission.ModeOpen, "")
	hears(`message ""`)
	w.isIn(admission.ModeMaintenance, "")
	hears(`maintenance ""`)
	w.isIn(admission.ModeOpen, "cake at nine")
	hears(`message "cake at nine"`)
	w.isIn(admission.ModeOpen, "")
	hears(`message ""`)
	w.isIn(admission.ModeOpen, "") // nothing has changed
	hears()
	w.isIn(admission.ModeDraining, "we close")
	hears(`draining "we close"`)
	w.isIn(admission.ModeDraining, "") // the words are taken back, the drain is not
	hears(`message ""`, `draining ""`)
	w.fallsSilent()
	hears(isSilent)
	w.isIn(admission.ModeOpen, "")
	hears(`message ""`, isSilent)
	w.did(w.in.Heartbeat(w.now))
	hears(isBack)
	ana.returns().wasTold("admitted")
}

func TestANoticeOfTheGameServerHasACodeAndAText(t *testing.T) {
	w := newWorld(t, nil)
	ana := w.player("ana").plays()
	w.fallsSilent()
	w.did(w.in.Heartbeat(w.now))
	w.isIn(admission.ModeOpen, "cake at nine")
	ana.wasTold("admitted", isSilent, isBack, `message "cake at nine"`)
	for _, effect := range w.told[ana.conn][1:] {
		if n := effect.(admission.Notice); n.Kind != "message" || n.Message == "" || (n.Code == "") != (n.Message == "cake at nine") {
			t.Errorf("ana hears %+v", n)
		}
	}
}
