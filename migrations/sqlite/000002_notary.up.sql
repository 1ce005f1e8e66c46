-- The calendar's journal. calendar_head gives out contiguous numbers in
-- commit order and counts; one row of commitments is one group commit.
CREATE TABLE calendar_head (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    seq     INTEGER NOT NULL CHECK (seq >= 0),
    digests INTEGER NOT NULL CHECK (digests >= 0)
);
INSERT INTO calendar_head (id, seq, digests) VALUES (1, 0, 0);

CREATE TABLE commitments (
    seq     INTEGER PRIMARY KEY CHECK (seq > 0),
    time    INTEGER NOT NULL,
    tip     BLOB    NOT NULL CHECK (length(tip) = 32),
    mac     BLOB    NOT NULL CHECK (length(mac) = 8),
    digests INTEGER NOT NULL CHECK (digests > 0)
);
CREATE UNIQUE INDEX commitments_time_tip ON commitments (time, tip);

-- Digests stamped on the pages, found again by themselves. path leads from
-- the digest to the commitment, serialised.
CREATE TABLE proofs (
    digest BLOB    PRIMARY KEY CHECK (length(digest) = 32),
    seq    INTEGER NOT NULL REFERENCES commitments (seq),
    path   BLOB    NOT NULL
) WITHOUT ROWID;

-- An anchor is a range of the journal under one root. Range, root and tops
-- never change; txid to path are set while its transaction is in a block of
-- the best chain.
CREATE TABLE anchors (
    id         INTEGER PRIMARY KEY CHECK (id > 0),
    first_seq  INTEGER NOT NULL UNIQUE,
    last_seq   INTEGER NOT NULL UNIQUE,
    digests    INTEGER NOT NULL,
    root       BLOB    NOT NULL UNIQUE CHECK (length(root) = 32),
    tops       BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    txid       BLOB,
    height     INTEGER,
    block_hash BLOB,
    block_time INTEGER,
    path       BLOB,
    CHECK (first_seq <= last_seq),
    CHECK ((txid IS NULL) = (height IS NULL) AND (txid IS NULL) = (block_hash IS NULL)
       AND (txid IS NULL) = (block_time IS NULL) AND (txid IS NULL) = (path IS NULL))
);
CREATE INDEX anchors_height ON anchors (height);

-- Every transaction ever signed for an anchor; the bytes are in the outbox
-- under the same key.
CREATE TABLE anchor_attempts (
    anchor_id  INTEGER NOT NULL REFERENCES anchors (id),
    number     INTEGER NOT NULL CHECK (number > 0),
    outbox_key TEXT    NOT NULL UNIQUE,
    txid       BLOB    NOT NULL UNIQUE CHECK (length(txid) = 32),
    raw        BLOB    NOT NULL,
    fee_sat    INTEGER NOT NULL,
    rate_kw    INTEGER NOT NULL,
    replaces   INTEGER,
    height     INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (anchor_id, number)
) WITHOUT ROWID;

-- What the calendars of others answered for an anchor's root.
CREATE TABLE upstream_stamps (
    anchor_id  INTEGER NOT NULL REFERENCES anchors (id),
    url        TEXT    NOT NULL,
    stamp      BLOB    NOT NULL,
    complete   BOOLEAN NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (anchor_id, url)
) WITHOUT ROWID;

-- The block the notary has seen last, why no anchor can be made (empty when
-- one can), and a counter that moves with everything above but the journal.
CREATE TABLE notary_state (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    version    INTEGER NOT NULL,
    height     INTEGER NOT NULL,
    block_hash BLOB    NOT NULL,
    paused     TEXT    NOT NULL
);
INSERT INTO notary_state (id, version, height, block_hash, paused) VALUES (1, 0, -1, x'', '');
