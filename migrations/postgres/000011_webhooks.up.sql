-- Where accounts want to be told. secret signs what is sent and is needed in the
-- clear for that. failures counts since the last success; after some of them
-- the endpoint rests until rests_until.
CREATE TABLE webhook_endpoints (
    id          BYTEA   PRIMARY KEY CHECK (length(id) = 16),
    account     BYTEA   NOT NULL CHECK (length(account) = 16),
    url         TEXT    NOT NULL,
    secret      BYTEA   NOT NULL,
    failures    BIGINT NOT NULL,
    rests_until BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    UNIQUE (account, url)
);

-- One row for each thing to tell each endpoint, made in the transaction in
-- which it happened. A sender claims a row until claimed_until before it sends.
CREATE TABLE webhook_deliveries (
    id            BYTEA   PRIMARY KEY CHECK (length(id) = 16),
    endpoint_id   BYTEA   NOT NULL REFERENCES webhook_endpoints (id),
    event         TEXT    NOT NULL,
    body          BYTEA   NOT NULL,
    state         TEXT    NOT NULL CHECK (state IN ('waiting', 'delivered', 'dead')),
    attempts      BIGINT NOT NULL,
    next_at       BIGINT NOT NULL,
    claim         BYTEA,
    claimed_until BIGINT NOT NULL,
    last_status   BIGINT NOT NULL,
    last_error    TEXT    NOT NULL,
    created_at    BIGINT NOT NULL,
    settled_at    BIGINT
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_at) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_by_endpoint ON webhook_deliveries (endpoint_id, created_at, id);
CREATE INDEX webhook_deliveries_settled ON webhook_deliveries (settled_at) WHERE settled_at IS NOT NULL;
