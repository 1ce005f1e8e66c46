-- Lightning wallets that open an account (LUD-04): the public key that a wallet
-- has for this site's host.
CREATE TABLE account_wallets (
    "key"        BLOB    PRIMARY KEY CHECK (length("key") = 33),
    account_id   BLOB    NOT NULL REFERENCES accounts (id),
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL
) STRICT;
CREATE INDEX account_wallets_by_account ON account_wallets (account_id, created_at);

-- Values that a wallet signs, each once. browser_hash is the SHA-256 of what the
-- browser holds that shows the code, so that no other can go on with it;
-- account_id is whose wallet it shall be, or NULL to sign in. "key" is set once
-- a wallet has signed.
CREATE TABLE account_wallet_logins (
    k1           BLOB    PRIMARY KEY CHECK (length(k1) = 32),
    browser_hash BLOB    NOT NULL UNIQUE CHECK (length(browser_hash) = 32),
    account_id   BLOB,
    "key"        BLOB    CHECK (length("key") = 33),
    expires_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX account_wallet_logins_by_expiry ON account_wallet_logins (expires_at);

-- What donors wrote along, by the hash of their payment.
CREATE TABLE donation_notes (
    payment_hash BLOB    PRIMARY KEY CHECK (length(payment_hash) = 32),
    note         TEXT    NOT NULL,
    made_at      INTEGER NOT NULL
) STRICT;
