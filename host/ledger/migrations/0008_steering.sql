-- How a message that was said while a turn ran waits, and in the end what became of it.
ALTER TABLE inbox ADD COLUMN mode TEXT NOT NULL DEFAULT 'steer'
    CHECK (mode IN ('steer', 'queue', 'interrupt', 'began', 'joined', 'removed'));

-- The checklist of a thread, as it was written last.
CREATE TABLE todo (
    thread TEXT NOT NULL PRIMARY KEY,
    list   TEXT NOT NULL
) STRICT;
