DROP TABLE asset_offers;
DROP TABLE asset_draft_inputs;
DROP TABLE asset_draft_txs;
DROP TABLE asset_drafts;
