-- Campaigns that accounts keep, so that a lost link is no lost campaign.
CREATE TABLE campaign_accounts (
    account  BLOB    NOT NULL CHECK (length(account) = 16),
    campaign BLOB    NOT NULL REFERENCES campaigns (id),
    kept_at  INTEGER NOT NULL,
    PRIMARY KEY (account, campaign)
) STRICT, WITHOUT ROWID;
CREATE INDEX campaign_accounts_by_campaign ON campaign_accounts (campaign);

-- More keys of a campaign, as that of the table campaigns: one for each time
-- that an account went to its desk, the newest few of them.
CREATE TABLE campaign_keys (
    key_hash BLOB    PRIMARY KEY CHECK (length(key_hash) = 32),
    campaign BLOB    NOT NULL REFERENCES campaigns (id),
    account  BLOB    NOT NULL CHECK (length(account) = 16),
    made_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX campaign_keys_by_account ON campaign_keys (account, campaign, made_at);
CREATE INDEX campaign_keys_by_campaign ON campaign_keys (campaign);
