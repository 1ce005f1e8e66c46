DROP INDEX anchor_attempts_by_block;
DROP TABLE tsa_tokens;
DROP TABLE tsa_chains;
