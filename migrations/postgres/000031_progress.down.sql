DROP TABLE progress_heads;
DROP TABLE progress_leaves;
