DROP TABLE account_ceremonies;
DROP TABLE account_sessions;
DROP TABLE account_passkeys;
DROP TABLE accounts;
