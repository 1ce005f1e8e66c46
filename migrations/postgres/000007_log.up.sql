-- The public log over the commitments, in their order. log_nodes are the
-- hashes of its full tiles: number n of level l covers the 256^l entries from
-- n*256^l on. The entries themselves are the commitments.
CREATE TABLE log_nodes (
    level SMALLINT NOT NULL CHECK (level > 0),
    n     BIGINT NOT NULL CHECK (n >= 0),
    hash  BYTEA   NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, n)
);

-- The newest checkpoint, the only one ever valid for its size: note is the
-- signed text (empty before the first), signed_at is in Unix seconds.
CREATE TABLE log_head (
    id        SMALLINT PRIMARY KEY CHECK (id = 1),
    size      BIGINT NOT NULL CHECK (size >= 0),
    root      BYTEA   NOT NULL CHECK (length(root) = 32),
    note      BYTEA   NOT NULL,
    signed_at BIGINT NOT NULL
);
INSERT INTO log_head (id, size, root, note, signed_at)
VALUES (1, 0, '\xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', '', 0);
