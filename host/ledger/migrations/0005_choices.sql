-- What people chose in a thread; what is not here is the default.
CREATE TABLE choice (
    thread TEXT NOT NULL REFERENCES thread (id),
    key    TEXT NOT NULL,
    value  TEXT NOT NULL,
    PRIMARY KEY (thread, key)
) STRICT;
INSERT INTO choice (thread, key, value) SELECT id, 'model', model FROM thread WHERE model IS NOT NULL;
INSERT INTO choice (thread, key, value) SELECT id, 'effort', effort FROM thread WHERE effort IS NOT NULL;
ALTER TABLE thread DROP COLUMN model;
ALTER TABLE thread DROP COLUMN effort;
