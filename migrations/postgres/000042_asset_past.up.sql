-- Who held an asset after a past block, without adding up its coins: what each
-- block changed, and now and then a standing, from which a question goes on.

-- told_tx is the first transaction (asset_txs.number) whose block is told in
-- asset_held: blocks that were taken in before this table are not.
ALTER TABLE asset_ledger ADD COLUMN told_tx BIGINT NOT NULL DEFAULT 1;
UPDATE asset_ledger SET told_tx = (SELECT COALESCE(MAX(number), 0) + 1 FROM asset_txs);

-- What a script holds of an asset after a block that changed it; 0 for nothing.
CREATE TABLE asset_held (
    asset  BIGINT NOT NULL,
    height BIGINT NOT NULL,
    script BIGINT NOT NULL,
    units  BYTEA    NOT NULL CHECK (length(units) = 16),
    coins  BIGINT NOT NULL CHECK (coins >= 0),
    PRIMARY KEY (asset, height, script)
);
CREATE INDEX asset_held_by_height ON asset_held (height);

-- A standing has the largest holders of an asset after a block; left_out is how
-- many more there are.
CREATE TABLE asset_standings (
    asset    BIGINT NOT NULL,
    height   BIGINT NOT NULL,
    left_out BIGINT NOT NULL CHECK (left_out >= 0),
    PRIMARY KEY (asset, height)
);
CREATE INDEX asset_standings_by_height ON asset_standings (height);

CREATE TABLE asset_ranks (
    asset  BIGINT NOT NULL,
    height BIGINT NOT NULL,
    units  BYTEA    NOT NULL CHECK (length(units) = 16),
    script BIGINT NOT NULL,
    coins  BIGINT NOT NULL CHECK (coins > 0),
    PRIMARY KEY (asset, height, units, script)
);
CREATE INDEX asset_ranks_by_height ON asset_ranks (height);

-- What is known now is where the telling begins.
INSERT INTO asset_standings (asset, height, left_out)
    SELECT number, (SELECT height FROM asset_ledger), GREATEST(0, holders - 500) FROM asset_ids;
INSERT INTO asset_ranks (asset, height, units, script, coins)
    SELECT asset, (SELECT height FROM asset_ledger), units, script, coins FROM (
        SELECT asset, units, script, coins, ROW_NUMBER() OVER (PARTITION BY asset ORDER BY units DESC, script DESC) AS place FROM asset_holders
    ) AS placed WHERE place <= 500;

-- What still has to be added up is read from the index alone.
DROP INDEX asset_coins_by_asset;
CREATE INDEX asset_coins_by_asset ON asset_coins (asset, height, spent_height, script, units);
