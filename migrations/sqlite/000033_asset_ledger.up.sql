-- The ledger of coloured coins (assets/ledger): what every output of the chain
-- holds under each protocol, and what is reckoned from it. Numbers of
-- transactions, assets and scripts ascend in the order of the chain, without
-- gaps, and are given again after a reorganisation, so that the same blocks
-- always make the same rows. Sums are 16 bytes, big-endian: they may pass 2^63.

-- How far the ledger has come; no row before its first block. base is that
-- block's height. changes counts whatever the pages may want to show anew.
CREATE TABLE asset_ledger (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    base    INTEGER NOT NULL,
    height  INTEGER NOT NULL,
    hash    BLOB    NOT NULL CHECK (length(hash) = 32),
    changes INTEGER NOT NULL
) STRICT;

-- Transactions that colour, spend or destroy coloured coins, or carry a marker.
-- first_script is what the first input spends, where it had to be known; inferred:
-- that only the input itself tells it.
CREATE TABLE asset_txs (
    number       INTEGER PRIMARY KEY,
    txid         BLOB    NOT NULL UNIQUE CHECK (length(txid) = 32),
    height       INTEGER NOT NULL,
    place        INTEGER NOT NULL,
    made_at      INTEGER NOT NULL,
    raw          BLOB    NOT NULL,
    first_script BLOB,
    inferred     INTEGER NOT NULL
) STRICT;
CREATE INDEX asset_txs_by_height ON asset_txs (height);

-- What a protocol makes of a transaction: assets.Colouring, encoded.
CREATE TABLE asset_colourings (
    tx        INTEGER NOT NULL,
    protocol  INTEGER NOT NULL,
    colouring BLOB    NOT NULL,
    PRIMARY KEY (tx, protocol)
) STRICT, WITHOUT ROWID;

-- Assets. What changes with every block stands in asset_totals as well, by block;
-- here are the newest of them, to sort by. last_tx is the newest that moved units.
CREATE TABLE asset_ids (
    number    INTEGER PRIMARY KEY,
    protocol  INTEGER NOT NULL,
    raw       BLOB    NOT NULL,
    first_tx  INTEGER NOT NULL,
    last_tx   INTEGER NOT NULL,
    issued    BLOB    NOT NULL CHECK (length(issued) = 16),
    destroyed BLOB    NOT NULL CHECK (length(destroyed) = 16),
    holders   INTEGER NOT NULL,
    transfers INTEGER NOT NULL,
    UNIQUE (protocol, raw)
) STRICT;
CREATE INDEX asset_ids_by_last ON asset_ids (last_tx);
CREATE INDEX asset_ids_by_holders ON asset_ids (holders, number);
CREATE INDEX asset_ids_by_first ON asset_ids (first_tx);

CREATE TABLE asset_totals (
    asset     INTEGER NOT NULL,
    height    INTEGER NOT NULL,
    issued    BLOB    NOT NULL CHECK (length(issued) = 16),
    destroyed BLOB    NOT NULL CHECK (length(destroyed) = 16),
    holders   INTEGER NOT NULL,
    transfers INTEGER NOT NULL,
    PRIMARY KEY (asset, height)
) STRICT, WITHOUT ROWID;
CREATE INDEX asset_totals_by_height ON asset_totals (height);

-- What an issue says of its asset, where it says anything.
CREATE TABLE asset_metadata (
    asset    INTEGER NOT NULL,
    tx       INTEGER NOT NULL,
    metadata BLOB    NOT NULL,
    PRIMARY KEY (asset, tx)
) STRICT, WITHOUT ROWID;
CREATE INDEX asset_metadata_by_tx ON asset_metadata (tx);

-- Scripts that held units once, by their SHA-256.
CREATE TABLE asset_scripts (
    number   INTEGER PRIMARY KEY,
    hash     BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
    script   BLOB    NOT NULL,
    first_tx INTEGER NOT NULL
) STRICT;
CREATE INDEX asset_scripts_by_first ON asset_scripts (first_tx);

