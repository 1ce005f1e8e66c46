DROP TABLE campaign_totals;
DROP TABLE pledge_signatures;
DROP TABLE pledges;
