DROP TABLE payout_links;
DROP TABLE payouts;
