-- Many digests stamped in one call go under one leaf of a group commit.
--
-- calendar_head also holds the time of the newest commitment, because times
-- never go back from one number to the next; it numbers batches and runs of
-- the index; and it has the secret that spreads digests over the index evenly,
-- whatever digests somebody invents.
ALTER TABLE calendar_head ADD COLUMN time INTEGER NOT NULL DEFAULT 0;
ALTER TABLE calendar_head ADD COLUMN batches INTEGER NOT NULL DEFAULT 0;
ALTER TABLE calendar_head ADD COLUMN runs INTEGER NOT NULL DEFAULT 0;
ALTER TABLE calendar_head ADD COLUMN index_key BLOB;
UPDATE calendar_head SET time = (SELECT coalesce(max(time), 0) FROM commitments), index_key = randomblob(32);

-- name is what the outside calls a batch. The nonces of its digests come from
-- secret. tops are the roots of its tiles of 256 leaves; way leads from its
-- root to the commitment, serialised.
CREATE TABLE batches (
    id      INTEGER PRIMARY KEY CHECK (id > 0),
    name    BLOB    NOT NULL UNIQUE CHECK (length(name) = 16),
    seq     INTEGER NOT NULL REFERENCES commitments (seq),
    digests INTEGER NOT NULL CHECK (digests > 0),
    secret  BLOB    NOT NULL CHECK (length(secret) = 32),
    tops    BLOB    NOT NULL,
    way     BLOB    NOT NULL
) STRICT;

-- The digests of a tile one after the other; key is batch * 256 + tile.
CREATE TABLE batch_tiles (
    "key"   INTEGER PRIMARY KEY,
    digests BLOB    NOT NULL
) STRICT;

-- Where a digest is: runs of buckets of entries (see notary/calendar/index.go).
-- A run is made (0), used (1) or to be removed (2). Its bucket number n has the
-- key id * 2^24 + n.
CREATE TABLE index_runs (
    id      INTEGER PRIMARY KEY CHECK (id > 0),
    entries INTEGER NOT NULL CHECK (entries > 0),
    shift   INTEGER NOT NULL,
    state   INTEGER NOT NULL CHECK (state IN (0, 1, 2))
) STRICT;
CREATE TABLE index_buckets (
    "key"   INTEGER PRIMARY KEY,
    entries BLOB    NOT NULL
) STRICT;
