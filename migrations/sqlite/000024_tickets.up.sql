-- Keys that sign prepaid tickets, one for each time of sale. private is sealed.
CREATE TABLE ticket_keys (
    id         BLOB    PRIMARY KEY CHECK (length(id) = 8),
    epoch      INTEGER NOT NULL UNIQUE,
    public     BLOB    NOT NULL,
    private    BLOB    NOT NULL,
    sold_until INTEGER NOT NULL,
    good_until INTEGER NOT NULL
) STRICT;

-- What was signed for a paid quote: the SHA-256 of the blinded tickets, so that
-- the same can be had again and nothing else, and the blind signatures. Nothing
-- of it is in a ticket.
CREATE TABLE ticket_issues (
    quote_id   BLOB PRIMARY KEY REFERENCES quotes (id),
    key_id     BLOB NOT NULL REFERENCES ticket_keys (id),
    request    BLOB NOT NULL CHECK (length(request) = 32),
    signatures BLOB NOT NULL
) STRICT;
CREATE INDEX ticket_issues_by_key ON ticket_issues (key_id);

-- Tickets that were used, by the SHA-256 of their number, and for what. They
-- are forgotten with their key; nothing here says who bought them or when.
CREATE TABLE ticket_spends (
    ticket BLOB PRIMARY KEY CHECK (length(ticket) = 32),
    key_id BLOB NOT NULL REFERENCES ticket_keys (id),
    name   BLOB NOT NULL CHECK (length(name) = 32)
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_spends_by_key ON ticket_spends (key_id);
CREATE INDEX ticket_spends_by_name ON ticket_spends (name);
