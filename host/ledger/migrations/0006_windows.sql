-- Where in its journal a thread's window begins: what is before stands behind a summary, and no request needs it.
ALTER TABLE thread ADD COLUMN begins INTEGER NOT NULL DEFAULT 0;

-- Whose words a fork began with, and the role ids they had then.
CREATE TABLE voice (
    thread   TEXT NOT NULL REFERENCES thread (id),
    member   TEXT NOT NULL,
    role_ids TEXT NOT NULL,
    PRIMARY KEY (thread, member)
) STRICT;

-- Which delivery a message of the bot's is a part of.
CREATE INDEX outbox_part_by_message ON outbox_part (message);
