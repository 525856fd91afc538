-- Where the game is that an admitted player is handed over to. The table is laid anew, so that it reads as in schema.sql.
CREATE TABLE instance_3 (
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

INSERT INTO instance_3 (id, name, mode, capacity, queue_max, message, required_build, accepted_builds, update_url,
    game_url, grace_ms, claim_window_ms, replacement, is_linked, created_at)
SELECT id, name, mode, capacity, queue_max, message, required_build, accepted_builds, update_url, '', grace_ms,
    claim_window_ms, replacement, is_linked, created_at
FROM instance;

DROP TABLE instance;
ALTER TABLE instance_3 RENAME TO instance;
