-- Refunds that somebody had sent, by their pledge. txid is that of the signed
-- transaction in the outbox.
CREATE TABLE refunds_sent (
    pledge     BYTEA    PRIMARY KEY CHECK (length(pledge) = 16),
    campaign   BYTEA    NOT NULL CHECK (length(campaign) = 10),
    outbox_key TEXT    NOT NULL UNIQUE,
    txid       BYTEA    NOT NULL CHECK (length(txid) = 32),
    sent_at    BIGINT NOT NULL
);
CREATE INDEX refunds_sent_by_campaign ON refunds_sent (campaign, sent_at);

-- What was asked for in a process that does not lead.
CREATE TABLE refund_wishes (
    pledge BYTEA    PRIMARY KEY CHECK (length(pledge) = 16),
    at     BIGINT NOT NULL
);
