package admission

import (
	"cmp"
	"time"
)

// checks are the rows of the contract's table; the first that refuses names the reason.
var checks = []func(*trial) *Refusal{
	(*trial).checkLock,
	(*trial).checkRequest,
	(*trial).checkInstance,
	(*trial).checkActive,
	(*trial).checkOwner,
	(*trial).checkSuspended,
	(*trial).checkBuild,
	(*trial).checkMaintenance,
	(*trial).checkPresence,
	(*trial).checkReplaceToken,
	(*trial).checkGameServer,
	(*trial).checkDrain,
	(*trial).checkQueue,
	(*trial).checkChanged,
}

func (t *trial) checkLock() *Refusal {
	if left := t.Account.Failures.Locked(t.now); left > 0 {
		return Refuse(RateLimited).after(left)
	}
	return nil
}

func (t *trial) checkRequest() *Refusal {
	if t.Malformed == "" {
		return nil
	}
	r := Refuse(InvalidRequest)
	r.Detail = t.Malformed
	return r
}

func (t *trial) checkInstance() *Refusal {
	if t.Instance == nil || t.Instance.Mode == ModeClosed {
		return Refuse(InvalidInstance)
	}
	return nil
}

func (t *trial) checkActive() *Refusal {
	if t.Character == "" && t.Account.Active == "" {
		return Refuse(NoActiveCharacter)
	}
	return nil
}

func (t *trial) checkOwner() *Refusal {
	id := t.Character
	if id == "" {
		id = t.Account.Active
	}
	if t.character = t.Account.Character(id); t.character == nil {
		return Refuse(CharacterNotOwned)
	}
	t.place = t.Instance.Place(id)
	if t.Other != nil {
		t.away = t.Other.Place(id)
	}
	if p := cmp.Or(t.place, t.away); p != nil && t.ReplaceToken != "" {
		t.confirmed = t.Account.offered(t.ReplaceToken, p, t.Target, t.now)
	}
	return nil
}

func (t *trial) checkSuspended() *Refusal {
	if t.character.Suspended {
		return Refuse(CharacterSuspended)
	}
	return nil
}

// continues reports whether the attempt goes on with the character's own place, which the checks for
// newcomers do not concern.
func (t *trial) continues() bool {
	return t.place != nil && (t.place.State != Active || t.confirmed)
}

func (t *trial) checkBuild() *Refusal {
	if t.continues() || t.Instance.accepts(t.Build, t.Within, t.now) {
		return nil
	}
	r := Refuse(VersionMismatch)
	r.RequiredBuild, r.UpdateURL = t.Instance.RequiredBuild, t.Instance.UpdateURL
	return r
}

func (t *trial) checkMaintenance() *Refusal {
	if t.continues() || t.Instance.Mode != ModeMaintenance {
		return nil
	}
	return Refuse(Maintenance).saying(t.Instance.Message).after(standstillRetry)
}

// checkPresence refuses a second place (I2). Whether an answer to the question is good is the next check's matter.
func (t *trial) checkPresence() *Refusal {
	p := t.obstacle()
	if p == nil || t.ReplaceToken != "" && t.mayReplace(p) {
		return nil
	}
	return t.stands(p)
}

func (t *trial) checkReplaceToken() *Refusal {
	if t.ReplaceToken != "" && !t.confirmed {
		return Refuse(InvalidReplaceToken)
	}
	return nil
}

func (t *trial) checkGameServer() *Refusal {
	if t.continues() || !t.Instance.heartbeat.isDown {
		return nil
	}
	return Refuse(InstanceUnavailable).after(HeartbeatLimit)
}

func (t *trial) checkDrain() *Refusal {
	if t.continues() || t.Instance.Mode != ModeDraining {
		return nil
	}
	return Refuse(DrainMode).saying(t.Instance.Message).after(standstillRetry)
}

func (t *trial) checkQueue() *Refusal {
	in := t.Instance
	if t.continues() || in.hasRoom() || in.queue.size < in.QueueMax {
		return nil
	}
	return Refuse(QueueFull).after(fullRetry)
}

func (t *trial) checkChanged() *Refusal {
	if t.Character == "" && t.Account.Active != t.ActiveAtArrival {
		return Refuse(CharacterChanged)
	}
	return nil
}

// How long a refused newcomer is asked to stay away.
const (
	standstillRetry = 30 * time.Second
	fullRetry       = 10 * time.Second
)

// hasRoom reports whether a newcomer is admitted at once: a seat is free and nobody present waits for it.
func (in *Instance) hasRoom() bool {
	return in.SeatsTaken() < in.Capacity && in.queue.next() == nil
}
