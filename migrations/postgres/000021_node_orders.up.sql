-- What the operator ordered his node to do. The id comes with the form, so that
-- a form sent twice is one order. An order that was begun and not ended may have
-- been carried out: its state is looked up at the node, and never guessed.
-- details holds, in JSON, what was asked for; problem is a kind of error.
CREATE TABLE node_orders (
    id         BYTEA   PRIMARY KEY CHECK (length(id) = 16),
    kind       TEXT    NOT NULL CHECK (kind IN ('open', 'close', 'force', 'bump', 'pay')),
    state      TEXT    NOT NULL CHECK (state IN ('begun', 'done', 'failed')),
    subject    TEXT    NOT NULL,
    who        TEXT    NOT NULL,
    details    TEXT    NOT NULL,
    outcome    TEXT    NOT NULL,
    problem    TEXT    NOT NULL,
    begun_at   BIGINT  NOT NULL,
    changed_at BIGINT  NOT NULL
);
CREATE INDEX node_orders_by_time ON node_orders (begun_at);
CREATE INDEX node_orders_open ON node_orders (state, begun_at);
