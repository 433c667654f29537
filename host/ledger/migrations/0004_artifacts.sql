-- Files that tools gave to people. The bytes are kept once, by their digest.
CREATE TABLE artifact (
    id         INTEGER NOT NULL PRIMARY KEY,
    at         TEXT NOT NULL,
    thread     TEXT NOT NULL,
    turn       TEXT NOT NULL,
    call       TEXT NOT NULL,
    name       TEXT NOT NULL,
    media_type TEXT NOT NULL,
    bytes      INTEGER NOT NULL,
    sha256     TEXT NOT NULL REFERENCES artifact_data (sha256)
) STRICT;
CREATE INDEX artifact_by_thread ON artifact (thread, id);

CREATE TABLE artifact_data (
    sha256 TEXT NOT NULL PRIMARY KEY,
    data   BLOB NOT NULL
) STRICT;
