-- Accounts that passkeys open. There is no name to sign in with, no address and
-- no password; "name" is what the owner calls it, or empty. The recovery code
-- (125 random bits) is kept as SHA-256 and used once.
CREATE TABLE accounts (
    id            BYTEA   PRIMARY KEY CHECK (length(id) = 16),
    name          TEXT    NOT NULL,
    recovery_hash BYTEA   UNIQUE,
    recovery_at   BIGINT,
    created_at    BIGINT NOT NULL,
    CHECK ((recovery_hash IS NULL) = (recovery_at IS NULL))
);

-- credential is the public key and what belongs to it, as go-webauthn writes it
-- in JSON.
CREATE TABLE account_passkeys (
    id           BYTEA   PRIMARY KEY,
    account_id   BYTEA   NOT NULL REFERENCES accounts (id),
    name         TEXT    NOT NULL,
    credential   BYTEA   NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL
);
CREATE INDEX account_passkeys_by_account ON account_passkeys (account_id, created_at);

-- A session's token is kept as SHA-256 only; id is what the owner's page calls
-- it. fresh_at is when a passkey, or the recovery code, was last shown.
CREATE TABLE account_sessions (
    token_hash BYTEA   PRIMARY KEY CHECK (length(token_hash) = 32),
    id         BYTEA   NOT NULL UNIQUE CHECK (length(id) = 16),
    account_id BYTEA   NOT NULL REFERENCES accounts (id),
    agent      TEXT    NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    fresh_at   BIGINT NOT NULL
);
CREATE INDEX account_sessions_by_account ON account_sessions (account_id, seen_at);
CREATE INDEX account_sessions_by_seen ON account_sessions (seen_at);

-- Challenges under way, each used once. account_id is that of the account to be
-- made, or of whoever is signed in; NULL when a passkey is to tell.
CREATE TABLE account_ceremonies (
    id         BYTEA   PRIMARY KEY CHECK (length(id) = 16),
    purpose    TEXT    NOT NULL CHECK (purpose IN ('create', 'enter', 'add', 'confirm')),
    account_id BYTEA,
    name       TEXT    NOT NULL,
    data       BYTEA   NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX account_ceremonies_by_expiry ON account_ceremonies (expires_at);
