-- Transactions of their own for one digest each, which somebody paid for.
-- paid_by is the quote, nonce what hides the digest of a plain one (empty for
-- docproof), carried the 32 bytes that proofs lead through. returning: it could
-- not be made, and the money is on its way back. trouble says why it cannot be
-- made now (empty when it can). confirmed_by is as in anchors.
CREATE TABLE express_orders (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    paid_by      BLOB    NOT NULL UNIQUE CHECK (length(paid_by) = 16),
    digest       BLOB    NOT NULL CHECK (length(digest) = 32),
    form         TEXT    NOT NULL CHECK (form IN ('plain', 'docproof')),
    nonce        BLOB    NOT NULL,
    carried      BLOB    NOT NULL CHECK (length(carried) = 32),
    state        TEXT    NOT NULL CHECK (state IN ('ordered', 'returning', 'returned')),
    trouble      TEXT    NOT NULL,
    ordered_at   INTEGER NOT NULL,
    confirmed_by INTEGER,
    CHECK (length(nonce) = CASE form WHEN 'plain' THEN 16 ELSE 0 END),
    CHECK (confirmed_by IS NULL OR state = 'ordered')
) STRICT;
CREATE UNIQUE INDEX express_orders_live ON express_orders (digest, form) WHERE state = 'ordered';
CREATE INDEX express_orders_by_digest ON express_orders (digest);
CREATE INDEX express_orders_by_carried ON express_orders (carried);
CREATE INDEX express_orders_open ON express_orders (id) WHERE confirmed_by IS NULL AND state <> 'returned';

-- As anchor_attempts.
CREATE TABLE express_attempts (
    order_id   INTEGER NOT NULL REFERENCES express_orders (id),
    number     INTEGER NOT NULL CHECK (number > 0),
    outbox_key TEXT    NOT NULL UNIQUE REFERENCES outbox ("key"),
    txid       BLOB    NOT NULL UNIQUE CHECK (length(txid) = 32),
    rate_kw    INTEGER NOT NULL,
    made_at    INTEGER NOT NULL,
    height     INTEGER,
    block_hash BLOB   ,
    block_time INTEGER,
    path       BLOB   ,
    PRIMARY KEY (order_id, number),
    CHECK ((height IS NULL) = (block_hash IS NULL) AND (height IS NULL) = (block_time IS NULL)
       AND (height IS NULL) = (path IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX express_attempts_by_height ON express_attempts (height);
CREATE INDEX express_attempts_by_block ON express_attempts (block_hash);
