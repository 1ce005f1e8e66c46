DROP TABLE visitor_txs;
DROP TABLE visitor_searches;
DROP TABLE visitor_wallets;
