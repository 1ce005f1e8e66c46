-- Payments of the operator's own out of the node's wallet. A draft becomes
-- "chosen" when he confirms it at a rate and a fee that stay, and "sent" when
-- its transaction is in the outbox; there is one transaction for each, under the
-- purpose "payment/<id>". whole: all there was, so that amount follows the fee.
CREATE TABLE operator_payments (
    id         BLOB    PRIMARY KEY CHECK (length(id) = 16),
    address    TEXT    NOT NULL,
    script     BLOB    NOT NULL,
    label      TEXT    NOT NULL,
    whole      INTEGER NOT NULL CHECK (whole IN (0, 1)),
    amount_sat INTEGER NOT NULL CHECK (amount_sat >= 0),
    rate_kw    INTEGER,
    fee_sat    INTEGER,
    state      TEXT    NOT NULL CHECK (state IN ('draft', 'chosen', 'sent')),
    made_by    TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    sent_at    INTEGER,
    CHECK ((state = 'draft') = (rate_kw IS NULL) AND (state = 'draft') = (fee_sat IS NULL)),
    CHECK ((state = 'sent') = (sent_at IS NOT NULL))
) STRICT;
CREATE INDEX operator_payments_by_time ON operator_payments (created_at);

-- Addresses given out on the operator's pages, to know what came in for.
CREATE TABLE operator_addresses (
    address    TEXT    PRIMARY KEY,
    label      TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- For the figures of a day.
CREATE INDEX ledger_transfers_by_time ON ledger_transfers (made_at);
