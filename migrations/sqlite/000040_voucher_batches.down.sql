DROP INDEX voucher_series_by_asset;
DROP INDEX vouchers_by_batch;
ALTER TABLE vouchers DROP COLUMN batch;
DROP TABLE voucher_batches;
