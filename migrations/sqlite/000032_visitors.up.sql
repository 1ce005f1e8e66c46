-- Wallets of visitors, whose scripts are watched (watched_scripts, by label).
-- Nothing here tells whose they are, and no key is known. searched_from is the
-- lowest block in which older coins were searched for; NULL when there was no need.
CREATE TABLE visitor_wallets (
    label         TEXT    PRIMARY KEY,
    scripts       INTEGER NOT NULL CHECK (scripts >= 0),
    seen_at       INTEGER NOT NULL,
    searched_from INTEGER
) STRICT;
CREATE INDEX visitor_wallets_by_seen ON visitor_wallets (seen_at);

-- Scripts whose older coins are still to be searched for.
CREATE TABLE visitor_searches (
    label  TEXT NOT NULL,
    script BLOB NOT NULL CHECK (length(script) BETWEEN 1 AND 42),
    PRIMARY KEY (label, script)
) STRICT;

-- Transactions of visitors that are sent again until a block holds them, for some
-- days. checked: all coins they spend are known here, and the signatures hold.
CREATE TABLE visitor_txs (
    txid       BLOB    PRIMARY KEY CHECK (length(txid) = 32),
    raw        BLOB    NOT NULL CHECK (length(raw) BETWEEN 60 AND 400000),
    checked    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    sent_at    INTEGER NOT NULL,
    height     INTEGER
) STRICT;
CREATE INDEX visitor_txs_waiting ON visitor_txs (created_at) WHERE height IS NULL;
CREATE INDEX visitor_txs_by_height ON visitor_txs (height) WHERE height IS NOT NULL;
