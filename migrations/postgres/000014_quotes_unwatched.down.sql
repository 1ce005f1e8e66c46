DROP INDEX quotes_ended_watched;
ALTER TABLE quotes DROP COLUMN unwatched_at;
