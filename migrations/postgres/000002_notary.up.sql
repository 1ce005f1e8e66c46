-- The calendar's journal. calendar_head gives out contiguous numbers in
-- commit order and counts; one row of commitments is one group commit.
-- Room is left on its page, as each commit writes the row anew.
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
CREATE UNIQUE INDEX commitments_by_time_tip ON commitments (time, tip);

-- Digests stamped on the pages, found again by themselves. path leads from
-- the digest to the commitment, serialised.
CREATE TABLE proofs (
    digest BYTEA  PRIMARY KEY CHECK (length(digest) = 32),
    seq    BIGINT NOT NULL REFERENCES commitments (seq),
    path   BYTEA  NOT NULL
);

-- An anchor is a range of the journal under one root, which never changes.
-- tops are the roots of its tiles of 256 leaves. confirmed_by is the number of
-- the attempt that is in a block of the best chain.
CREATE TABLE anchors (
    id           BIGINT PRIMARY KEY CHECK (id > 0),
    first_seq    BIGINT NOT NULL UNIQUE,
    last_seq     BIGINT NOT NULL UNIQUE,
    digests      BIGINT NOT NULL,
    root         BYTEA  NOT NULL UNIQUE CHECK (length(root) = 32),
    tops         BYTEA  NOT NULL,
    created_at   BIGINT NOT NULL,
    confirmed_by BIGINT,
    CHECK (first_seq <= last_seq)
);
CREATE INDEX anchors_unconfirmed ON anchors (id) WHERE confirmed_by IS NULL;

-- Every transaction ever signed for an anchor; its bytes are in the outbox.
-- made_at is the height of the chain when it was signed. The block and the
-- path (from the root to the attestation, serialised) are there while it is in
-- a block of the best chain.
CREATE TABLE anchor_attempts (
    anchor_id  BIGINT NOT NULL REFERENCES anchors (id),
    number     BIGINT NOT NULL CHECK (number > 0),
    outbox_key TEXT   NOT NULL UNIQUE REFERENCES outbox ("key"),
    txid       BYTEA  NOT NULL UNIQUE CHECK (length(txid) = 32),
    rate_kw    BIGINT NOT NULL,
    made_at    BIGINT NOT NULL,
    height     BIGINT,
    block_hash BYTEA ,
    block_time BIGINT,
    path       BYTEA ,
    PRIMARY KEY (anchor_id, number),
    CHECK ((height IS NULL) = (block_hash IS NULL) AND (height IS NULL) = (block_time IS NULL)
       AND (height IS NULL) = (path IS NULL))
);
CREATE INDEX anchor_attempts_by_height ON anchor_attempts (height);

-- What the calendars of others answered for an anchor's root.
CREATE TABLE upstream_stamps (
    anchor_id  BIGINT  NOT NULL REFERENCES anchors (id),
    url        TEXT    NOT NULL,
    stamp      BYTEA   NOT NULL,
    complete   BOOLEAN NOT NULL,
    updated_at BIGINT  NOT NULL,
    PRIMARY KEY (anchor_id, url)
);
CREATE INDEX upstream_stamps_incomplete ON upstream_stamps (updated_at) WHERE NOT complete;

-- A counter that moves whenever anchors, attempts or upstream stamps do, and
-- why no anchor can be made (empty when one can).
CREATE TABLE notary_state (
    id      SMALLINT PRIMARY KEY CHECK (id = 1),
    version BIGINT   NOT NULL,
    paused  TEXT     NOT NULL
);
INSERT INTO notary_state (id, version, paused) VALUES (1, 0, '');
