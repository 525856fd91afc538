package storage

import (
	"fmt"
	"time"

	"gatekeeper/admission"
)

// write writes one row. Every kind of record has its case.
func (w *writer) write(r admission.Record) error {
	switch r := r.(type) {
	case admission.PutInstance:
		return w.putInstance(&r.Settings)
	case admission.PutPlace:
		return w.putPlace(&r.Row)
	case admission.DropPlace:
		return w.exec(dropPlace, r.Key)
	case admission.PutAccount:
		return w.putAccount(&r.Row)
	case admission.PutCharacter:
		return w.putCharacter(&r.Row)
	case admission.DropCharacter:
		return w.exec(dropCharacter, r.ID)
	case admission.PutToken:
		return w.exec(putToken, r.Row.Hash[:], r.Row.Account, millis(r.Row.ExpiresAt))
	case admission.DropToken:
		return w.exec(dropToken, r.Hash[:])
	case admission.PutThrottle:
		return w.putThrottle(&r.Row)
	case admission.PutAdmin:
		return w.putAdmin(&r.Row)
	case admission.DropAdmin:
		return w.exec(dropAdmin, r.Name)
	case admission.PutAdminSession:
		return w.exec(putAdminSession, r.Row.Hash[:], r.Row.Admin, millis(r.Row.ExpiresAt))
	case admission.DropAdminSession:
		return w.exec(dropAdminSession, r.Hash[:])
	case admission.PutKey:
		return w.putKey(&r.Row)
	case admission.DropKey:
		return w.exec(dropKey, r.ID)
	case admission.PutSample:
		return w.putSample(&r)
	case admission.PutSetting:
		return w.exec(putSetting, r.Name, append([]byte{}, r.Value...)) // nil would be NULL
	default:
		return fmt.Errorf("no table keeps a %T", r)
	}
}

const putInstance = `
INSERT INTO instance (id, name, mode, capacity, queue_max, message, required_build, accepted_builds, update_url,
	game_url, grace_ms, claim_window_ms, replacement, is_linked, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, mode = excluded.mode, capacity = excluded.capacity,
	queue_max = excluded.queue_max, message = excluded.message, required_build = excluded.required_build,
	accepted_builds = excluded.accepted_builds, update_url = excluded.update_url, game_url = excluded.game_url,
	grace_ms = excluded.grace_ms, claim_window_ms = excluded.claim_window_ms, replacement = excluded.replacement,
	is_linked = excluded.is_linked, created_at = excluded.created_at`

func (w *writer) putInstance(s *admission.Settings) error {
	accepted, err := buildsOf(s.AcceptedBuilds)
	if err != nil {
		return err
	}
	return w.exec(putInstance, s.ID, s.Name, s.Mode, s.Capacity, s.QueueMax, s.Message, s.RequiredBuild, accepted,
		s.UpdateURL, s.GameURL, int64(s.Grace/time.Millisecond), int64(s.ClaimWindow/time.Millisecond), s.Replacement,
		s.IsLinked, millis(s.CreatedAt))
}

const (
	putPlace = `
INSERT INTO place (key, instance, account, character, state, attempt, session, build, line, missed, queued_at,
	seated_at, resumed, replaced, session_token, reconnect_current, reconnect_next, queue_current, queue_next)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET instance = excluded.instance, account = excluded.account,
	character = excluded.character, state = excluded.state, attempt = excluded.attempt, session = excluded.session,
	build = excluded.build, line = excluded.line, missed = excluded.missed, queued_at = excluded.queued_at,
	seated_at = excluded.seated_at, resumed = excluded.resumed, replaced = excluded.replaced,
	session_token = excluded.session_token, reconnect_current = excluded.reconnect_current,
	reconnect_next = excluded.reconnect_next, queue_current = excluded.queue_current, queue_next = excluded.queue_next`
	dropPlace = `DELETE FROM place WHERE key = ?`
)

