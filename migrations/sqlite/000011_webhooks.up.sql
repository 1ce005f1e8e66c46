-- Where accounts want to be told. secret signs what is sent and is needed in the
-- clear for that. failures counts since the last success; after some of them
-- the endpoint rests until rests_until.
CREATE TABLE webhook_endpoints (
    id          BLOB    PRIMARY KEY CHECK (length(id) = 16),
    account     BLOB    NOT NULL CHECK (length(account) = 16),
    url         TEXT    NOT NULL,
    secret      BLOB    NOT NULL,
    failures    INTEGER NOT NULL,
    rests_until INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    UNIQUE (account, url)
) STRICT;

-- One row for each thing to tell each endpoint, made in the transaction in
-- which it happened. A sender claims a row until claimed_until before it sends.
CREATE TABLE webhook_deliveries (
    id            BLOB    PRIMARY KEY CHECK (length(id) = 16),
    endpoint_id   BLOB    NOT NULL REFERENCES webhook_endpoints (id),
    event         TEXT    NOT NULL,
    body          BLOB    NOT NULL,
    state         TEXT    NOT NULL CHECK (state IN ('waiting', 'delivered', 'dead')),
    attempts      INTEGER NOT NULL,
    next_at       INTEGER NOT NULL,
    claim         BLOB,
    claimed_until INTEGER NOT NULL,
    last_status   INTEGER NOT NULL,
    last_error    TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    settled_at    INTEGER
) STRICT;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_at) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_by_endpoint ON webhook_deliveries (endpoint_id, created_at, id);
CREATE INDEX webhook_deliveries_settled ON webhook_deliveries (settled_at) WHERE settled_at IS NOT NULL;
