DROP TABLE vouchers;
DROP TABLE voucher_series;
DROP TABLE voucher_staff;
DROP TABLE voucher_tills;
DROP TABLE voucher_shops;
