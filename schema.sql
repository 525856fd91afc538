-- The whole current schema of gatekeeper's database. Read it top to bottom; it is version 6 of itself, and every
-- version but the first is reached by a numbered file in storage/migrations/ that leaves behind exactly what stands here.
--
-- Conventions. Every table is STRICT. Times are wall time, integer milliseconds since 1970 UTC, 0 = never or none.
-- Spans are integer milliseconds and say so in their name. An absent text is '' and an absent hash is NULL. Tokens
-- are kept as their SHA-256 only. The checks state what the engine promises: a row that breaks one is a defect, and
-- its batch is refused as a whole. References are checked at the commit, whatever the order of a batch; a place names
-- its account and character without one, which would cost the busiest table an index.

PRAGMA application_id = 0x47415445; -- 'GATE': tells this file from anybody else's
PRAGMA user_version = 6;

-- A game instance: what an operator set on it. Never deleted; a closed one keeps its row.
CREATE TABLE instance (
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

-- A player's account.
CREATE TABLE account (
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

-- A character of an account.
CREATE TABLE character (
    id         TEXT    NOT NULL PRIMARY KEY       -- unique over all accounts
                       CHECK (length(id) BETWEEN 1 AND 64 AND id NOT GLOB '*[^A-Za-z0-9_-]*'),
    account    TEXT    NOT NULL                   -- whose it is
                       REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    name       TEXT    NOT NULL                   -- as other players read it
                       CHECK (length(name) BETWEEN 1 AND 32),
    suspended  INTEGER NOT NULL                   -- 1 = an operator bars it from connecting
                       CHECK (suspended IN (0, 1)),
    created_at INTEGER NOT NULL                   -- when it was made
                       CHECK (created_at >= 0)
) STRICT, WITHOUT ROWID;

-- A player token: proof of who is asking, until it expires or is revoked, which deletes it.
CREATE TABLE player_token (
    hash       BLOB    NOT NULL PRIMARY KEY       -- SHA-256 of the token
                       CHECK (length(hash) = 32),
    account    TEXT    NOT NULL                   -- whom it proves
                       REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    expires_at INTEGER NOT NULL                   -- from when it is worth nothing; 0 = never
                       CHECK (expires_at >= 0)
) STRICT, WITHOUT ROWID;

-- An account's failed attempts to connect and the lock they led to.
CREATE TABLE throttle (
    account      TEXT    NOT NULL PRIMARY KEY     -- whose failures
                         REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED,
    failures     TEXT    NOT NULL                 -- JSON array of times within the window, oldest first
                         CHECK (json_valid(failures) AND json_array_length(failures) <= 5),
    locked_until INTEGER NOT NULL                 -- the end of the lock; 0 = not locked
                         CHECK (locked_until >= 0)
) STRICT, WITHOUT ROWID;

-- A character's one place: a queue place, a session, or both while a promotion is unclaimed. It is deleted when it
-- ends. No deadline is stored: a start gives everybody a fresh one. The checks compare one by one: of a list of three
-- and more SQLite makes a table of its own, for each row that is written, and this is the busiest table.
CREATE TABLE place (
    key               INTEGER PRIMARY KEY         -- rising with every place made
                              CHECK (key > 0),
    instance          TEXT    NOT NULL            -- where it is
                              REFERENCES instance (id) DEFERRABLE INITIALLY DEFERRED,
    account           TEXT    NOT NULL            -- whose it is
                              CHECK (length(account) BETWEEN 1 AND 64),
    character         TEXT    NOT NULL            -- who holds it
                              CHECK (length(character) BETWEEN 1 AND 64),
    state             TEXT    NOT NULL            -- where it stands in its life
                              CHECK (state = 'waiting' OR state = 'absent' OR state = 'promoted' OR state = 'reserved'
                                  OR state = 'active' OR state = 'grace'),
    attempt           TEXT    NOT NULL            -- the attempt that made it
                              CHECK (length(attempt) <= 64),
    session           TEXT    NOT NULL            -- the session of the seat it holds; '' = it only waits
                              CHECK (length(session) <= 64),
    build             TEXT    NOT NULL            -- the client's build as it said at connect
                              CHECK (length(build) <= 64),
    line              INTEGER NOT NULL            -- rank in the queue, lowest first; 0 = not in the queue
                              CHECK (line >= 0),
    missed            INTEGER NOT NULL            -- promotions that were not claimed
                              CHECK (missed >= 0),
    queued_at         INTEGER NOT NULL            -- when it joined the queue; 0 = it never waited
                              CHECK (queued_at >= 0),
    seated_at         INTEGER NOT NULL            -- since when it holds its seat; 0 = it has none
                              CHECK (seated_at >= 0),
    resumed           INTEGER NOT NULL            -- 1 = the next admitted frame says that the session goes on
                              CHECK (resumed IN (0, 1)),
    replaced          INTEGER NOT NULL            -- 1 = the next admitted frame says that it took a session over
                              CHECK (replaced IN (0, 1)),
    session_token     BLOB    CHECK (length(session_token) = 32),     -- hash; attaches for the first time
    reconnect_current BLOB    CHECK (length(reconnect_current) = 32), -- hash; the last one acknowledged or used
    reconnect_next    BLOB    CHECK (length(reconnect_next) = 32),    -- hash; its newest successor
    queue_current     BLOB    CHECK (length(queue_current) = 32),     -- hash; the last one acknowledged or used
    queue_next        BLOB    CHECK (length(queue_next) = 32),        -- hash; its newest successor
    -- Who has a rank is queued, and who is queued has a rank.
    CHECK ((line > 0) = (state = 'waiting' OR state = 'absent' OR state = 'promoted')),
    -- Who holds a seat has a session, and nobody else has.
    CHECK ((session <> '') = (state = 'promoted' OR state = 'reserved' OR state = 'active' OR state = 'grace'))
) STRICT;

-- An operator's account.
CREATE TABLE admin (
    name          TEXT    NOT NULL PRIMARY KEY    -- the name to log in with
                          CHECK (length(name) BETWEEN 1 AND 64),
    password_hash TEXT    NOT NULL                -- Argon2id in PHC form
                          CHECK (length(password_hash) <= 255),
    role          TEXT    NOT NULL                -- what the operator may do
                          CHECK (role IN ('viewer', 'operator', 'owner')),
    totp_secret   TEXT    NOT NULL                -- Base32; a log-in needs its code, too; '' = it does not
                          CHECK (length(totp_secret) <= 64),
    created_at    INTEGER NOT NULL                -- when it was made
                          CHECK (created_at >= 0)
) STRICT, WITHOUT ROWID;

-- An operator who is logged in, until it expires or ends, which deletes it.
CREATE TABLE admin_session (
    hash       BLOB    NOT NULL PRIMARY KEY       -- SHA-256 of what the cookie holds
                       CHECK (length(hash) = 32),
    admin      TEXT    NOT NULL                   -- who
                       REFERENCES admin (name) DEFERRABLE INITIALLY DEFERRED,
    expires_at INTEGER NOT NULL                   -- from when it is worth nothing
                       CHECK (expires_at >= 0)
) STRICT, WITHOUT ROWID;

-- An API key of a script or a game server, until it is revoked, which deletes it.
CREATE TABLE api_key (
    id           TEXT    NOT NULL PRIMARY KEY     -- UUID
                         CHECK (length(id) BETWEEN 1 AND 64),
    name         TEXT    NOT NULL                 -- what its maker calls it
                         CHECK (length(name) BETWEEN 1 AND 64),
    hash         BLOB    NOT NULL                 -- SHA-256 of the key
                         CHECK (length(hash) = 32),
    scopes       TEXT    NOT NULL                 -- JSON array of what it may be used for
                         CHECK (json_valid(scopes) AND json_array_length(scopes) BETWEEN 1 AND 4),
    instances    TEXT    NOT NULL                 -- JSON array of ids: where it works; [] = everywhere
                         CHECK (json_valid(instances) AND json_array_length(instances) <= 64),
    created_by   TEXT    NOT NULL                 -- the operator who made it
                         CHECK (length(created_by) <= 64),
    created_at   INTEGER NOT NULL                 -- when it was made
                         CHECK (created_at >= 0),
    expires_at   INTEGER NOT NULL                 -- from when it is worth nothing; 0 = never
                         CHECK (expires_at >= 0),
    last_used_at INTEGER NOT NULL                 -- to the minute; 0 = never
                         CHECK (last_used_at >= 0)
) STRICT, WITHOUT ROWID;

-- A ticket that a game server has had checked: it is not accepted again. Writing one removes those that have expired.
CREATE TABLE ticket_use (
    id         TEXT    NOT NULL PRIMARY KEY       -- the ticket's jti
                       CHECK (length(id) BETWEEN 1 AND 64),
    expires_at INTEGER NOT NULL                   -- from when it would be refused in any case
                       CHECK (expires_at >= 0)
) STRICT, WITHOUT ROWID;

-- A token that another issuer still vouches for and its player has ended. Writing one removes those that have expired.
CREATE TABLE ended_token (
    hash       BLOB    NOT NULL PRIMARY KEY       -- SHA-256 of the token
                       CHECK (length(hash) = 32),
    expires_at INTEGER NOT NULL                   -- from when it would be refused in any case
                       CHECK (expires_at >= 0)
) STRICT, WITHOUT ROWID;

-- An address that is told of events, in their order, until it is removed.
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

-- How far a webhook has been told of an instance's events.
CREATE TABLE webhook_cursor (
    webhook  TEXT    NOT NULL                     -- which
                     REFERENCES webhook (id) DEFERRABLE INITIALLY DEFERRED,
    instance TEXT    NOT NULL,                    -- of which instance; '' = of none in particular
    seq      INTEGER NOT NULL                     -- the newest event that was taken there
                     CHECK (seq > 0),
    PRIMARY KEY (webhook, instance)
) STRICT, WITHOUT ROWID;

-- What an instance was like over one step of time, for charts. Writing one removes the instance's old ones.
CREATE TABLE sample (
    step        INTEGER NOT NULL                  -- seconds that it stands for
                        CHECK (step > 0),
    instance    TEXT    NOT NULL,                 -- of which instance; '' = of all together
    time        INTEGER NOT NULL                  -- when the step began
                        CHECK (time >= 0),
    capacity    INTEGER NOT NULL,                 -- seats at its end, as in the next four
    reserved    INTEGER NOT NULL,
    active      INTEGER NOT NULL,
    grace       INTEGER NOT NULL,
    queue       INTEGER NOT NULL,                 -- places in the queue
    admissions  INTEGER NOT NULL,                 -- players who got their seat during the step
    wait_p50_ms INTEGER,                          -- of those of them who had waited; NULL = nobody had
    wait_p95_ms INTEGER,
    failures    TEXT    NOT NULL                  -- JSON object: refused attempts by reason
                        CHECK (json_type(failures) = 'object'),
    PRIMARY KEY (step, instance, time)
) STRICT, WITHOUT ROWID;

-- What the server keeps for itself, such as its signing keys.
CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY               -- what it is
               CHECK (length(name) BETWEEN 1 AND 64),
    value BLOB NOT NULL                           -- in the form its owner chose; may be a secret
) STRICT, WITHOUT ROWID;

-- The audit log: what happened, written in the transaction of the change it tells of. Numbers have no gap and no
-- duplicate. Old rows may be removed, the newest never: it carries the count over a restart.
CREATE TABLE event (
    seq       INTEGER PRIMARY KEY                 -- gapless, rising
                      CHECK (seq > 0),
    time      INTEGER NOT NULL                    -- when it happened
                      CHECK (time >= 0),
    name      TEXT    NOT NULL                    -- what happened, such as connection.attempt
                      CHECK (length(name) BETWEEN 1 AND 64),
    instance  TEXT    NOT NULL,                   -- where; '' = nowhere in particular, as in the next four
    attempt   TEXT    NOT NULL,                   -- of which attempt
    session   TEXT    NOT NULL,                   -- of which session
    account   TEXT    NOT NULL,                   -- whose
    character TEXT    NOT NULL,                   -- of which character
    reason    TEXT    NOT NULL,                   -- why; '' = the name says it all
    data      TEXT    CHECK (json_type(data) = 'object') -- what else belongs to it; NULL = nothing
) STRICT;
