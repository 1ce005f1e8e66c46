-- Coins on the scripts of vouchers, with the units of their series' asset. One
-- that our own transaction makes (spend) is here before a block has it; spent_by
-- is a transaction of a block.
CREATE TABLE voucher_coins (
    outpoint    BLOB    PRIMARY KEY CHECK (length(outpoint) = 36),
    voucher     INTEGER NOT NULL REFERENCES vouchers (id),
    value_sat   INTEGER NOT NULL CHECK (value_sat > 0),
    units       INTEGER NOT NULL CHECK (units > 0),
    spend       INTEGER,
    height      INTEGER,
    block_hash  BLOB,
    spent_by    BLOB    CHECK (length(spent_by) = 32),
    spent_height INTEGER,
    spent_hash  BLOB,
    CHECK ((height IS NULL) = (block_hash IS NULL)),
    CHECK ((spent_by IS NULL) = (spent_height IS NULL))
) STRICT;
CREATE INDEX voucher_coins_by_voucher ON voucher_coins (voucher);
CREATE INDEX voucher_coins_by_spend ON voucher_coins (spend) WHERE spend IS NOT NULL;
CREATE INDEX voucher_coins_by_height ON voucher_coins (height) WHERE height IS NOT NULL;
CREATE INDEX voucher_coins_by_spent ON voucher_coins (spent_height) WHERE spent_height IS NOT NULL;

-- What becomes of a coin: one transaction, whose bearer has signed for all that
-- is booked of it. It is open while more can be booked or undone; closing while
-- the node signs for the fee; then sent. units is the sum, tx as the bearer
-- signed it, due when it is sent. tries numbers loans of the node's coins; lent…
-- is the coin of the last. version counts changes. was is the state before a
-- block made it lost.
CREATE TABLE voucher_spends (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    outpoint    BLOB    NOT NULL CHECK (length(outpoint) = 36),
    voucher     INTEGER NOT NULL REFERENCES vouchers (id),
    shop        BLOB    NOT NULL REFERENCES voucher_shops (id),
    what        TEXT    NOT NULL CHECK (what IN ('redeem', 'claim', 'reclaim')),
    state       TEXT    NOT NULL CHECK (state IN ('open', 'closing', 'sent', 'confirmed', 'lost', 'undone')),
    was         TEXT    NOT NULL,
    units       INTEGER NOT NULL CHECK (units > 0),
    tx          BLOB    NOT NULL,
    due         INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    tries       INTEGER NOT NULL,
    lent        BLOB    CHECK (length(lent) = 36),
    lent_sat    INTEGER,
    lent_script BLOB,
    outbox_key  TEXT    UNIQUE,
    txid        BLOB    CHECK (length(txid) = 32),
    cost_sat    INTEGER NOT NULL CHECK (cost_sat >= 0),
    trouble     TEXT    NOT NULL,
    height      INTEGER,
    block_hash  BLOB,
    CHECK ((height IS NULL) = (block_hash IS NULL)),
    CHECK ((lent IS NULL) = (lent_sat IS NULL)),
    CHECK (state <> 'sent' OR outbox_key IS NOT NULL)
) STRICT;
-- Of two tills that book the same coin one is refused, whatever else fails.
CREATE UNIQUE INDEX voucher_spends_once ON voucher_spends (outpoint) WHERE state <> 'undone';
CREATE INDEX voucher_spends_by_voucher ON voucher_spends (voucher);
CREATE INDEX voucher_spends_open ON voucher_spends (due) WHERE state IN ('open', 'closing');
CREATE INDEX voucher_spends_sent ON voucher_spends (shop) WHERE state = 'sent';
CREATE INDEX voucher_spends_by_height ON voucher_spends (height) WHERE height IS NOT NULL;

-- Redemptions, claims and reclaims. tx is as the bearer signed it for the sum of
-- this and those before on the same coin. request makes repeating safe. day is
-- that of at, since 1970, UTC.
CREATE TABLE voucher_bookings (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    spend      INTEGER NOT NULL REFERENCES voucher_spends (id),
    voucher    INTEGER NOT NULL REFERENCES vouchers (id),
    series     BLOB    NOT NULL REFERENCES voucher_series (id),
    shop       BLOB    NOT NULL REFERENCES voucher_shops (id),
    what       TEXT    NOT NULL CHECK (what IN ('redeem', 'claim', 'reclaim')),
    staff      INTEGER NOT NULL,
    till       INTEGER NOT NULL,
    units      INTEGER NOT NULL CHECK (units > 0),
    rest       INTEGER NOT NULL CHECK (rest >= 0),
    tx         BLOB    NOT NULL,
    note       TEXT    NOT NULL,
    request    BLOB    CHECK (length(request) = 16),
    at         INTEGER NOT NULL,
    day        INTEGER NOT NULL,
    offline_at INTEGER,
    undo_until INTEGER NOT NULL,
    undone_at  INTEGER,
    UNIQUE (shop, request)
) STRICT;
CREATE INDEX voucher_bookings_by_spend ON voucher_bookings (spend);
CREATE INDEX voucher_bookings_by_day ON voucher_bookings (shop, day);
CREATE INDEX voucher_bookings_by_voucher ON voucher_bookings (voucher, number);

-- What happened in shops; rows are only ever added. once is set where an event
-- may be told twice and is to be written down once.
CREATE TABLE voucher_log (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    shop    BLOB    NOT NULL REFERENCES voucher_shops (id),
    at      INTEGER NOT NULL,
    what    TEXT    NOT NULL,
    staff   INTEGER NOT NULL,
    till    INTEGER NOT NULL,
    voucher BLOB    CHECK (length(voucher) = 16),
    series  BLOB    CHECK (length(series) = 10),
    units   INTEGER NOT NULL,
    detail  TEXT    NOT NULL,
    once    TEXT    UNIQUE
) STRICT;
CREATE INDEX voucher_log_by_shop ON voucher_log (shop, number);

-- Coins that the node makes to pay the fees of redemptions with: one transaction
-- each, of so many coins of that size, to a script of its own.
CREATE TABLE voucher_fee_coins (
    number    INTEGER PRIMARY KEY AUTOINCREMENT,
    script    BLOB    NOT NULL,
    coins     INTEGER NOT NULL CHECK (coins > 0),
    coin_sat  INTEGER NOT NULL CHECK (coin_sat > 0),
    rate_kw   INTEGER NOT NULL CHECK (rate_kw > 0),
    cost_sat  INTEGER NOT NULL CHECK (cost_sat >= 0),
    sent      INTEGER NOT NULL,
    made_at   INTEGER NOT NULL
) STRICT;

-- Payments for allowances, by what paid, each counted once.
CREATE TABLE voucher_payments (
    id      BLOB    PRIMARY KEY CHECK (length(id) = 16),
    shop    BLOB    NOT NULL REFERENCES voucher_shops (id),
    sat     INTEGER NOT NULL CHECK (sat > 0),
    at      INTEGER NOT NULL
) STRICT;

-- What each shop owes its customers, day by day: the signed statement, and its
-- SHA-256, which is notarised.
CREATE TABLE voucher_statements (
    shop       BLOB    NOT NULL REFERENCES voucher_shops (id),
    day        INTEGER NOT NULL,
    height     INTEGER NOT NULL,
    made_at    INTEGER NOT NULL,
    body       BLOB    NOT NULL,
    digest     BLOB    NOT NULL CHECK (length(digest) = 32),
    stamped_at INTEGER,
    PRIMARY KEY (shop, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX voucher_statements_unstamped ON voucher_statements (made_at) WHERE stamped_at IS NULL;
