package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"gatekeeper/admission"
)

// Load reads everything back, as of one moment and in an order that depends on the rows alone: instances, accounts,
// characters, tokens, throttles, admins and their sessions, and places by their keys, API keys oldest first. Times are
// UTC and whole milliseconds. It keeps commits out meanwhile. The caller owns the snapshot.
func (s *Store) Load(ctx context.Context, early admission.Early) (*admission.Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	snap, err := loadFrom(ctx, s.readers, early, 2)
	return snap, inOneLine(err)
}

// loadOnline is Load of a database that somebody else may be writing.
func loadOnline(ctx context.Context, db *sql.DB) (*admission.Snapshot, error) {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	return loadFrom(ctx, tx, admission.Early{}, 1)
}

// queries is what a pool and a transaction have in common. A transaction takes one at a time.
type queries interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// loadFrom reads the places, which are half of it, beside the rest, where two may read at a time.
func loadFrom(ctx context.Context, db queries, early admission.Early, readers int) (*admission.Snapshot, error) {
	snap := &admission.Snapshot{}
	var values []admission.PutSetting
	both, ctx := errgroup.WithContext(ctx)
	both.SetLimit(readers)
	both.Go(steps(
		into(ctx, db, &snap.Places, selectPlaces, scanPlace),
		telling(ctx, early.Places, snap),
	))
	both.Go(steps(
		func() error { return db.QueryRowContext(ctx, selectLastSeq).Scan(&snap.LastSeq) },
		into(ctx, db, &snap.Instances, selectInstances, scanInstance),
		into(ctx, db, &snap.Accounts, selectAccounts, scanAccount),
		into(ctx, db, &snap.Characters, selectCharacters, scanCharacter),
		into(ctx, db, &snap.Throttles, selectThrottles, scanThrottle),
		telling(ctx, early.People, snap),
		into(ctx, db, &snap.Tokens, selectTokens, scanToken),
		telling(ctx, early.Tokens, snap),
		into(ctx, db, &snap.Admins, selectAdmins, scanAdmin),
		into(ctx, db, &snap.AdminSessions, selectAdminSessions, scanAdminSession),
		into(ctx, db, &snap.Keys, selectKeys, scanKey),
		into(ctx, db, &snap.TicketUses, selectTicketUses, scanTicketUse),
		into(ctx, db, &snap.EndedTokens, selectEndedTokens, scanEndedToken),
		into(ctx, db, &snap.Webhooks, selectWebhooks, scanWebhook),
		into(ctx, db, &snap.WebhookCursors, selectWebhookCursors, scanWebhookCursor),
		into(ctx, db, &values, selectSettings, scanSetting),
	))
	if err := both.Wait(); err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	snap.Settings = settings(values)
	return snap, nil
}

