ALTER TABLE account_sessions DROP COLUMN verified_at;
DROP TABLE operator_accounts;
DROP TABLE audit_stamps;
DROP TABLE audit_entries;
