-- The pledges of campaigns as leaves of their trees (lighthouse/progress/tree),
-- numbered from 0 in the order they were first counted or promised to be.
-- outpoint is as in pledges; salt keeps it from being guessed.
CREATE TABLE progress_leaves (
    campaign  BLOB    NOT NULL CHECK (length(campaign) = 10),
    number    INTEGER NOT NULL CHECK (number >= 0),
    pledge    BLOB    NOT NULL UNIQUE CHECK (length(pledge) = 16),
    outpoint  BLOB    NOT NULL CHECK (length(outpoint) = 36),
    value_sat INTEGER NOT NULL CHECK (value_sat > 0),
    salt      BLOB    NOT NULL CHECK (length(salt) = 32),
    PRIMARY KEY (campaign, number)
) STRICT, WITHOUT ROWID;

-- The heads of those trees. members has bit n%8 of byte n/8 set for each leaf n
-- that is counted. stamped_at is when the digest was handed to the notary.
CREATE TABLE progress_heads (
    campaign   BLOB    NOT NULL CHECK (length(campaign) = 10),
    number     INTEGER NOT NULL CHECK (number >= 0),
    digest     BLOB    NOT NULL UNIQUE CHECK (length(digest) = 32),
    previous   BLOB    NOT NULL CHECK (length(previous) = 32),
    size       INTEGER NOT NULL CHECK (size >= 0),
    sum_sat    INTEGER NOT NULL CHECK (sum_sat >= 0),
    height     INTEGER NOT NULL,
    block_hash BLOB    NOT NULL CHECK (length(block_hash) = 32),
    made_at    INTEGER NOT NULL,
    root       BLOB    NOT NULL CHECK (length(root) = 32),
    members    BLOB    NOT NULL,
    stamped_at INTEGER,
    PRIMARY KEY (campaign, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX progress_heads_unstamped ON progress_heads (made_at) WHERE stamped_at IS NULL;
