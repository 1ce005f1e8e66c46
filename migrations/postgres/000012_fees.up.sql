-- Double-entry books in millisatoshi. Accounts and transfers are only ever
-- added; triggers refuse to change them. A transfer debits one account and
-- credits another with the same amount, so that the books balance by their
-- shape; key says what caused it and makes it happen once.
CREATE TABLE ledger_accounts (
    name TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('asset', 'liability', 'income', 'expense'))
);

CREATE TABLE ledger_transfers (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "key"       TEXT   NOT NULL UNIQUE,
    debit       TEXT   NOT NULL REFERENCES ledger_accounts (name),
    credit      TEXT   NOT NULL REFERENCES ledger_accounts (name),
    amount_msat BIGINT NOT NULL CHECK (amount_msat > 0),
    made_at     BIGINT NOT NULL,
    CHECK (debit <> credit)
);
CREATE INDEX ledger_transfers_by_debit ON ledger_transfers (debit);
CREATE INDEX ledger_transfers_by_credit ON ledger_transfers (credit);

CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only';
END;
$$;
CREATE TRIGGER ledger_accounts_append_only BEFORE UPDATE OR DELETE ON ledger_accounts
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_transfers_append_only BEFORE UPDATE OR DELETE ON ledger_transfers
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();

-- What somebody was asked to pay for, and how that stands. An address or an
-- invoice is missing when the quote could not be paid that way.
CREATE TABLE quotes (
    id            BYTEA  PRIMARY KEY CHECK (length(id) = 16),
    what          TEXT   NOT NULL,
    subject       TEXT   NOT NULL,
    client        TEXT   NOT NULL,
    price_msat    BIGINT NOT NULL CHECK (price_msat > 0),
    state         TEXT   NOT NULL CHECK (state IN ('active', 'processing', 'underpaid', 'settled', 'overpaid', 'late', 'expired', 'used', 'returned')),
    used_for      TEXT,
    created_at    BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    changed_at    BIGINT NOT NULL,
    invoice_hash  BYTEA  UNIQUE CHECK (length(invoice_hash) = 32),
    invoice       TEXT,
    invoice_state TEXT   CHECK (invoice_state IN ('open', 'settled', 'closed')),
    address       TEXT,
    script        BYTEA  UNIQUE,
    CHECK ((state = 'used') = (used_for IS NOT NULL)),
    CHECK ((invoice_hash IS NULL) = (invoice IS NULL) AND (invoice_hash IS NULL) = (invoice_state IS NULL)),
    CHECK ((address IS NULL) = (script IS NULL)),
    CHECK (invoice IS NOT NULL OR address IS NOT NULL)
);
CREATE INDEX quotes_by_client ON quotes (client, created_at);
CREATE INDEX quotes_by_expiry ON quotes (expires_at) WHERE state = 'active';
CREATE INDEX quotes_unused ON quotes (changed_at) WHERE state IN ('underpaid', 'settled', 'overpaid', 'late');
CREATE INDEX quotes_invoice_open ON quotes (id) WHERE invoice_state = 'open';

-- What came in for a quote: a settled invoice (ref is its hash), a coin (ref is
-- its outpoint: 32 bytes of txid, 4 bytes of index, big-endian), or credit of
-- the client (ref is the quote's id). seen_at decides whether it was in time.
-- settled_at is when it first counted for good and never changes back; booked
-- is whether the books hold it now, which a deep reorg may undo (undone counts
-- how often). The block is that of a coin, while it is in one.
CREATE TABLE quote_payments (
    ref         BYTEA   PRIMARY KEY,
    kind        TEXT    NOT NULL CHECK (kind IN ('invoice', 'coin', 'credit')),
    quote_id    BYTEA   NOT NULL REFERENCES quotes (id),
    amount_msat BIGINT  NOT NULL CHECK (amount_msat > 0),
    seen_at     BIGINT  NOT NULL,
    settled_at  BIGINT,
    booked      BOOLEAN NOT NULL,
    undone      INTEGER NOT NULL DEFAULT 0,
    height      INTEGER,
    block_hash  BYTEA,
    CHECK ((height IS NULL) = (block_hash IS NULL)),
    CHECK (settled_at IS NOT NULL OR NOT booked)
);
CREATE INDEX quote_payments_by_quote ON quote_payments (quote_id);
CREATE INDEX quote_payments_by_height ON quote_payments (height);
CREATE INDEX quote_payments_waiting ON quote_payments (seen_at) WHERE settled_at IS NULL;
CREATE INDEX quote_payments_unbooked ON quote_payments (height) WHERE NOT booked;

-- The newest settlement taken in from the node, and the newest block.
CREATE TABLE quote_cursor (
    id           SMALLINT PRIMARY KEY CHECK (id = 1),
    settle_index BIGINT   NOT NULL,
    height       INTEGER  NOT NULL
);
INSERT INTO quote_cursor (id, settle_index, height) VALUES (1, 0, 0);
