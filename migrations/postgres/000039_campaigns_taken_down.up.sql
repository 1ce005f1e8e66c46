-- taken_down: the operator of the site shows the campaign no more.
ALTER TABLE campaigns ADD COLUMN taken_down BOOLEAN NOT NULL DEFAULT FALSE;