func (w *writer) putPlace(p *admission.PlaceRow) error {
	return w.exec(putPlace, p.Key, p.Instance, p.Account, p.Character, p.State, p.Attempt, p.Session, p.Build, p.Line,
		p.Missed, millis(p.QueuedAt), millis(p.SeatedAt), p.Resumed, p.Replaced, hashOf(p.SessionToken),
		hashOf(p.Reconnect.Current), hashOf(p.Reconnect.Next), hashOf(p.Queue.Current), hashOf(p.Queue.Next))
}

const putAccount = `
INSERT INTO account (id, name, password_hash, guest, active, created_at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, password_hash = excluded.password_hash, guest = excluded.guest,
	active = excluded.active, created_at = excluded.created_at`

func (w *writer) putAccount(a *admission.AccountRow) error {
	return w.exec(putAccount, a.ID, a.Name, a.PasswordHash, a.Guest, a.Active, millis(a.CreatedAt))
}

const (
	putCharacter = `
INSERT INTO character (id, account, name, suspended, created_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET account = excluded.account, name = excluded.name, suspended = excluded.suspended,
	created_at = excluded.created_at`
	dropCharacter = `DELETE FROM character WHERE id = ?`
)

func (w *writer) putCharacter(c *admission.CharacterRow) error {
	return w.exec(putCharacter, c.ID, c.Account, c.Name, c.Suspended, millis(c.CreatedAt))
}

const (
	putToken = `
INSERT INTO player_token (hash, account, expires_at) VALUES (?, ?, ?)
ON CONFLICT (hash) DO UPDATE SET account = excluded.account, expires_at = excluded.expires_at`
	dropToken = `DELETE FROM player_token WHERE hash = ?`
)

const putThrottle = `
INSERT INTO throttle (account, failures, locked_until) VALUES (?, ?, ?)
ON CONFLICT (account) DO UPDATE SET failures = excluded.failures, locked_until = excluded.locked_until`

func (w *writer) putThrottle(t *admission.ThrottleRow) error {
	failures, err := momentsOf(t.Failures)
	if err != nil {
		return err
	}
	return w.exec(putThrottle, t.Account, failures, millis(t.LockedUntil))
}

const (
	putAdmin = `
INSERT INTO admin (name, password_hash, role, totp_secret, created_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE SET password_hash = excluded.password_hash, role = excluded.role,
	totp_secret = excluded.totp_secret, created_at = excluded.created_at`
	dropAdmin = `DELETE FROM admin WHERE name = ?`
)

func (w *writer) putAdmin(a *admission.AdminRow) error {
	return w.exec(putAdmin, a.Name, a.PasswordHash, a.Role, a.TOTPSecret, millis(a.CreatedAt))
}

const (
	putAdminSession = `
INSERT INTO admin_session (hash, admin, expires_at) VALUES (?, ?, ?)
ON CONFLICT (hash) DO UPDATE SET admin = excluded.admin, expires_at = excluded.expires_at`
	dropAdminSession = `DELETE FROM admin_session WHERE hash = ?`
)

const (
	putKey = `
INSERT INTO api_key (id, name, hash, scopes, instances, created_by, created_at, expires_at, last_used_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, hash = excluded.hash, scopes = excluded.scopes,
	instances = excluded.instances, created_by = excluded.created_by, created_at = excluded.created_at,
	expires_at = excluded.expires_at, last_used_at = excluded.last_used_at`
	dropKey = `DELETE FROM api_key WHERE id = ?`
)

func (w *writer) putKey(k *admission.KeyRow) error {
	scopes, err := listOf(k.Scopes)
	if err != nil {
		return err
	}
	instances, err := listOf(k.Instances)
	if err != nil {
		return err
	}
	return w.exec(putKey, k.ID, k.Name, k.Hash[:], scopes, instances, k.CreatedBy, millis(k.CreatedAt),
		millis(k.ExpiresAt), millis(k.LastUsedAt))
}

const putSetting = `
INSERT INTO setting (name, value) VALUES (?, ?)
ON CONFLICT (name) DO UPDATE SET value = excluded.value`
