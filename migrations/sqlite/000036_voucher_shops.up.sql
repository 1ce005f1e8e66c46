-- Shops that give out vouchers. undo_seconds is how long a redemption can be
-- undone. paid_sat and used_sat are the allowance for network fees.
CREATE TABLE voucher_shops (
    id           BLOB    PRIMARY KEY CHECK (length(id) = 10),
    slug         TEXT    NOT NULL UNIQUE,
    name         TEXT    NOT NULL,
    about        TEXT    NOT NULL,
    contact      TEXT    NOT NULL,
    language     TEXT    NOT NULL,
    undo_seconds INTEGER NOT NULL CHECK (undo_seconds BETWEEN 0 AND 600),
    paid_sat     INTEGER NOT NULL CHECK (paid_sat >= 0),
    used_sat     INTEGER NOT NULL CHECK (used_sat >= 0),
    created_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE voucher_tills (
    shop       BLOB    NOT NULL REFERENCES voucher_shops (id),
    number     INTEGER NOT NULL CHECK (number > 0),
    name       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER,
    PRIMARY KEY (shop, number)
) STRICT;

-- Who works in a shop: of the key in his link the SHA-256 is kept. till is a
-- cashier's.
CREATE TABLE voucher_staff (
    shop       BLOB    NOT NULL REFERENCES voucher_shops (id),
    number     INTEGER NOT NULL CHECK (number > 0),
    key_hash   BLOB    NOT NULL UNIQUE CHECK (length(key_hash) = 32),
    role       TEXT    NOT NULL CHECK (role IN ('owner', 'cashier', 'accountant')),
    name       TEXT    NOT NULL,
    till       INTEGER,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER,
    PRIMARY KEY (shop, number),
    FOREIGN KEY (shop, till) REFERENCES voucher_tills (shop, number),
    CHECK ((role = 'cashier') = (till IS NOT NULL))
) STRICT;

-- Vouchers that are alike. protocol and asset are NULL until the asset is known.
-- expires_on and days belong to the rules 'date' and 'days'; issuer is the x-only
-- key that takes expired ones back. return_script is where redeemed units go;
-- empty destroys them.
CREATE TABLE voucher_series (
    id            BLOB    PRIMARY KEY CHECK (length(id) = 10),
    shop          BLOB    NOT NULL REFERENCES voucher_shops (id),
    kind          TEXT    NOT NULL CHECK (kind IN ('voucher', 'gift-card', 'stamp-card')),
    name          TEXT    NOT NULL,
    worth         TEXT    NOT NULL,
    conditions    TEXT    NOT NULL,
    unit          TEXT    NOT NULL,
    decimals      INTEGER NOT NULL CHECK (decimals BETWEEN 0 AND 8),
    units         INTEGER NOT NULL CHECK (units > 0),
    design        TEXT    NOT NULL,
    expiry        TEXT    NOT NULL CHECK (expiry IN ('never', 'date', 'days')),
    expires_on    INTEGER,
    days          INTEGER NOT NULL,
    issuer        BLOB    CHECK (length(issuer) = 32),
    return_script BLOB    NOT NULL,
    claims        INTEGER NOT NULL,
    protocol      INTEGER,
    asset         BLOB,
    vouchers      INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    closed_at     INTEGER,
    CHECK ((expiry = 'never') = (issuer IS NULL)),
    CHECK ((expiry = 'date') = (expires_on IS NOT NULL)),
    CHECK ((protocol IS NULL) = (asset IS NULL))
) STRICT;
CREATE INDEX voucher_series_by_shop ON voucher_series (shop, created_at);

-- Vouchers, by the output each lies on. Their secrets are nowhere here. name is
-- the first half of the script's SHA-256; expiry is 0 for never.
CREATE TABLE vouchers (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    series     BLOB    NOT NULL REFERENCES voucher_series (id),
    number     INTEGER NOT NULL CHECK (number > 0),
    name       BLOB    NOT NULL UNIQUE CHECK (length(name) = 16),
    script     BLOB    NOT NULL UNIQUE CHECK (length(script) = 34),
    inner_key  BLOB    NOT NULL CHECK (length(inner_key) = 32),
    expiry     INTEGER NOT NULL CHECK (expiry >= 0),
    label      TEXT    NOT NULL,
    note       TEXT    NOT NULL,
    units      INTEGER NOT NULL CHECK (units > 0),
    created_at INTEGER NOT NULL,
    UNIQUE (series, number)
) STRICT;
