DROP TABLE sponsorships;
ALTER TABLE wallet_txs DROP COLUMN shared;
DROP TABLE coin_loans;
