-- Shops that give out vouchers. undo_seconds is how long a redemption can be
-- undone. paid_sat and used_sat are the allowance for network fees.
CREATE TABLE voucher_shops (
    id           BYTEA    PRIMARY KEY CHECK (length(id) = 10),
    slug         TEXT    NOT NULL UNIQUE,
    name         TEXT    NOT NULL,
    about        TEXT    NOT NULL,
    contact      TEXT    NOT NULL,
    language     TEXT    NOT NULL,
    undo_seconds BIGINT NOT NULL CHECK (undo_seconds BETWEEN 0 AND 600),
    paid_sat     BIGINT NOT NULL CHECK (paid_sat >= 0),
    used_sat     BIGINT NOT NULL CHECK (used_sat >= 0),
    created_at   BIGINT NOT NULL
);

CREATE TABLE voucher_tills (
    shop       BYTEA    NOT NULL REFERENCES voucher_shops (id),
    number     BIGINT NOT NULL CHECK (number > 0),
    name       TEXT    NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    PRIMARY KEY (shop, number)
);

-- Who works in a shop: of the key in his link the SHA-256 is kept. till is a
-- cashier's.
CREATE TABLE voucher_staff (
    shop       BYTEA    NOT NULL REFERENCES voucher_shops (id),
    number     BIGINT NOT NULL CHECK (number > 0),
    key_hash   BYTEA    NOT NULL UNIQUE CHECK (length(key_hash) = 32),
    role       TEXT    NOT NULL CHECK (role IN ('owner', 'cashier', 'accountant')),
    name       TEXT    NOT NULL,
    till       BIGINT,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    PRIMARY KEY (shop, number),
    FOREIGN KEY (shop, till) REFERENCES voucher_tills (shop, number),
    CHECK ((role = 'cashier') = (till IS NOT NULL))
);

-- Vouchers that are alike. protocol and asset are NULL until the asset is known.
-- expires_on and days belong to the rules 'date' and 'days'; issuer is the x-only
-- key that takes expired ones back. return_script is where redeemed units go;
-- empty destroys them.
CREATE TABLE voucher_series (
    id            BYTEA    PRIMARY KEY CHECK (length(id) = 10),
    shop          BYTEA    NOT NULL REFERENCES voucher_shops (id),
    kind          TEXT    NOT NULL CHECK (kind IN ('voucher', 'gift-card', 'stamp-card')),
    name          TEXT    NOT NULL,
    worth         TEXT    NOT NULL,
    conditions    TEXT    NOT NULL,
    unit          TEXT    NOT NULL,
    decimals      BIGINT NOT NULL CHECK (decimals BETWEEN 0 AND 8),
    units         BIGINT NOT NULL CHECK (units > 0),
    design        TEXT    NOT NULL,
    expiry        TEXT    NOT NULL CHECK (expiry IN ('never', 'date', 'days')),
    expires_on    BIGINT,
    days          BIGINT NOT NULL,
    issuer        BYTEA    CHECK (length(issuer) = 32),
    return_script BYTEA    NOT NULL,
    claims        BOOLEAN NOT NULL,
    protocol      BIGINT,
    asset         BYTEA,
    vouchers      BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    closed_at     BIGINT,
    CHECK ((expiry = 'never') = (issuer IS NULL)),
    CHECK ((expiry = 'date') = (expires_on IS NOT NULL)),
    CHECK ((protocol IS NULL) = (asset IS NULL))
);
CREATE INDEX voucher_series_by_shop ON voucher_series (shop, created_at);

-- Vouchers, by the output each lies on. Their secrets are nowhere here. name is
-- the first half of the script's SHA-256; expiry is 0 for never.
CREATE TABLE vouchers (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    series     BYTEA    NOT NULL REFERENCES voucher_series (id),
    number     BIGINT NOT NULL CHECK (number > 0),
    name       BYTEA    NOT NULL UNIQUE CHECK (length(name) = 16),
    script     BYTEA    NOT NULL UNIQUE CHECK (length(script) = 34),
    inner_key  BYTEA    NOT NULL CHECK (length(inner_key) = 32),
    expiry     BIGINT NOT NULL CHECK (expiry >= 0),
    label      TEXT    NOT NULL,
    note       TEXT    NOT NULL,
    units      BIGINT NOT NULL CHECK (units > 0),
    created_at BIGINT NOT NULL,
    UNIQUE (series, number)
);
