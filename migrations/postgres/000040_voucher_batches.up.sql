-- Vouchers that are issued together, by the draft of the transactions that are to
-- make them. One whose draft came to nothing is given up: nobody waits for it.
CREATE TABLE voucher_batches (
    id      BIGINT  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    series  BYTEA   NOT NULL REFERENCES voucher_series (id),
    shop    BYTEA   NOT NULL REFERENCES voucher_shops (id),
    draft   TEXT    NOT NULL CHECK (draft <> ''),
    state   TEXT    NOT NULL CHECK (state IN ('planned', 'issued', 'given-up')),
    made_at BIGINT  NOT NULL,
    over_at BIGINT,
    CHECK ((state = 'planned') = (over_at IS NULL))
);
CREATE INDEX voucher_batches_planned ON voucher_batches (id) WHERE state = 'planned';
CREATE INDEX voucher_batches_by_series ON voucher_batches (series);

-- Vouchers that were registered without a draft have none.
ALTER TABLE vouchers ADD COLUMN batch BIGINT;
CREATE INDEX vouchers_by_batch ON vouchers (batch) WHERE batch IS NOT NULL;
-- Two series of one asset could not be told apart.
CREATE INDEX voucher_series_by_asset ON voucher_series (protocol, asset) WHERE asset IS NOT NULL;
