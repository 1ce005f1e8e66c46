-- Payments of the operator's own out of the node's wallet. A draft becomes
-- "chosen" when he confirms it at a rate and a fee that stay, and "sent" when
-- its transaction is in the outbox; there is one transaction for each, under the
-- purpose "payment/<id>". whole: all there was, so that amount follows the fee.
CREATE TABLE operator_payments (
    id         BYTEA   PRIMARY KEY CHECK (length(id) = 16),
    address    TEXT    NOT NULL,
    script     BYTEA   NOT NULL,
    label      TEXT    NOT NULL,
    whole      BOOLEAN NOT NULL,
    amount_sat BIGINT NOT NULL CHECK (amount_sat >= 0),
    rate_kw    BIGINT,
    fee_sat    BIGINT,
    state      TEXT    NOT NULL CHECK (state IN ('draft', 'chosen', 'sent')),
    made_by    TEXT    NOT NULL,
    created_at BIGINT NOT NULL,
    sent_at    BIGINT,
    CHECK ((state = 'draft') = (rate_kw IS NULL) AND (state = 'draft') = (fee_sat IS NULL)),
    CHECK ((state = 'sent') = (sent_at IS NOT NULL))
);
CREATE INDEX operator_payments_by_time ON operator_payments (created_at);

-- Addresses given out on the operator's pages, to know what came in for.
CREATE TABLE operator_addresses (
    address    TEXT    PRIMARY KEY,
    label      TEXT    NOT NULL,
    created_at BIGINT NOT NULL
);

-- For the figures of a day.
CREATE INDEX ledger_transfers_by_time ON ledger_transfers (made_at);