// steps is one after another, up to the first that fails.
func steps(all ...func() error) func() error {
	return func() error {
		for _, step := range all {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	}
}

func telling(ctx context.Context, part func(context.Context, *admission.Snapshot) error, snap *admission.Snapshot) func() error {
	return func() error {
		if part == nil {
			return nil
		}
		return part(ctx, snap)
	}
}

func into[T any](ctx context.Context, db queries, to *[]T, query string, scan func(*sql.Rows, *T) error) func() error {
	return func() (err error) {
		if err := ctx.Err(); err != nil {
			return err
		}
		// The driver would look after a context that can end at each row.
		*to, err = list(context.WithoutCancel(ctx), db, query, scan)
		return err
	}
}

func list[T any](ctx context.Context, db queries, query string, scan func(*sql.Rows, *T) error, args ...any) (_ []T, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var all []T
	for rows.Next() {
		if len(all) == cap(all) {
			all = slices.Grow(all, len(all)+256) // doubled: append grows long lists by a quarter, and copies each row some four times
		}
		all = all[:len(all)+1]
		row := &all[len(all)-1] // a variable of its own would be on the heap, once for each row
		if err := scan(rows, row); err != nil {
			return nil, fmt.Errorf("read a %T: %w", *row, err)
		}
	}
	return all, rows.Err()
}

const selectLastSeq = `SELECT coalesce(max(seq), 0) FROM event`

const selectInstances = `
SELECT id, name, mode, capacity, queue_max, message, required_build, accepted_builds, update_url, game_url,
	upstream, grace_ms, claim_window_ms, replacement, is_linked, created_at
FROM instance ORDER BY id`

func scanInstance(rows *sql.Rows, s *admission.Settings) error {
	return rows.Scan(&s.ID, &s.Name, &s.Mode, &s.Capacity, &s.QueueMax, &s.Message, &s.RequiredBuild,
		(*buildsColumn)(&s.AcceptedBuilds), &s.UpdateURL, &s.GameURL, &s.Upstream, (*spanColumn)(&s.Grace), (*spanColumn)(&s.ClaimWindow),
		&s.Replacement, &s.IsLinked, (*timeColumn)(&s.CreatedAt))
}

const selectAccounts = `
SELECT id, name, password_hash, must_change, guest, issuer, subject, active, created_at
FROM account ORDER BY id`

func scanAccount(rows *sql.Rows, a *admission.AccountRow) error {
	return rows.Scan((*string)(&a.ID), &a.Name, &a.PasswordHash, &a.MustChange, &a.Guest, &a.Issuer, &a.Subject, (*string)(&a.Active),
		(*timeColumn)(&a.CreatedAt))
}

const selectCharacters = `
SELECT id, account, name, suspended, created_at
FROM character ORDER BY id`

func scanCharacter(rows *sql.Rows, c *admission.CharacterRow) error {
	return rows.Scan((*string)(&c.ID), (*string)(&c.Account), &c.Name, &c.Suspended, (*timeColumn)(&c.CreatedAt))
}

const selectTokens = `
SELECT hash, account, expires_at
FROM player_token ORDER BY hash`

func scanToken(rows *sql.Rows, t *admission.TokenRow) error {
	return rows.Scan((*hashColumn)(&t.Hash), (*string)(&t.Account), (*timeColumn)(&t.ExpiresAt))
}

const selectThrottles = `
SELECT account, failures, locked_until
FROM throttle ORDER BY account`

func scanThrottle(rows *sql.Rows, t *admission.ThrottleRow) error {
	return rows.Scan(&t.Account, (*momentsColumn)(&t.Failures), (*timeColumn)(&t.LockedUntil))
}

const selectPlaces = `
SELECT key, instance, account, character, state, attempt, session, build, line, missed, queued_at, seated_at, resumed,
	replaced, session_token, reconnect_current, reconnect_next, queue_current, queue_next
FROM place ORDER BY key`

// scanPlace reads into what the driver gives, as the other long tables do: where the types differ, database/sql goes by
// way of reflection, and with numbers by way of their text.
func scanPlace(rows *sql.Rows, p *admission.PlaceRow) error {
	var line, missed int64
	err := rows.Scan((*int64)(&p.Key), (*string)(&p.Instance), (*string)(&p.Account), (*string)(&p.Character),
		(*string)(&p.State), (*string)(&p.Attempt), (*string)(&p.Session), &p.Build, &line, &missed,
		(*timeColumn)(&p.QueuedAt), (*timeColumn)(&p.SeatedAt), &p.Resumed, &p.Replaced,
		(*hashColumn)(&p.SessionToken), (*hashColumn)(&p.Reconnect.Current), (*hashColumn)(&p.Reconnect.Next),
		(*hashColumn)(&p.Queue.Current), (*hashColumn)(&p.Queue.Next))
	p.Line, p.Missed = uint64(line), int(missed)
	return err
}

const selectAdmins = `
SELECT name, password_hash, role, totp_secret, created_at
FROM admin ORDER BY name`

func scanAdmin(rows *sql.Rows, a *admission.AdminRow) error {
	return rows.Scan(&a.Name, &a.PasswordHash, &a.Role, &a.TOTPSecret, (*timeColumn)(&a.CreatedAt))
}

const selectAdminSessions = `
SELECT hash, admin, expires_at
FROM admin_session ORDER BY hash`

func scanAdminSession(rows *sql.Rows, a *admission.AdminSessionRow) error {
	return rows.Scan((*hashColumn)(&a.Hash), &a.Admin, (*timeColumn)(&a.ExpiresAt))
}

const selectKeys = `
SELECT id, name, hash, scopes, instances, created_by, created_at, expires_at, last_used_at
FROM api_key ORDER BY created_at, id`

func scanKey(rows *sql.Rows, k *admission.KeyRow) error {
	return rows.Scan(&k.ID, &k.Name, (*hashColumn)(&k.Hash), (*listColumn[admission.Scope])(&k.Scopes),
		(*listColumn[admission.InstanceID])(&k.Instances), &k.CreatedBy, (*timeColumn)(&k.CreatedAt),
		(*timeColumn)(&k.ExpiresAt), (*timeColumn)(&k.LastUsedAt))
}

const selectSettings = `
SELECT name, value
FROM setting ORDER BY name`

func scanSetting(rows *sql.Rows, s *admission.PutSetting) error {
	return rows.Scan(&s.Name, &s.Value)
}

func settings(rows []admission.PutSetting) map[string][]byte {
	all := make(map[string][]byte, len(rows))
	for _, row := range rows {
		all[row.Name] = row.Value
	}
	return all
}
