DROP TABLE quote_cursor;
DROP TABLE quote_payments;
DROP TABLE quotes;
DROP TABLE ledger_transfers;
DROP TABLE ledger_accounts;
