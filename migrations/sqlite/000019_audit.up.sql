-- What was done here that somebody may want to know later, in one chain: line is
-- the entry as canonical JSON, hash its SHA-256, and every line holds the hash of
-- the one before. The other columns repeat what the line says, to be searched.
-- Entries are only ever added; triggers refuse to change them.
CREATE TABLE audit_entries (
    seq  INTEGER PRIMARY KEY CHECK (seq > 0),
    at   INTEGER NOT NULL,
    who  TEXT    NOT NULL,
    what TEXT    NOT NULL,
    line TEXT    NOT NULL,
    hash BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX audit_entries_by_what ON audit_entries (what, seq);

-- Heads of the chain that were handed to the notary: digest is the entry's hash.
CREATE TABLE audit_stamps (
    seq        INTEGER PRIMARY KEY REFERENCES audit_entries (seq),
    digest     BLOB    NOT NULL CHECK (length(digest) = 32),
    stamped_at INTEGER NOT NULL
) STRICT;

CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_stamps_no_update BEFORE UPDATE ON audit_stamps
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_stamps_no_delete BEFORE DELETE ON audit_stamps
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- Accounts whose owner may run this Cairn.
CREATE TABLE operator_accounts (
    account_id BLOB    PRIMARY KEY REFERENCES accounts (id),
    added_at   INTEGER NOT NULL
) STRICT;

-- When a session last showed a passkey that made sure of its owner (user
-- verification), which what moves money asks for; NULL for never.
ALTER TABLE account_sessions ADD COLUMN verified_at INTEGER;
