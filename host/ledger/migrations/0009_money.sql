-- Whose money a reply was: the client that its thread is about, and the channel that the thread belongs to.
-- `cache_lost` names what had changed where the cache should have served the prompt and did not.
ALTER TABLE usage ADD COLUMN client TEXT;
ALTER TABLE usage ADD COLUMN channel TEXT;
ALTER TABLE usage ADD COLUMN cache_lost TEXT;
CREATE INDEX usage_by_client ON usage (client, at) WHERE client IS NOT NULL;
CREATE INDEX usage_by_channel ON usage (channel, at) WHERE channel IS NOT NULL;

-- Money set aside for a request that runs. `lost` is when a start of the program found that its request had ended
-- with the program before, so that nobody knows what it cost.
CREATE TABLE reservation (
    id        INTEGER NOT NULL PRIMARY KEY,
    at        TEXT NOT NULL,
    thread    TEXT NOT NULL,
    member    TEXT NOT NULL,
    client    TEXT,
    channel   TEXT,
    micro_usd INTEGER NOT NULL,
    lost      TEXT
) STRICT;
