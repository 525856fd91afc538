-- Operators with roles, second factors and sessions; API keys; samples for charts. The table of operators is laid anew,
-- so that it reads as in schema.sql.
CREATE TABLE admin_4 (
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

INSERT INTO admin_4 (name, password_hash, role, totp_secret, created_at)
SELECT name, password_hash, role, '', created_at
FROM admin;

DROP TABLE admin;
ALTER TABLE admin_4 RENAME TO admin;

CREATE TABLE admin_session (
    hash       BLOB    NOT NULL PRIMARY KEY       -- SHA-256 of what the cookie holds
                       CHECK (length(hash) = 32),
    admin      TEXT    NOT NULL                   -- who
                       REFERENCES admin (name) DEFERRABLE INITIALLY DEFERRED,
    expires_at INTEGER NOT NULL                   -- from when it is worth nothing
                       CHECK (expires_at >= 0)
) STRICT, WITHOUT ROWID;

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
