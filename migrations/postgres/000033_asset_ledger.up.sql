-- The ledger of coloured coins (assets/ledger): what every output of the chain
-- holds under each protocol, and what is reckoned from it. Numbers of
-- transactions, assets and scripts ascend in the order of the chain, without
-- gaps, and are given again after a reorganisation, so that the same blocks
-- always make the same rows. Sums are 16 bytes, big-endian: they may pass 2^63.

-- How far the ledger has come; no row before its first block. base is that
-- block's height. changes counts whatever the pages may want to show anew.
CREATE TABLE asset_ledger (
    id      BIGINT PRIMARY KEY CHECK (id = 1),
    base    BIGINT NOT NULL,
    height  BIGINT NOT NULL,
    hash    BYTEA    NOT NULL CHECK (length(hash) = 32),
    changes BIGINT NOT NULL
);

-- Transactions that colour, spend or destroy coloured coins, or carry a marker.
-- first_script is what the first input spends, where it had to be known; inferred:
-- that only the input itself tells it.
CREATE TABLE asset_txs (
    number       BIGINT PRIMARY KEY,
    txid         BYTEA    NOT NULL UNIQUE CHECK (length(txid) = 32),
    height       BIGINT NOT NULL,
    place        BIGINT NOT NULL,
    made_at      BIGINT NOT NULL,
    raw          BYTEA    NOT NULL,
    first_script BYTEA,
    inferred     BOOLEAN NOT NULL
);
CREATE INDEX asset_txs_by_height ON asset_txs (height);

-- What a protocol makes of a transaction: assets.Colouring, encoded.
CREATE TABLE asset_colourings (
    tx        BIGINT NOT NULL,
    protocol  BIGINT NOT NULL,
    colouring BYTEA    NOT NULL,
    PRIMARY KEY (tx, protocol)
);

-- Assets. What changes with every block stands in asset_totals as well, by block;
-- here are the newest of them, to sort by. last_tx is the newest that moved units.
CREATE TABLE asset_ids (
    number    BIGINT PRIMARY KEY,
    protocol  BIGINT NOT NULL,
    raw       BYTEA    NOT NULL,
    first_tx  BIGINT NOT NULL,
    last_tx   BIGINT NOT NULL,
    issued    BYTEA    NOT NULL CHECK (length(issued) = 16),
    destroyed BYTEA    NOT NULL CHECK (length(destroyed) = 16),
    holders   BIGINT NOT NULL,
    transfers BIGINT NOT NULL,
    UNIQUE (protocol, raw)
);
CREATE INDEX asset_ids_by_last ON asset_ids (last_tx);
CREATE INDEX asset_ids_by_holders ON asset_ids (holders, number);
CREATE INDEX asset_ids_by_first ON asset_ids (first_tx);

CREATE TABLE asset_totals (
    asset     BIGINT NOT NULL,
    height    BIGINT NOT NULL,
    issued    BYTEA    NOT NULL CHECK (length(issued) = 16),
    destroyed BYTEA    NOT NULL CHECK (length(destroyed) = 16),
    holders   BIGINT NOT NULL,
    transfers BIGINT NOT NULL,
    PRIMARY KEY (asset, height)
);
CREATE INDEX asset_totals_by_height ON asset_totals (height);

-- What an issue says of its asset, where it says anything.
CREATE TABLE asset_metadata (
    asset    BIGINT NOT NULL,
    tx       BIGINT NOT NULL,
    metadata BYTEA    NOT NULL,
    PRIMARY KEY (asset, tx)
);
CREATE INDEX asset_metadata_by_tx ON asset_metadata (tx);

-- Scripts that held units once, by their SHA-256.
CREATE TABLE asset_scripts (
    number   BIGINT PRIMARY KEY,
    hash     BYTEA    NOT NULL UNIQUE CHECK (length(hash) = 32),
    script   BYTEA    NOT NULL,
    first_tx BIGINT NOT NULL
);
CREATE INDEX asset_scripts_by_first ON asset_scripts (first_tx);

