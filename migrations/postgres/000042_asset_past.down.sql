DROP INDEX asset_coins_by_asset;
CREATE INDEX asset_coins_by_asset ON asset_coins (asset, height);
DROP TABLE asset_ranks;
DROP TABLE asset_standings;
DROP TABLE asset_held;
ALTER TABLE asset_ledger DROP COLUMN told_tx;
