DROP TABLE voucher_raises;
ALTER TABLE voucher_spends DROP COLUMN sent_at;
ALTER TABLE voucher_spends DROP COLUMN raises;