-- Coloured outputs: place is that of the holding among those of its output.
CREATE TABLE asset_coins (
    tx           INTEGER NOT NULL,
    output       INTEGER NOT NULL,
    protocol     INTEGER NOT NULL,
    place        INTEGER NOT NULL,
    asset        INTEGER NOT NULL,
    units        INTEGER NOT NULL CHECK (units > 0),
    script       INTEGER NOT NULL,
    value_sat    INTEGER NOT NULL,
    tag          INTEGER NOT NULL,
    height       INTEGER NOT NULL,
    spent_tx     INTEGER,
    spent_input  INTEGER,
    spent_height INTEGER,
    PRIMARY KEY (tx, output, protocol, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX asset_coins_unspent ON asset_coins (script) WHERE spent_tx IS NULL;
CREATE INDEX asset_coins_spent ON asset_coins (spent_tx) WHERE spent_tx IS NOT NULL;
CREATE INDEX asset_coins_by_asset ON asset_coins (asset, height);

-- Who holds how much of what now.
CREATE TABLE asset_holders (
    asset  INTEGER NOT NULL,
    script INTEGER NOT NULL,
    units  BLOB    NOT NULL CHECK (length(units) = 16),
    coins  INTEGER NOT NULL CHECK (coins > 0),
    PRIMARY KEY (asset, script)
) STRICT, WITHOUT ROWID;
CREATE INDEX asset_holders_by_units ON asset_holders (asset, units, script);
CREATE INDEX asset_holders_by_script ON asset_holders (script);

-- What a transaction does with the units of an asset.
CREATE TABLE asset_moves (
    asset     INTEGER NOT NULL,
    tx        INTEGER NOT NULL,
    issued    BLOB    NOT NULL CHECK (length(issued) = 16),
    moved     BLOB    NOT NULL CHECK (length(moved) = 16),
    destroyed BLOB    NOT NULL CHECK (length(destroyed) = 16),
    PRIMARY KEY (asset, tx)
) STRICT, WITHOUT ROWID;
CREATE INDEX asset_moves_by_tx ON asset_moves (tx);

-- What a transaction brings to a script and takes from it.
CREATE TABLE asset_history (
    script   INTEGER NOT NULL,
    tx       INTEGER NOT NULL,
    asset    INTEGER NOT NULL,
    received BLOB    NOT NULL CHECK (length(received) = 16),
    sent     BLOB    NOT NULL CHECK (length(sent) = 16),
    PRIMARY KEY (script, tx, asset)
) STRICT, WITHOUT ROWID;
CREATE INDEX asset_history_by_tx ON asset_history (tx);

-- The chain of hashes, at the blocks that change it.
CREATE TABLE asset_hashes (
    protocol   INTEGER NOT NULL,
    height     INTEGER NOT NULL,
    block_hash BLOB    NOT NULL CHECK (length(block_hash) = 32),
    hash       BLOB    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (protocol, height)
) STRICT, WITHOUT ROWID;

-- Transactions that wait for a block, as far as somebody sent or saw them here,
-- and what they would make and spend. colourings are encoded like the above.
CREATE TABLE asset_pending (
    txid       BLOB    PRIMARY KEY CHECK (length(txid) = 32),
    raw        BLOB    NOT NULL,
    seen_at    INTEGER NOT NULL,
    height     INTEGER NOT NULL,
    colourings BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX asset_pending_by_height ON asset_pending (height);

CREATE TABLE asset_pending_coins (
    txid     BLOB    NOT NULL CHECK (length(txid) = 32),
    output   INTEGER NOT NULL,
    protocol INTEGER NOT NULL,
    place    INTEGER NOT NULL,
    raw_id   BLOB    NOT NULL,
    units    INTEGER NOT NULL CHECK (units > 0),
    script   BLOB    NOT NULL,
    hash     BLOB    NOT NULL CHECK (length(hash) = 32),
    value_sat INTEGER NOT NULL,
    tag      INTEGER NOT NULL,
    PRIMARY KEY (txid, output, protocol, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX asset_pending_coins_by_script ON asset_pending_coins (hash);
CREATE INDEX asset_pending_coins_by_asset ON asset_pending_coins (raw_id);

CREATE TABLE asset_pending_spends (
    outpoint BLOB NOT NULL PRIMARY KEY CHECK (length(outpoint) = 36),
    txid     BLOB NOT NULL CHECK (length(txid) = 32)
) STRICT, WITHOUT ROWID;
CREATE INDEX asset_pending_spends_by_tx ON asset_pending_spends (txid);
