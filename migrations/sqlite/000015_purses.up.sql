-- What may still be had for a paid quote, in pieces: so many units, of which
-- each spend takes some under a name of its own. Until then the units are
-- spent; after it they are lost.
CREATE TABLE purses (
    quote_id   BLOB    PRIMARY KEY REFERENCES quotes (id),
    units      INTEGER NOT NULL CHECK (units > 0),
    spent      INTEGER NOT NULL CHECK (spent >= 0),
    created_at INTEGER NOT NULL,
    until      INTEGER NOT NULL
) STRICT;

-- One piece. It is done once what it was spent on is durable; one that is not
-- is looked after when whoever took it has died.
CREATE TABLE purse_spends (
    quote_id BLOB    NOT NULL REFERENCES purses (quote_id),
    name     BLOB    NOT NULL CHECK (length(name) = 32),
    units    INTEGER NOT NULL CHECK (units > 0),
    made_at  INTEGER NOT NULL,
    done     INTEGER NOT NULL CHECK (done IN (0, 1)),
    PRIMARY KEY (quote_id, name)
) STRICT;
CREATE INDEX purse_spends_undone ON purse_spends (made_at) WHERE NOT done;
