-- Relayed games, players of other identity providers, forced resets, tickets that count once, webhooks. Tables that
-- grow are laid anew, so that they read as in schema.sql.
CREATE TABLE instance_6 (
    id              TEXT    NOT NULL PRIMARY KEY  -- chosen by the operator, also in addresses
                            CHECK (length(id) BETWEEN 1 AND 64 AND id NOT GLOB '*[^A-Za-z0-9_-]*'),
    name            TEXT    NOT NULL              -- as players read it
                            CHECK (length(name) BETWEEN 1 AND 64),
    mode            TEXT    NOT NULL              -- what it does with players
                            CHECK (mode IN ('open', 'draining', 'maintenance', 'closed')),
    capacity        INTEGER NOT NULL              -- seats
                            CHECK (capacity BETWEEN 0 AND 1000000),
    queue_max       INTEGER NOT NULL              -- places in the queue
                            CHECK (queue_max BETWEEN 0 AND 1000000),
    message         TEXT    NOT NULL              -- what refused players are told; '' = the standard text
                            CHECK (length(message) <= 500),
    required_build  TEXT    NOT NULL              -- the build newcomers must have; '' = any
                            CHECK (length(required_build) <= 64),
    accepted_builds TEXT    NOT NULL              -- JSON array of {build, until}: those that may come in beside it
                            CHECK (json_valid(accepted_builds) AND json_array_length(accepted_builds) <= 16),
    update_url      TEXT    NOT NULL              -- where the required build is found; '' = not told
                            CHECK (length(update_url) <= 500),
    game_url        TEXT    NOT NULL              -- where the game is that players are handed over to; '' = not told
                            CHECK (length(game_url) <= 500),
    upstream        TEXT    NOT NULL              -- the game's own WebSocket that players are relayed to; '' = they are not
                            CHECK (length(upstream) <= 500),
    grace_ms        INTEGER NOT NULL              -- how long the seat of a dropped session is held
                            CHECK (grace_ms BETWEEN 1000 AND 3600000),
    claim_window_ms INTEGER NOT NULL              -- how long a reserved seat waits for its player
                            CHECK (claim_window_ms BETWEEN 1000 AND 300000),
    replacement     TEXT    NOT NULL              -- when a new connection may take an attached session over
                            CHECK (replacement IN ('same-instance', 'anywhere', 'never')),
    is_linked       INTEGER NOT NULL              -- 1 = its game server sends heartbeats, which are required since
                            CHECK (is_linked IN (0, 1)),
    created_at      INTEGER NOT NULL              -- when the operator made it
                            CHECK (created_at >= 0)
) STRICT, WITHOUT ROWID;

INSERT INTO instance_6 (id, name, mode, capacity, queue_max, message, required_build, accepted_builds, update_url, game_url, upstream,
    grace_ms, claim_window_ms, replacement, is_linked, created_at)
SELECT id, name, mode, capacity, queue_max, message, required_build, accepted_builds, update_url, game_url, '',
    grace_ms, claim_window_ms, replacement, is_linked, created_at
FROM instance;

DROP TABLE instance;
ALTER TABLE instance_6 RENAME TO instance;

CREATE TABLE account_6 (
    id            TEXT    NOT NULL PRIMARY KEY    -- UUID
                          CHECK (length(id) BETWEEN 1 AND 64),
    name          TEXT    NOT NULL                -- the name to log in with
                          CHECK (length(name) <= 255),
    password_hash TEXT    NOT NULL                -- Argon2id in PHC form; '' = nobody can log in with a password
                          CHECK (length(password_hash) <= 255),
    must_change   INTEGER NOT NULL                -- 1 = the password is good for nothing but to set another
                          CHECK (must_change IN (0, 1)),
    guest         INTEGER NOT NULL                -- 1 = made without a name or password
                          CHECK (guest IN (0, 1)),
    issuer        TEXT    NOT NULL                -- the identity provider that vouches for the player; '' = this server
                          CHECK (length(issuer) <= 255),
    subject       TEXT    NOT NULL                -- the player's id there; '' = this server's own
                          CHECK (length(subject) <= 255 AND (subject = '') = (issuer = '')),
    active        TEXT    NOT NULL                -- the character that connects when none is named; '' = none
                          CHECK (length(active) <= 64),
    created_at    INTEGER NOT NULL                -- when it was made
                          CHECK (created_at >= 0)
) STRICT, WITHOUT ROWID;

INSERT INTO account_6 (id, name, password_hash, must_change, guest, issuer, subject, active, created_at)
SELECT id, name, password_hash, 0, guest, '', '', active, created_at
FROM account;

DROP TABLE account;
ALTER TABLE account_6 RENAME TO account;

CREATE TABLE ticket_use (
    id         TEXT    NOT NULL PRIMARY KEY       -- the ticket's jti
                       CHECK (length(id) BETWEEN 1 AND 64),
    expires_at INTEGER NOT NULL                   -- from when it would be refused in any case
                       CHECK (expires_at >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE ended_token (
    hash       BLOB    NOT NULL PRIMARY KEY       -- SHA-256 of the token
                       CHECK (length(hash) = 32),
    expires_at INTEGER NOT NULL                   -- from when it would be refused in any case
                       CHECK (expires_at >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE webhook (
    id         TEXT    NOT NULL PRIMARY KEY       -- UUID
                       CHECK (length(id) BETWEEN 1 AND 64),
    name       TEXT    NOT NULL                   -- what its maker calls it
                       CHECK (length(name) BETWEEN 1 AND 64),
    url        TEXT    NOT NULL                   -- where events are posted
                       CHECK (length(url) BETWEEN 1 AND 500),
    secret     TEXT    NOT NULL                   -- what its deliveries are signed with; never told again
                       CHECK (length(secret) BETWEEN 16 AND 128),
    events     TEXT    NOT NULL                   -- JSON array of names, or of their beginnings up to a dot
                       CHECK (json_valid(events) AND json_array_length(events) BETWEEN 1 AND 32),
    instances  TEXT    NOT NULL                   -- JSON array of ids: of which instances; [] = of all
                       CHECK (json_valid(instances) AND json_array_length(instances) <= 64),
    is_paused  INTEGER NOT NULL                   -- 1 = what happens waits
                       CHECK (is_paused IN (0, 1)),
    since      INTEGER NOT NULL                   -- the newest event when it was made: it is told of later ones
                       CHECK (since >= 0),
    created_by TEXT    NOT NULL                   -- the operator who made it
                       CHECK (length(created_by) <= 64),
    created_at INTEGER NOT NULL                   -- when it was made
                       CHECK (created_at >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE webhook_cursor (
    webhook  TEXT    NOT NULL                     -- which
                     REFERENCES webhook (id) DEFERRABLE INITIALLY DEFERRED,
    instance TEXT    NOT NULL,                    -- of which instance; '' = of none in particular
    seq      INTEGER NOT NULL                     -- the newest event that was taken there
                     CHECK (seq > 0),
    PRIMARY KEY (webhook, instance)
) STRICT, WITHOUT ROWID;
