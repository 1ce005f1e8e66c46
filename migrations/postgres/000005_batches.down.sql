DROP TABLE index_buckets;
DROP TABLE index_runs;
DROP TABLE batch_tiles;
DROP TABLE batches;
ALTER TABLE calendar_head DROP COLUMN index_key;
ALTER TABLE calendar_head DROP COLUMN runs;
ALTER TABLE calendar_head DROP COLUMN batches;
ALTER TABLE calendar_head DROP COLUMN time;
