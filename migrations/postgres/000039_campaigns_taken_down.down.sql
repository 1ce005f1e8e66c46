ALTER TABLE campaigns DROP COLUMN taken_down;
