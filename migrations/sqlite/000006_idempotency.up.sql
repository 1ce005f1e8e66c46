-- Requests that must have one effect however often they are sent. key is the
-- SHA-256 of what the client chose, request that of what was asked. claim is
-- who does it since claimed_at; status and answer are there once it is done.
CREATE TABLE idempotency_keys (
    "key"      BLOB    PRIMARY KEY CHECK (length("key") = 32),
    request    BLOB    NOT NULL CHECK (length(request) = 32),
    claim      BLOB    NOT NULL,
    claimed_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    status     INTEGER,
    answer     BLOB,
    CHECK ((status IS NULL) = (answer IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
