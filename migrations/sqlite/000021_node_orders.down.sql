DROP TABLE node_orders;
