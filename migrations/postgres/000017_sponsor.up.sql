-- Coins of the wallet lent to transactions that visitors sign first. A row ends
-- with its time, or when the transaction is signed and stands in wallet_txs.
CREATE TABLE coin_loans (
    outpoint   BYTEA   PRIMARY KEY CHECK (length(outpoint) = 36),
    purpose    TEXT    NOT NULL,
    value_sat  BIGINT NOT NULL CHECK (value_sat > 0),
    script     BYTEA   NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX coin_loans_by_purpose ON coin_loans (purpose);
CREATE INDEX coin_loans_by_expiry ON coin_loans (expires_at);

-- shared: others have signed it too, so that it cannot be replaced by us alone.
ALTER TABLE wallet_txs ADD COLUMN shared BOOLEAN NOT NULL DEFAULT FALSE;

-- Transactions of visitors whose network fee the node pays. source is who asked,
-- for limits; psbt is the
-- visitor's own and terms (JSON) what was offered: the same two make the same
-- proposal again, whose unsigned id is proposal. accepted is the PSBT with his
-- signatures, as it goes to the node. quote_id is empty when it costs him
-- nothing, and pays_sat is what the node loses.
CREATE TABLE sponsorships (
    id         BYTEA   PRIMARY KEY CHECK (length(id) = 16),
    source     TEXT    NOT NULL,
    psbt       BYTEA   NOT NULL,
    terms      BYTEA   NOT NULL,
    proposal   BYTEA   NOT NULL CHECK (length(proposal) = 32),
    pays_sat   BIGINT NOT NULL CHECK (pays_sat >= 0),
    price_msat BIGINT NOT NULL CHECK (price_msat >= 0),
    quote_id   BYTEA   UNIQUE CHECK (length(quote_id) = 16),
    accepted   BYTEA,
    state      TEXT    NOT NULL CHECK (state IN ('open', 'sent', 'ended')),
    txid       BYTEA   CHECK (length(txid) = 32),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CHECK ((state = 'sent') = (txid IS NOT NULL))
);
CREATE INDEX sponsorships_open ON sponsorships (expires_at) WHERE state = 'open';
CREATE INDEX sponsorships_ended ON sponsorships (expires_at) WHERE state = 'ended';
