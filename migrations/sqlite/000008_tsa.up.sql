-- The certificates that ever signed tokens, so that old ones stay verifiable:
-- DER, one behind the other, the signer's first, by the SHA-256 of that one.
CREATE TABLE tsa_chains (
    fingerprint BLOB    PRIMARY KEY CHECK (length(fingerprint) = 32),
    chain       BLOB    NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;

-- One time-stamp token for each imprint, the first. The length of an imprint
-- tells its algorithm: SHA-256, SHA-384 or SHA-512.
CREATE TABLE tsa_tokens (
    imprint BLOB    PRIMARY KEY CHECK (length(imprint) IN (32, 48, 64)),
    serial  BLOB    NOT NULL,
    time    INTEGER NOT NULL,
    chain   BLOB    NOT NULL REFERENCES tsa_chains (fingerprint),
    der     BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

-- Anchors are looked up by the block they are in.
CREATE INDEX anchor_attempts_by_block ON anchor_attempts (block_hash);
