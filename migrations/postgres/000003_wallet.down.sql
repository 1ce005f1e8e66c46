DROP TABLE coin_classes;
DROP TABLE wallet_inputs;
DROP TABLE wallet_txs;
