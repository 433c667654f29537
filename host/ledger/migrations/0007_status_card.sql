-- The status card of each thread. `message` is NULL where somebody deleted it: it stays deleted. `busy` is 1 while it
-- says that something goes on.
CREATE TABLE status_card (
    thread  TEXT NOT NULL PRIMARY KEY REFERENCES thread (id),
    message TEXT,
    shown   TEXT NOT NULL,
    busy    INTEGER NOT NULL
) STRICT;
