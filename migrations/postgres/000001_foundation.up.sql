CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value BYTEA NOT NULL
);

-- Who leads. epoch grows by one each time the holder changes, so that work
-- signed under an older epoch can be refused. (name, epoch) is unique because
-- PostgreSQL lets a fence lock just that pair while the holder renews.
CREATE TABLE leases (
    name          TEXT PRIMARY KEY,
    holder        TEXT    NOT NULL,
    epoch         BIGINT  NOT NULL CHECK (epoch > 0),
    beat          BIGINT  NOT NULL,
    expires_at_ms BIGINT  NOT NULL,
    UNIQUE (name, epoch)
);

-- Signed transactions, stored before they are broadcast. The block is the one
-- that holds the transaction (confirmed) or one that spends its inputs in
-- another way (conflicted).
CREATE TABLE outbox (
    id                 BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    "key"              TEXT    NOT NULL UNIQUE,
    txid               BYTEA   NOT NULL UNIQUE CHECK (length(txid) = 32),
    raw                BYTEA   NOT NULL,
    fee_sat            BIGINT  NOT NULL CHECK (fee_sat >= 0),
    epoch              BIGINT  NOT NULL,
    state              TEXT    NOT NULL CHECK (state IN ('stored', 'broadcast', 'confirmed', 'replaced', 'conflicted', 'abandoned')),
    replaces           TEXT REFERENCES outbox ("key"),
    height             INTEGER,
    block_hash         BYTEA,
    created_at         BIGINT  NOT NULL,
    first_broadcast_at BIGINT,
    last_broadcast_at  BIGINT,
    attempts           INTEGER NOT NULL DEFAULT 0,
    last_error         TEXT    NOT NULL DEFAULT '',
    abandoned          BOOLEAN NOT NULL DEFAULT FALSE,
    CHECK ((state IN ('confirmed', 'conflicted')) = (height IS NOT NULL AND block_hash IS NOT NULL))
);
CREATE INDEX outbox_by_state ON outbox (state, id);
CREATE INDEX outbox_by_replaces ON outbox (replaces);
CREATE INDEX outbox_by_height ON outbox (height);
CREATE INDEX outbox_by_epoch ON outbox (epoch);
CREATE INDEX outbox_by_created_at ON outbox (created_at);

-- What each of them spends: 32 bytes of txid, 4 bytes of index, big-endian.
CREATE TABLE outbox_inputs (
    outpoint    BYTEA NOT NULL CHECK (length(outpoint) = 36),
    outbox_key  TEXT NOT NULL REFERENCES outbox ("key"),
    PRIMARY KEY (outpoint, outbox_key)
);
CREATE INDEX outbox_inputs_by_key ON outbox_inputs (outbox_key);

-- Headers of the blocks followed, and of some below the first of them.
CREATE TABLE blocks (
    height INTEGER PRIMARY KEY,
    hash   BYTEA   NOT NULL UNIQUE CHECK (length(hash) = 32),
    prev   BYTEA   NOT NULL CHECK (length(prev) = 32),
    header BYTEA   NOT NULL CHECK (length(header) = 80)
);

-- The newest blocks whole, so that a reorg can be undone even when nobody
-- serves the stale blocks any more.
CREATE TABLE block_bodies (
    height INTEGER PRIMARY KEY,
    hash   BYTEA   NOT NULL CHECK (length(hash) = 32),
    raw    BYTEA   NOT NULL
);

-- One row: the last block handed to the projections, and the height below the
-- first one that was.
CREATE TABLE follow_cursor (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    height INTEGER NOT NULL,
    hash   BYTEA   NOT NULL CHECK (length(hash) = 32),
    base   INTEGER NOT NULL
);

CREATE TABLE watched_scripts (
    script_hash BYTEA NOT NULL CHECK (length(script_hash) = 32),
    label       TEXT NOT NULL,
    script      BYTEA NOT NULL,
    PRIMARY KEY (script_hash, label)
);
CREATE INDEX watched_scripts_by_label ON watched_scripts (label);

CREATE TABLE watched_outpoints (
    outpoint BYTEA NOT NULL CHECK (length(outpoint) = 36),
    label    TEXT NOT NULL,
    PRIMARY KEY (outpoint, label)
);
CREATE INDEX watched_outpoints_by_label ON watched_outpoints (label);

-- Coins that pay a watched script or are watched themselves. height is unknown
-- (NULL) for the latter until they are seen in a block.
CREATE TABLE coins (
    outpoint    BYTEA   PRIMARY KEY CHECK (length(outpoint) = 36),
    script_hash BYTEA   NOT NULL CHECK (length(script_hash) = 32),
    script      BYTEA   NOT NULL,
    value_sat   BIGINT  NOT NULL CHECK (value_sat >= 0),
    coinbase    BOOLEAN NOT NULL,
    height      INTEGER,
    block_hash  BYTEA,
    spent_txid   BYTEA,
    spent_input  BIGINT,
    spent_height INTEGER,
    spent_hash   BYTEA
);
CREATE INDEX coins_by_script ON coins (script_hash);
CREATE INDEX coins_by_height ON coins (height);
CREATE INDEX coins_by_spent_height ON coins (spent_height);
