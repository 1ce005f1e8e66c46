-- One-time links to the operator pages, and the sessions they opened.
-- Tokens are kept as SHA-256 only: reading the database opens nothing.
CREATE TABLE operator_links (
    token_hash BLOB PRIMARY KEY,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);

CREATE TABLE operator_sessions (
    token_hash BLOB PRIMARY KEY,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
