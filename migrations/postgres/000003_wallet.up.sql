-- Every transaction the node's wallet has signed, by what it is for. generation
-- counts what was signed for the same purpose before it: fee replacements, and
-- what was abandoned. charge_sat is what it added to the miners' fees of its day
-- (days since 1970, UTC).
CREATE TABLE wallet_txs (
    txid         BYTEA   PRIMARY KEY CHECK (length(txid) = 32),
    purpose      TEXT    NOT NULL,
    generation   INTEGER NOT NULL CHECK (generation >= 0),
    raw          BYTEA   NOT NULL,
    change_index INTEGER NOT NULL CHECK (change_index >= -1),
    fee_sat      BIGINT  NOT NULL CHECK (fee_sat >= 0),
    charge_sat   BIGINT  NOT NULL CHECK (charge_sat >= 0),
    day          INTEGER NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN ('signed', 'confirmed', 'replaced', 'conflicted', 'abandoned')),
    height       INTEGER,
    block_hash   BYTEA,
    created_at   BIGINT  NOT NULL,
    CHECK ((state IN ('signed', 'abandoned')) = (height IS NULL AND block_hash IS NULL))
);
CREATE UNIQUE INDEX wallet_txs_by_purpose ON wallet_txs (purpose, generation);
CREATE INDEX wallet_txs_by_state ON wallet_txs (state);
CREATE INDEX wallet_txs_by_day ON wallet_txs (day);
CREATE INDEX wallet_txs_by_block ON wallet_txs (block_hash);

-- The coins each of them spends: 32 bytes of txid, 4 bytes of index, big-endian.
CREATE TABLE wallet_inputs (
    txid      BYTEA   NOT NULL REFERENCES wallet_txs (txid),
    position  INTEGER NOT NULL,
    outpoint  BYTEA   NOT NULL CHECK (length(outpoint) = 36),
    value_sat BIGINT  NOT NULL CHECK (value_sat >= 0),
    script    BYTEA   NOT NULL,
    PRIMARY KEY (txid, position)
);
CREATE INDEX wallet_inputs_by_outpoint ON wallet_inputs (outpoint);

-- Coins of the wallet that must not pay fees. A coin without a row is a fee coin.
CREATE TABLE coin_classes (
    outpoint   BYTEA   PRIMARY KEY CHECK (length(outpoint) = 36),
    class      TEXT    NOT NULL CHECK (class IN ('protected')),
    reason     TEXT    NOT NULL,
    created_at BIGINT  NOT NULL
);
