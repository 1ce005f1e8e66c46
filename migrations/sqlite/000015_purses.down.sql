DROP TABLE purse_spends;
DROP TABLE purses;
