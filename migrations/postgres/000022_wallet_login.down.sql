DROP TABLE donation_notes;
DROP TABLE account_wallet_logins;
DROP TABLE account_wallets;
