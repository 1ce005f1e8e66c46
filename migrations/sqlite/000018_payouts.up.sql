-- Credit that is paid out over Lightning. The row is written, and the credit set
-- aside in the books, before the node is asked; a row that is 'paying' may have
-- been paid or not, and only the node knows. An invoice is tried for one row
-- alone, so that what the node says of it is of that row. link is the one-time
-- word of the offer by which a wallet took it, or null.
CREATE TABLE payouts (
    id             BLOB    PRIMARY KEY CHECK (length(id) = 16),
    owner          TEXT    NOT NULL,
    invoice        TEXT    NOT NULL,
    hash           BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
    amount_msat    INTEGER NOT NULL CHECK (amount_msat > 0),
    fee_limit_msat INTEGER NOT NULL CHECK (fee_limit_msat >= 0),
    fee_msat       INTEGER NOT NULL DEFAULT 0 CHECK (fee_msat >= 0),
    state          TEXT    NOT NULL CHECK (state IN ('paying', 'paid', 'failed')),
    reason         TEXT    NOT NULL DEFAULT '',
    link           BLOB    UNIQUE,
    created_at     INTEGER NOT NULL,
    changed_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX payouts_by_owner ON payouts (owner, created_at);
CREATE INDEX payouts_paying ON payouts (changed_at) WHERE state = 'paying';

-- Offers that a wallet may take once (LNURL-withdraw). word is the SHA-256 of
-- the offer's one-time word.
CREATE TABLE payout_links (
    word       BLOB    PRIMARY KEY CHECK (length(word) = 32),
    owner      TEXT    NOT NULL,
    most_msat  INTEGER NOT NULL CHECK (most_msat > 0),
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX payout_links_by_expiry ON payout_links (expires_at);
CREATE INDEX payout_links_by_owner ON payout_links (owner);
