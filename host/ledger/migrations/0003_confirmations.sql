-- A question to a person about one exact effect. `hash` binds it to plugin, tool, input and effect; it is settled once.
CREATE TABLE confirmation (
    seq     INTEGER NOT NULL PRIMARY KEY,
    id      TEXT NOT NULL UNIQUE,
    thread  TEXT NOT NULL,
    turn    TEXT NOT NULL,
    call    TEXT NOT NULL,
    hash    TEXT NOT NULL,
    shape   TEXT NOT NULL,
    body    TEXT NOT NULL,
    asked   TEXT NOT NULL,
    expires TEXT NOT NULL,
    state   TEXT NOT NULL CHECK (state IN ('asked', 'confirmed', 'denied', 'expired', 'withdrawn', 'used')),
    member  TEXT,
    settled TEXT,
    UNIQUE (thread, turn, call)
) STRICT;
CREATE INDEX confirmation_open ON confirmation (seq) WHERE state IN ('asked', 'confirmed');
CREATE INDEX confirmation_by_thread ON confirmation (thread, seq);

-- What a thread has taken in: both together need a person for whatever leaves the house.
CREATE TABLE flow (
    thread    TEXT NOT NULL PRIMARY KEY,
    untrusted TEXT,
    sensitive TEXT
) STRICT;
