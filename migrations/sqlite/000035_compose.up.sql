-- Drafts of asset transactions (assets/compose): what was built for a visitor, and
-- what of it he has signed. Dividends stay, as they are public; others are forgotten.
CREATE TABLE asset_drafts (
    id         BLOB    PRIMARY KEY CHECK (length(id) = 16),
    source     TEXT    NOT NULL,
    operation  TEXT    NOT NULL,
    asset      TEXT    NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('open', 'signed', 'sent', 'ended')),
    body       BLOB    NOT NULL,
    signed     BLOB,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX asset_drafts_by_state ON asset_drafts (state, created_at);
CREATE INDEX asset_drafts_open ON asset_drafts (source) WHERE state = 'open';
CREATE INDEX asset_dividends ON asset_drafts (asset, created_at) WHERE operation = 'dividend';

-- Transactions of signed drafts. height: the block that has one; lost_at: a block that
-- spends one of its coins otherwise.
CREATE TABLE asset_draft_txs (
    txid    BLOB    PRIMARY KEY CHECK (length(txid) = 32),
    draft   BLOB    NOT NULL,
    part    INTEGER NOT NULL CHECK (part >= 0),
    sent    INTEGER NOT NULL,
    height  INTEGER,
    lost_at INTEGER
) STRICT;
CREATE INDEX asset_draft_txs_by_draft ON asset_draft_txs (draft, part);
CREATE INDEX asset_draft_txs_waiting ON asset_draft_txs (txid) WHERE height IS NULL AND lost_at IS NULL;
CREATE INDEX asset_draft_txs_by_height ON asset_draft_txs (height) WHERE height IS NOT NULL;
CREATE INDEX asset_draft_txs_by_loss ON asset_draft_txs (lost_at) WHERE lost_at IS NOT NULL;

CREATE TABLE asset_draft_inputs (
    txid     BLOB NOT NULL CHECK (length(txid) = 32),
    outpoint BLOB NOT NULL CHECK (length(outpoint) = 36),
    PRIMARY KEY (txid, outpoint)
) STRICT;

-- The book of sell offers: coins whose owners have signed them away for a price.
CREATE TABLE asset_offers (
    id         BLOB    PRIMARY KEY CHECK (length(id) = 16),
    asset      TEXT    NOT NULL,
    units      INTEGER NOT NULL CHECK (units > 0),
    price_sat  INTEGER NOT NULL CHECK (price_sat > 0),
    pay_to     BLOB    NOT NULL,
    outpoint   BLOB    NOT NULL CHECK (length(outpoint) = 36),
    value_sat  INTEGER NOT NULL,
    script     BLOB    NOT NULL,
    psbt       BLOB    NOT NULL,
    withdrawn  INTEGER NOT NULL,
    taken_by   BLOB,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    closed_at  INTEGER,
    closed_by  BLOB
) STRICT;
CREATE INDEX asset_offers_by_asset ON asset_offers (asset, created_at);
CREATE INDEX asset_offers_by_coin ON asset_offers (outpoint) WHERE closed_at IS NULL;
CREATE INDEX asset_offers_by_close ON asset_offers (closed_at) WHERE closed_at IS NOT NULL;
