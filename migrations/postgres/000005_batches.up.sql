-- Many digests stamped in one call go under one leaf of a group commit.
--
-- calendar_head also holds the time of the newest commitment, because times
-- never go back from one number to the next; it numbers batches and runs of
-- the index; and it has the secret that spreads digests over the index evenly,
-- whatever digests somebody invents.
ALTER TABLE calendar_head ADD COLUMN time BIGINT NOT NULL DEFAULT 0;
ALTER TABLE calendar_head ADD COLUMN batches BIGINT NOT NULL DEFAULT 0;
ALTER TABLE calendar_head ADD COLUMN runs BIGINT NOT NULL DEFAULT 0;
ALTER TABLE calendar_head ADD COLUMN index_key BYTEA;
UPDATE calendar_head SET time = (SELECT coalesce(max(time), 0) FROM commitments), index_key =
    sha256((gen_random_uuid()::text || gen_random_uuid()::text)::bytea);

-- name is what the outside calls a batch. The nonces of its digests come from
-- secret. tops are the roots of its tiles of 256 leaves; way leads from its
-- root to the commitment, serialised.
CREATE TABLE batches (
    id      BIGINT PRIMARY KEY CHECK (id > 0),
    name    BYTEA  NOT NULL UNIQUE CHECK (length(name) = 16),
    seq     BIGINT NOT NULL REFERENCES commitments (seq),
    digests BIGINT NOT NULL CHECK (digests > 0),
    secret  BYTEA  NOT NULL CHECK (length(secret) = 32),
    tops    BYTEA  NOT NULL,
    way     BYTEA  NOT NULL
);

-- The digests of a tile one after the other; key is batch * 256 + tile.
CREATE TABLE batch_tiles (
    "key"   BIGINT PRIMARY KEY,
    digests BYTEA  NOT NULL
);

-- Where a digest is: runs of buckets of entries (see notary/calendar/index.go).
-- A run is made (0), used (1) or to be removed (2). Its bucket number n has the
-- key id * 2^24 + n.
CREATE TABLE index_runs (
    id      BIGINT  PRIMARY KEY CHECK (id > 0),
    entries BIGINT  NOT NULL CHECK (entries > 0),
    shift   INTEGER NOT NULL,
    state   INTEGER NOT NULL CHECK (state IN (0, 1, 2))
);
CREATE TABLE index_buckets (
    "key"   BIGINT PRIMARY KEY,
    entries BYTEA  NOT NULL
);

-- Digests are random bytes: trying to compress them is time lost.
ALTER TABLE batch_tiles ALTER COLUMN digests SET STORAGE EXTERNAL;
ALTER TABLE index_buckets ALTER COLUMN entries SET STORAGE EXTERNAL;
