-- Checks of a place that cost less to write. The table is laid anew, so that it reads as in schema.sql.
CREATE TABLE place_5 (
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

INSERT INTO place_5 (key, instance, account, character, state, attempt, session, build, line, missed, queued_at, seated_at,
    resumed, replaced, session_token, reconnect_current, reconnect_next, queue_current, queue_next)
SELECT key, instance, account, character, state, attempt, session, build, line, missed, queued_at, seated_at,
    resumed, replaced, session_token, reconnect_current, reconnect_next, queue_current, queue_next
FROM place;

DROP TABLE place;
ALTER TABLE place_5 RENAME TO place;
