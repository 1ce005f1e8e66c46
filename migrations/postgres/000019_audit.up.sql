-- What was done here that somebody may want to know later, in one chain: line is
-- the entry as canonical JSON, hash its SHA-256, and every line holds the hash of
-- the one before. The other columns repeat what the line says, to be searched.
-- Entries are only ever added; triggers refuse to change them.
CREATE TABLE audit_entries (
    seq  BIGINT PRIMARY KEY CHECK (seq > 0),
    at   BIGINT NOT NULL,
    who  TEXT   NOT NULL,
    what TEXT   NOT NULL,
    line TEXT   NOT NULL,
    hash BYTEA  NOT NULL UNIQUE CHECK (length(hash) = 32)
);
CREATE INDEX audit_entries_by_what ON audit_entries (what, seq);

-- Heads of the chain that were handed to the notary: digest is the entry's hash.
CREATE TABLE audit_stamps (
    seq        BIGINT PRIMARY KEY REFERENCES audit_entries (seq),
    digest     BYTEA  NOT NULL CHECK (length(digest) = 32),
    stamped_at BIGINT NOT NULL
);

CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only';
END;
$$;
CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_entries_no_truncate BEFORE TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_stamps_append_only BEFORE UPDATE OR DELETE ON audit_stamps
    FOR EACH ROW EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_stamps_no_truncate BEFORE TRUNCATE ON audit_stamps
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();

-- Accounts whose owner may run this Cairn.
CREATE TABLE operator_accounts (
    account_id BYTEA  PRIMARY KEY REFERENCES accounts (id),
    added_at   BIGINT NOT NULL
);

-- When a session last showed a passkey that made sure of its owner (user
-- verification), which what moves money asks for; NULL for never.
ALTER TABLE account_sessions ADD COLUMN verified_at BIGINT;
