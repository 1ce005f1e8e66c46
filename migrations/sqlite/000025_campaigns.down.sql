DROP TABLE campaign_followers;
DROP TABLE campaign_comments;
DROP TABLE campaign_updates;
DROP TABLE campaign_outputs;
DROP TABLE campaign_levels;
DROP TABLE campaign_terms;
DROP TABLE campaigns;