-- Coloured outputs: place is that of the holding among those of its output.
CREATE TABLE asset_coins (
    tx           BIGINT NOT NULL,
    output       BIGINT NOT NULL,
    protocol     BIGINT NOT NULL,
    place        BIGINT NOT NULL,
    asset        BIGINT NOT NULL,
    units        BIGINT NOT NULL CHECK (units > 0),
    script       BIGINT NOT NULL,
    value_sat    BIGINT NOT NULL,
    tag          BIGINT NOT NULL,
    height       BIGINT NOT NULL,
    spent_tx     BIGINT,
    spent_input  BIGINT,
    spent_height BIGINT,
    PRIMARY KEY (tx, output, protocol, place)
);
CREATE INDEX asset_coins_unspent ON asset_coins (script) WHERE spent_tx IS NULL;
CREATE INDEX asset_coins_spent ON asset_coins (spent_tx) WHERE spent_tx IS NOT NULL;
CREATE INDEX asset_coins_by_asset ON asset_coins (asset, height);

-- Who holds how much of what now.
CREATE TABLE asset_holders (
    asset  BIGINT NOT NULL,
    script BIGINT NOT NULL,
    units  BYTEA    NOT NULL CHECK (length(units) = 16),
    coins  BIGINT NOT NULL CHECK (coins > 0),
    PRIMARY KEY (asset, script)
);
CREATE INDEX asset_holders_by_units ON asset_holders (asset, units, script);
CREATE INDEX asset_holders_by_script ON asset_holders (script);

-- What a transaction does with the units of an asset.
CREATE TABLE asset_moves (
    asset     BIGINT NOT NULL,
    tx        BIGINT NOT NULL,
    issued    BYTEA    NOT NULL CHECK (length(issued) = 16),
    moved     BYTEA    NOT NULL CHECK (length(moved) = 16),
    destroyed BYTEA    NOT NULL CHECK (length(destroyed) = 16),
    PRIMARY KEY (asset, tx)
);
CREATE INDEX asset_moves_by_tx ON asset_moves (tx);

-- What a transaction brings to a script and takes from it.
CREATE TABLE asset_history (
    script   BIGINT NOT NULL,
    tx       BIGINT NOT NULL,
    asset    BIGINT NOT NULL,
    received BYTEA    NOT NULL CHECK (length(received) = 16),
    sent     BYTEA    NOT NULL CHECK (length(sent) = 16),
    PRIMARY KEY (script, tx, asset)
);
CREATE INDEX asset_history_by_tx ON asset_history (tx);

-- The chain of hashes, at the blocks that change it.
CREATE TABLE asset_hashes (
    protocol   BIGINT NOT NULL,
    height     BIGINT NOT NULL,
    block_hash BYTEA    NOT NULL CHECK (length(block_hash) = 32),
    hash       BYTEA    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (protocol, height)
);

-- Transactions that wait for a block, as far as somebody sent or saw them here,
-- and what they would make and spend. colourings are encoded like the above.
CREATE TABLE asset_pending (
    txid       BYTEA    PRIMARY KEY CHECK (length(txid) = 32),
    raw        BYTEA    NOT NULL,
    seen_at    BIGINT NOT NULL,
    height     BIGINT NOT NULL,
    colourings BYTEA    NOT NULL
);
CREATE INDEX asset_pending_by_height ON asset_pending (height);

CREATE TABLE asset_pending_coins (
    txid     BYTEA    NOT NULL CHECK (length(txid) = 32),
    output   BIGINT NOT NULL,
    protocol BIGINT NOT NULL,
    place    BIGINT NOT NULL,
    raw_id   BYTEA    NOT NULL,
    units    BIGINT NOT NULL CHECK (units > 0),
    script   BYTEA    NOT NULL,
    hash     BYTEA    NOT NULL CHECK (length(hash) = 32),
    value_sat BIGINT NOT NULL,
    tag      BIGINT NOT NULL,
    PRIMARY KEY (txid, output, protocol, place)
);
CREATE INDEX asset_pending_coins_by_script ON asset_pending_coins (hash);
CREATE INDEX asset_pending_coins_by_asset ON asset_pending_coins (raw_id);

CREATE TABLE asset_pending_spends (
    outpoint BYTEA NOT NULL PRIMARY KEY CHECK (length(outpoint) = 36),
    txid     BYTEA NOT NULL CHECK (length(txid) = 32)
);
CREATE INDEX asset_pending_spends_by_tx ON asset_pending_spends (txid);
