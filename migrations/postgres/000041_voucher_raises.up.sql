-- Redemptions that pay too little for the blocks of now: each raise adds one more
-- coin of the node's. raises counts those that were sent, and sent_at is when the
-- last version was stored.
ALTER TABLE voucher_spends ADD COLUMN raises BIGINT NOT NULL DEFAULT 0 CHECK (raises >= 0);
ALTER TABLE voucher_spends ADD COLUMN sent_at BIGINT NOT NULL DEFAULT 0;

-- lent… is the node's coin. A raise is lent until its transaction is stored, or it
-- is given up, as a block was quicker or more was redeemed.
CREATE TABLE voucher_raises (
    spend       BIGINT NOT NULL REFERENCES voucher_spends (id),
    number      BIGINT NOT NULL CHECK (number > 0),
    state       TEXT    NOT NULL CHECK (state IN ('lent', 'sent', 'over')),
    lent        BYTEA   NOT NULL CHECK (length(lent) = 36),
    lent_sat    BIGINT NOT NULL CHECK (lent_sat > 0),
    lent_script BYTEA   NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (spend, number)
);
CREATE INDEX voucher_raises_lent ON voucher_raises (spend) WHERE state = 'lent';
