DROP TABLE operator_addresses;
DROP TABLE operator_payments;
