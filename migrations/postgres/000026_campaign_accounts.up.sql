-- Campaigns that accounts keep, so that a lost link is no lost campaign.
CREATE TABLE campaign_accounts (
    account  BYTEA   NOT NULL CHECK (length(account) = 16),
    campaign BYTEA   NOT NULL REFERENCES campaigns (id),
    kept_at  BIGINT  NOT NULL,
    PRIMARY KEY (account, campaign)
);
CREATE INDEX campaign_accounts_by_campaign ON campaign_accounts (campaign);

-- More keys of a campaign, as that of the table campaigns: one for each time
-- that an account went to its desk, the newest few of them.
CREATE TABLE campaign_keys (
    key_hash BYTEA   PRIMARY KEY CHECK (length(key_hash) = 32),
    campaign BYTEA   NOT NULL REFERENCES campaigns (id),
    account  BYTEA   NOT NULL CHECK (length(account) = 16),
    made_at  BIGINT  NOT NULL
);
CREATE INDEX campaign_keys_by_account ON campaign_keys (account, campaign, made_at);
CREATE INDEX campaign_keys_by_campaign ON campaign_keys (campaign);
