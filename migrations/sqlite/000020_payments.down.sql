DROP INDEX ledger_transfers_by_time;
DROP TABLE operator_addresses;
DROP TABLE operator_payments;
