-- When the address of an ended quote was let go: nobody looks for payments
-- there any more.
ALTER TABLE quotes ADD COLUMN unwatched_at INTEGER;
CREATE INDEX quotes_ended_watched ON quotes (changed_at)
    WHERE script IS NOT NULL AND unwatched_at IS NULL AND state IN ('expired', 'used', 'returned');
