package storage

import (
	"errors"
	"fmt"
	"time"

	"gatekeeper/admission"
)

// write writes one row. Every kind of record has its case.
func (c connection) write(r admission.Record) error {
	switch r := r.(type) {
	case admission.PutInstance:
		return c.putInstance(&r.Settings)
	case admission.PutPlace:
		return c.putPlace(&r.Row)
	case admission.DropPlace:
		return c.exec(dropPlace, r.Key)
	case admission.PutAccount:
		return c.putAccount(&r.Row)
	case admission.DropAccount:
		return c.dropAccount(r.ID)
	case admission.PutCharacter:
		return c.putCharacter(&r.Row)
	case admission.DropCharacter:
		return c.exec(dropCharacter, r.ID)
	case admission.PutToken:
		return c.exec(putToken, r.Row.Hash[:], r.Row.Account, millis(r.Row.ExpiresAt))
	case admission.DropToken:
		return c.exec(dropToken, r.Hash[:])
	case admission.PutThrottle:
		return c.putThrottle(&r.Row)
	case admission.PutAdmin:
		return c.putAdmin(&r.Row)
	case admission.DropAdmin:
		return c.exec(dropAdmin, r.Name)
	case admission.PutAdminSession:
		return c.exec(putAdminSession, r.Row.Hash[:], r.Row.Admin, millis(r.Row.ExpiresAt))
	case admission.DropAdminSession:
		return c.exec(dropAdminSession, r.Hash[:])
	case admission.PutKey:
		return c.putKey(&r.Row)
	case admission.DropKey:
		return c.exec(dropKey, r.ID)
	case admission.PutTicketUse:
		return c.putTicketUse(&r)
	case admission.PutEndedToken:
		return c.putEndedToken(&r)
	case admission.PutWebhook:
		return c.putWebhook(&r.Row)
	case admission.DropWebhook:
		return c.dropWebhook(r.ID)
	case admission.PutWebhookCursor:
		return c.exec(putWebhookCursor, r.Row.Webhook, r.Row.Instance, int64(r.Row.Seq))
	case admission.PutSample:
		return c.putSample(&r)
	case admission.PutSetting:
		return c.exec(putSetting, r.Name, append([]byte{}, r.Value...)) // nil would be NULL
	default:
		return fmt.Errorf("no table keeps a %T", r)
	}
}

const putInstance = `
INSERT INTO instance (id, name, mode, capacity, queue_max, message, required_build, accepted_builds, update_url,
	game_url, upstream, grace_ms, claim_window_ms, replacement, is_linked, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, mode = excluded.mode, capacity = excluded.capacity,
	queue_max = excluded.queue_max, message = excluded.message, required_build = excluded.required_build,
	accepted_builds = excluded.accepted_builds, update_url = excluded.update_url, game_url = excluded.game_url,
	upstream = excluded.upstream, grace_ms = excluded.grace_ms, claim_window_ms = excluded.claim_window_ms, replacement = excluded.replacement,
	is_linked = excluded.is_linked, created_at = excluded.created_at`

func (c connection) putInstance(s *admission.Settings) error {
	accepted, err := buildsOf(s.AcceptedBuilds)
	if err != nil {
		return err
	}
	return c.exec(putInstance, s.ID, s.Name, s.Mode, s.Capacity, s.QueueMax, s.Message, s.RequiredBuild, accepted,
		s.UpdateURL, s.GameURL, s.Upstream, int64(s.Grace/time.Millisecond), int64(s.ClaimWindow/time.Millisecond), s.Replacement,
		s.IsLinked, millis(s.CreatedAt))
}

const (
	// Nothing refers to a place, and it has no other key: to replace the row is to update it, in one step less.
	putPlace = `
REPLACE INTO place (key, instance, account, character, state, attempt, session, build, line, missed, queued_at,
	seated_at, resumed, replaced, session_token, reconnect_current, reconnect_next, queue_current, queue_next)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	dropPlace = `DELETE FROM place WHERE key = ?`
)

func (c connection) putPlace(p *admission.PlaceRow) error {
	// What has the driver's own types already needs no reflection: this is the busiest statement.
	return c.exec(putPlace, int64(p.Key), string(p.Instance), string(p.Account), string(p.Character), string(p.State),
		string(p.Attempt), string(p.Session), p.Build, int64(p.Line), int64(p.Missed), millis(p.QueuedAt),
		millis(p.SeatedAt), p.Resumed, p.Replaced, hashOf(p.SessionToken),
		hashOf(p.Reconnect.Current), hashOf(p.Reconnect.Next), hashOf(p.Queue.Current), hashOf(p.Queue.Next))
}

const (
	putAccount = `
INSERT INTO account (id, name, password_hash, must_change, guest, issuer, subject, active, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, password_hash = excluded.password_hash,
	must_change = excluded.must_change, guest = excluded.guest, issuer = excluded.issuer, subject = excluded.subject,
	active = excluded.active, created_at = excluded.created_at`
	dropAccount  = `DELETE FROM account WHERE id = ?`
	dropThrottle = `DELETE FROM throttle WHERE account = ?`
)

func (c connection) putAccount(a *admission.AccountRow) error {
	return c.exec(putAccount, a.ID, a.Name, a.PasswordHash, a.MustChange, a.Guest, a.Issuer, a.Subject, a.Active, millis(a.CreatedAt))
}

func (c connection) dropAccount(id admission.AccountID) error {
	return errors.Join(c.exec(dropThrottle, id), c.exec(dropAccount, id))
}

const (
	putCharacter = `
INSERT INTO character (id, account, name, suspended, created_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET account = excluded.account, name = excluded.name, suspended = excluded.suspended,
	created_at = excluded.created_at`
	dropCharacter = `DELETE FROM character WHERE id = ?`
)

func (c connection) putCharacter(row *admission.CharacterRow) error {
	return c.exec(putCharacter, row.ID, row.Account, row.Name, row.Suspended, millis(row.CreatedAt))
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

func (c connection) putThrottle(t *admission.ThrottleRow) error {
	failures, err := momentsOf(t.Failures)
	if err != nil {
		return err
	}
	return c.exec(putThrottle, t.Account, failures, millis(t.LockedUntil))
}

const (
	putAdmin = `
INSERT INTO admin (name, password_hash, role, totp_secret, created_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE SET password_hash = excluded.password_hash, role = excluded.role,
	totp_secret = excluded.totp_secret, created_at = excluded.created_at`
	dropAdmin = `DELETE FROM admin WHERE name = ?`
)

func (c connection) putAdmin(a *admission.AdminRow) error {
	return c.exec(putAdmin, a.Name, a.PasswordHash, a.Role, a.TOTPSecret, millis(a.CreatedAt))
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

func (c connection) putKey(k *admission.KeyRow) error {
	scopes, err := listOf(k.Scopes)
	if err != nil {
		return err
	}
	instances, err := listOf(k.Instances)
	if err != nil {
		return err
	}
	return c.exec(putKey, k.ID, k.Name, k.Hash[:], scopes, instances, k.CreatedBy, millis(k.CreatedAt),
		millis(k.ExpiresAt), millis(k.LastUsedAt))
}

const putSetting = `
INSERT INTO setting (name, value) VALUES (?, ?)
ON CONFLICT (name) DO UPDATE SET value = excluded.value`
