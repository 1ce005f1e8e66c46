DROP TABLE voucher_statements;
DROP TABLE voucher_payments;
DROP TABLE voucher_fee_coins;
DROP TABLE voucher_log;
DROP TABLE voucher_bookings;
DROP TABLE voucher_spends;
DROP TABLE voucher_coins;
