-- What may still be had for a paid quote, in pieces: so many units, of which
-- each spend takes some under a name of its own. Until then the units are
-- spent; after it they are lost.
CREATE TABLE purses (
    quote_id   BYTEA  PRIMARY KEY REFERENCES quotes (id),
    units      BIGINT NOT NULL CHECK (units > 0),
    spent      BIGINT NOT NULL CHECK (spent >= 0),
    created_at BIGINT NOT NULL,
    until      BIGINT NOT NULL
);

-- One piece. It is done once what it was spent on is durable; one that is not
-- is looked after when whoever took it has died.
CREATE TABLE purse_spends (
    quote_id BYTEA  NOT NULL REFERENCES purses (quote_id),
    name     BYTEA  NOT NULL CHECK (length(name) = 32),
    units    BIGINT NOT NULL CHECK (units > 0),
    made_at  BIGINT NOT NULL,
    done     BOOLEAN NOT NULL,
    PRIMARY KEY (quote_id, name)
);
CREATE INDEX purse_spends_undone ON purse_spends (made_at) WHERE NOT done;
