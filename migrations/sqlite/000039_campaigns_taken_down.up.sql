-- taken_down: the operator of the site shows the campaign no more.
ALTER TABLE campaigns ADD COLUMN taken_down INTEGER NOT NULL DEFAULT 0 CHECK (taken_down IN (0, 1));
