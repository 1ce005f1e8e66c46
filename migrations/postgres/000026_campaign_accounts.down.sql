DROP TABLE campaign_keys;
DROP TABLE campaign_accounts;
