-- The certificates that ever signed tokens, so that old ones stay verifiable:
-- DER, one behind the other, the signer's first, by the SHA-256 of that one.
CREATE TABLE tsa_chains (
    fingerprint BYTEA  PRIMARY KEY CHECK (length(fingerprint) = 32),
    chain       BYTEA  NOT NULL,
    created_at  BIGINT NOT NULL
);

-- One time-stamp token for each imprint, the first. The length of an imprint
-- tells its algorithm: SHA-256, SHA-384 or SHA-512.
CREATE TABLE tsa_tokens (
    imprint BYTEA  PRIMARY KEY CHECK (length(imprint) IN (32, 48, 64)),
    serial  BYTEA  NOT NULL,
    time    BIGINT NOT NULL,
    chain   BYTEA  NOT NULL REFERENCES tsa_chains (fingerprint),
    der     BYTEA  NOT NULL
);

-- Anchors are looked up by the block they are in.
CREATE INDEX anchor_attempts_by_block ON anchor_attempts (block_hash);
