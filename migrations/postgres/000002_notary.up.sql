-- The calendar's journal. calendar_head gives out contiguous numbers in
-- commit order and counts (room is left on its page, as each commit
-- writes the row anew); one row of commitments is one group commit.
CREATE TABLE calendar_head (
    id      SMALLINT PRIMARY KEY CHECK (id = 1),
    seq     BIGINT   NOT NULL CHECK (seq >= 0),
    digests BIGINT   NOT NULL CHECK (digests >= 0)
) WITH (fillfactor = 20);
INSERT INTO calendar_head (id, seq, digests) VALUES (1, 0, 0);

CREATE TABLE commitments (
    seq     BIGINT PRIMARY KEY CHECK (seq > 0),
    time    BIGINT NOT NULL,
    tip     BYTEA  NOT NULL CHECK (length(tip) = 32),
    mac     BYTEA  NOT NULL CHECK (length(mac) = 8),
    digests BIGINT NOT NULL CHECK (digests > 0)
);
CREATE UNIQUE INDEX commitments_time_tip ON commitments (time, tip);

-- Digests stamped on the pages, found again by themselves. path leads from
-- the digest to the commitment, serialised.
CREATE TABLE proofs (
    digest BYTEA  PRIMARY KEY CHECK (length(digest) = 32),
    seq    BIGINT NOT NULL REFERENCES commitments (seq),
    path   BYTEA  NOT NULL
);

-- An anchor is a range of the journal under one root. Range, root and tops
-- never change; txid to path are set while its transaction is in a block of
-- the best chain.
CREATE TABLE anchors (
    id         BIGINT PRIMARY KEY CHECK (id > 0),
    first_seq  BIGINT NOT NULL UNIQUE,
    last_seq   BIGINT NOT NULL UNIQUE,
    digests    BIGINT NOT NULL,
    root       BYTEA  NOT NULL UNIQUE CHECK (length(root) = 32),
    tops       BYTEA  NOT NULL,
    created_at BIGINT NOT NULL,
    txid       BYTEA,
    height     BIGINT,
    block_hash BYTEA,
    block_time BIGINT,
    path       BYTEA,
    CHECK (first_seq <= last_seq),
    CHECK ((txid IS NULL) = (height IS NULL) AND (txid IS NULL) = (block_hash IS NULL)
       AND (txid IS NULL) = (block_time IS NULL) AND (txid IS NULL) = (path IS NULL))
);
CREATE INDEX anchors_height ON anchors (height);

-- Every transaction ever signed for an anchor; the bytes are in the outbox
-- under the same key.
CREATE TABLE anchor_attempts (
    anchor_id  BIGINT NOT NULL REFERENCES anchors (id),
    number     BIGINT NOT NULL CHECK (number > 0),
    outbox_key TEXT   NOT NULL UNIQUE,
    txid       BYTEA  NOT NULL UNIQUE CHECK (length(txid) = 32),
    raw        BYTEA  NOT NULL,
    fee_sat    BIGINT NOT NULL,
    rate_kw    BIGINT NOT NULL,
    replaces   BIGINT,
    height     BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (anchor_id, number)
);

-- What the calendars of others answered for an anchor's root.
CREATE TABLE upstream_stamps (
    anchor_id  BIGINT  NOT NULL REFERENCES anchors (id),
    url        TEXT    NOT NULL,
    stamp      BYTEA   NOT NULL,
    complete   BOOLEAN NOT NULL,
    updated_at BIGINT  NOT NULL,
    PRIMARY KEY (anchor_id, url)
);

-- The block the notary has seen last, why no anchor can be made (empty when
-- one can), and a counter that moves with everything above but the journal.
CREATE TABLE notary_state (
    id         SMALLINT PRIMARY KEY CHECK (id = 1),
    version    BIGINT   NOT NULL,
    height     BIGINT   NOT NULL,
    block_hash BYTEA    NOT NULL,
    paused     TEXT     NOT NULL
);
INSERT INTO notary_state (id, version, height, block_hash, paused) VALUES (1, 0, -1, '', '');
