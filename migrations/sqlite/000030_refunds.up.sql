-- Refunds that somebody had sent, by their pledge. txid is that of the signed
-- transaction in the outbox.
CREATE TABLE refunds_sent (
    pledge     BLOB    PRIMARY KEY CHECK (length(pledge) = 16),
    campaign   BLOB    NOT NULL CHECK (length(campaign) = 10),
    outbox_key TEXT    NOT NULL UNIQUE,
    txid       BLOB    NOT NULL CHECK (length(txid) = 32),
    sent_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX refunds_sent_by_campaign ON refunds_sent (campaign, sent_at);

-- What was asked for in a process that does not lead.
CREATE TABLE refund_wishes (
    pledge BLOB    PRIMARY KEY CHECK (length(pledge) = 16),
    at     INTEGER NOT NULL
) STRICT;
