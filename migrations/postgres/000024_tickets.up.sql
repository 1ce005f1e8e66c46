-- Keys that sign prepaid tickets, one for each time of sale. private is sealed.
CREATE TABLE ticket_keys (
    id         BYTEA    PRIMARY KEY CHECK (length(id) = 8),
    epoch      BIGINT NOT NULL UNIQUE,
    public     BYTEA    NOT NULL,
    private    BYTEA    NOT NULL,
    sold_until BIGINT NOT NULL,
    good_until BIGINT NOT NULL
);

-- What was signed for a paid quote: the SHA-256 of the blinded tickets, so that
-- the same can be had again and nothing else, and the blind signatures. Nothing
-- of it is in a ticket.
CREATE TABLE ticket_issues (
    quote_id   BYTEA PRIMARY KEY REFERENCES quotes (id),
    key_id     BYTEA NOT NULL REFERENCES ticket_keys (id),
    request    BYTEA NOT NULL CHECK (length(request) = 32),
    signatures BYTEA NOT NULL
);
CREATE INDEX ticket_issues_by_key ON ticket_issues (key_id);

-- Tickets that were used, by the SHA-256 of their number, and for what. They
-- are forgotten with their key; nothing here says who bought them or when.
CREATE TABLE ticket_spends (
    ticket BYTEA PRIMARY KEY CHECK (length(ticket) = 32),
    key_id BYTEA NOT NULL REFERENCES ticket_keys (id),
    name   BYTEA NOT NULL CHECK (length(name) = 32)
);
CREATE INDEX ticket_spends_by_key ON ticket_spends (key_id);
CREATE INDEX ticket_spends_by_name ON ticket_spends (name);
