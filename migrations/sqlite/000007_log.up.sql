-- The public log over the commitments, in their order. log_nodes are the
-- hashes of its full tiles: number n of level l covers the 256^l entries from
-- n*256^l on. The entries themselves are the commitments.
CREATE TABLE log_nodes (
    level INTEGER NOT NULL CHECK (level > 0),
    n     INTEGER NOT NULL CHECK (n >= 0),
    hash  BLOB    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, n)
) STRICT, WITHOUT ROWID;

-- The newest checkpoint, the only one ever valid for its size: note is the
-- signed text (empty before the first), signed_at is in Unix seconds.
CREATE TABLE log_head (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    size      INTEGER NOT NULL CHECK (size >= 0),
    root      BLOB    NOT NULL CHECK (length(root) = 32),
    note      BLOB    NOT NULL,
    signed_at INTEGER NOT NULL
) STRICT;
INSERT INTO log_head (id, size, root, note, signed_at)
VALUES (1, 0, x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', x'', 0);
