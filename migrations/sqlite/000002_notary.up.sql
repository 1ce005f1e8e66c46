-- The calendar's journal. calendar_head gives out contiguous numbers in
-- commit order and counts; one row of commitments is one group commit.
CREATE TABLE calendar_head (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    seq     INTEGER NOT NULL CHECK (seq >= 0),
    digests INTEGER NOT NULL CHECK (digests >= 0)
) STRICT;
INSERT INTO calendar_head (id, seq, digests) VALUES (1, 0, 0);

CREATE TABLE commitments (
    seq     INTEGER PRIMARY KEY CHECK (seq > 0),
    time    INTEGER NOT NULL,
    tip     BLOB    NOT NULL CHECK (length(tip) = 32),
    mac     BLOB    NOT NULL CHECK (length(mac) = 8),
    digests INTEGER NOT NULL CHECK (digests > 0)
) STRICT;
CREATE UNIQUE INDEX commitments_by_time_tip ON commitments (time, tip);

-- Digests stamped on the pages, found again by themselves. path leads from
-- the digest to the commitment, serialised.
CREATE TABLE proofs (
    digest BLOB    PRIMARY KEY CHECK (length(digest) = 32),
    seq    INTEGER NOT NULL REFERENCES commitments (seq),
    path   BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

-- An anchor is a range of the journal under one root, which never changes.
-- tops are the roots of its tiles of 256 leaves. confirmed_by is the number of
-- the attempt that is in a block of the best chain.
CREATE TABLE anchors (
    id           INTEGER PRIMARY KEY CHECK (id > 0),
    first_seq    INTEGER NOT NULL UNIQUE,
    last_seq     INTEGER NOT NULL UNIQUE,
    digests      INTEGER NOT NULL,
    root         BLOB    NOT NULL UNIQUE CHECK (length(root) = 32),
    tops         BLOB    NOT NULL,
    created_at   INTEGER NOT NULL,
    confirmed_by INTEGER,
    CHECK (first_seq <= last_seq)
) STRICT;
CREATE INDEX anchors_unconfirmed ON anchors (id) WHERE confirmed_by IS NULL;

-- Every transaction ever signed for an anchor; its bytes are in the outbox.
-- made_at is the height of the chain when it was signed. The block and the
-- path (from the root to the attestation, serialised) are there while it is in
-- a block of the best chain.
CREATE TABLE anchor_attempts (
    anchor_id  INTEGER NOT NULL REFERENCES anchors (id),
    number     INTEGER NOT NULL CHECK (number > 0),
    outbox_key TEXT    NOT NULL UNIQUE REFERENCES outbox ("key"),
    txid       BLOB    NOT NULL UNIQUE CHECK (length(txid) = 32),
    rate_kw    INTEGER NOT NULL,
    made_at    INTEGER NOT NULL,
    height     INTEGER,
    block_hash BLOB   ,
    block_time INTEGER,
    path       BLOB   ,
    PRIMARY KEY (anchor_id, number),
    CHECK ((height IS NULL) = (block_hash IS NULL) AND (height IS NULL) = (block_time IS NULL)
       AND (height IS NULL) = (path IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX anchor_attempts_by_height ON anchor_attempts (height);

-- What the calendars of others answered for an anchor's root.
CREATE TABLE upstream_stamps (
    anchor_id  INTEGER NOT NULL REFERENCES anchors (id),
    url        TEXT    NOT NULL,
    stamp      BLOB    NOT NULL,
    complete   INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (anchor_id, url)
) STRICT, WITHOUT ROWID;
CREATE INDEX upstream_stamps_incomplete ON upstream_stamps (updated_at) WHERE complete = 0;

-- A counter that moves whenever anchors, attempts or upstream stamps do, and
-- why no anchor can be made (empty when one can).
CREATE TABLE notary_state (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL,
    paused  TEXT    NOT NULL
) STRICT;
INSERT INTO notary_state (id, version, paused) VALUES (1, 0, '');
