-- The ledger. Migrations are only ever added, never edited: their checksums are in every ledger in use.
-- Times are RFC 3339, UTC, with milliseconds, so that they sort as text.

CREATE TABLE thread (
    id            TEXT NOT NULL PRIMARY KEY,
    title         TEXT NOT NULL,
    model         TEXT,
    effort        TEXT,
    created       TEXT NOT NULL,
    last_activity TEXT NOT NULL
) STRICT;
CREATE INDEX thread_by_activity ON thread (last_activity);

-- A person's message. `body` is emptied once it is settled: the journal holds what was said.
CREATE TABLE inbox (
    seq      INTEGER NOT NULL PRIMARY KEY,
    front    TEXT NOT NULL,
    message  TEXT NOT NULL,
    thread   TEXT NOT NULL REFERENCES thread (id),
    member   TEXT NOT NULL,
    role_ids TEXT NOT NULL,
    body     TEXT NOT NULL,
    received TEXT NOT NULL,
    state    TEXT NOT NULL CHECK (state IN ('received', 'claimed', 'settled')),
    turn     TEXT,
    resumed  INTEGER NOT NULL DEFAULT 0,
    UNIQUE (front, message)
) STRICT;
CREATE INDEX inbox_by_thread ON inbox (thread, seq);
CREATE INDEX inbox_open ON inbox (seq) WHERE state <> 'settled';

CREATE TABLE journal (
    thread TEXT NOT NULL REFERENCES thread (id),
    seq    INTEGER NOT NULL,
    at     TEXT NOT NULL,
    entry  TEXT NOT NULL,
    UNIQUE (thread, seq)
) STRICT;
CREATE TRIGGER journal_is_not_changed BEFORE UPDATE ON journal
BEGIN SELECT RAISE (ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_is_not_cut BEFORE DELETE ON journal
BEGIN SELECT RAISE (ABORT, 'the journal is append-only'); END;

-- What must reach a person. `body` is emptied once it is delivered.
CREATE TABLE outbox (
    seq     INTEGER NOT NULL PRIMARY KEY,
    id      TEXT NOT NULL UNIQUE,
    thread  TEXT NOT NULL REFERENCES thread (id),
    body    TEXT NOT NULL,
    created TEXT NOT NULL,
    state   TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'undeliverable')),
    why     TEXT
) STRICT;
CREATE INDEX outbox_pending ON outbox (thread, seq) WHERE state = 'pending';

CREATE TABLE outbox_part (
    delivery TEXT NOT NULL REFERENCES outbox (id),
    part     INTEGER NOT NULL,
    message  TEXT NOT NULL,
    PRIMARY KEY (delivery, part)
) STRICT;

-- One row for each reply of the model. `micro_usd` is NULL where the price is not known.
CREATE TABLE usage (
    seq            INTEGER NOT NULL PRIMARY KEY,
    at             TEXT NOT NULL,
    thread         TEXT NOT NULL,
    turn           TEXT NOT NULL,
    member         TEXT NOT NULL,
    model          TEXT NOT NULL,
    request        TEXT NOT NULL,
    input          INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    cache_read     INTEGER NOT NULL,
    output         INTEGER NOT NULL,
    micro_usd      INTEGER
) STRICT;
CREATE INDEX usage_by_thread ON usage (thread, seq);
CREATE INDEX usage_by_member ON usage (member, at);
CREATE INDEX usage_by_time ON usage (at);

-- Each row carries the hash of the row before it.
CREATE TABLE audit (
    seq    INTEGER NOT NULL PRIMARY KEY,
    at     TEXT NOT NULL,
    kind   TEXT NOT NULL,
    thread TEXT,
    turn   TEXT,
    member TEXT,
    detail TEXT NOT NULL,
    prev   TEXT NOT NULL,
    hash   TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE (ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit
BEGIN SELECT RAISE (ABORT, 'the audit is append-only'); END;

CREATE TABLE plugin_state (
    plugin TEXT NOT NULL,
    thread TEXT NOT NULL,
    key    TEXT NOT NULL,
    value  BLOB NOT NULL,
    PRIMARY KEY (plugin, thread, key)
) STRICT;

CREATE TABLE cursor (
    channel TEXT NOT NULL PRIMARY KEY,
    message TEXT NOT NULL
) STRICT;

CREATE TABLE setting (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
