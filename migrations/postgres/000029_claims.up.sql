-- Claims of campaigns. current is the attempt that is being sent, or that a
-- block holds; trouble is why there is no better one; version counts changes.
CREATE TABLE claims (
    campaign BYTEA    PRIMARY KEY CHECK (length(campaign) = 10),
    state    TEXT    NOT NULL CHECK (state IN ('claiming', 'rebuilding', 'in-block', 'failed')),
    current  BIGINT NOT NULL CHECK (current > 0),
    trouble  TEXT    NOT NULL,
    version  BIGINT NOT NULL
);
CREATE INDEX claims_open ON claims (campaign) WHERE state IN ('claiming', 'rebuilding');

-- Every transaction that was made to claim, or that a stranger made, for ever:
-- a new one must share a coin with each (see package claim). outbox_key is NULL
-- for a stranger's. pledges has the 16 bytes of each input's pledge, zeros for
-- an input that is none. gone is how many had left the attempt before. height
-- and block_hash are the block that holds it.
CREATE TABLE claim_attempts (
    campaign    BYTEA    NOT NULL REFERENCES claims (campaign),
    number      BIGINT NOT NULL CHECK (number > 0),
    outbox_key  TEXT    UNIQUE,
    txid        BYTEA    NOT NULL CHECK (length(txid) = 32),
    raw         BYTEA    NOT NULL,
    level       BIGINT NOT NULL CHECK (level >= 0),
    fee_sat     BIGINT NOT NULL CHECK (fee_sat >= 0),
    weight      BIGINT NOT NULL CHECK (weight > 0),
    pledges     BYTEA    NOT NULL,
    reason      TEXT    NOT NULL CHECK (reason IN ('asked', 'by-itself', 'left', 'bumped', 'stranger')),
    gone        BIGINT NOT NULL CHECK (gone >= 0),
    made_at     BIGINT NOT NULL,
    made_height BIGINT NOT NULL,
    height      BIGINT,
    block_hash  BYTEA,
    PRIMARY KEY (campaign, number),
    UNIQUE (campaign, txid),
    CHECK ((height IS NULL) = (block_hash IS NULL))
);
CREATE INDEX claim_attempts_by_height ON claim_attempts (height) WHERE height IS NOT NULL;

-- What creators asked for while the process they asked was not the leader.
CREATE TABLE claim_wishes (
    campaign BYTEA    PRIMARY KEY CHECK (length(campaign) = 10),
    at       BIGINT NOT NULL
);

-- Paid raises of a claim's fee, by what paid for each: the node adds a coin of
-- coin_sat to the claim. script is the node's own that such a coin is made for,
-- where it has none; made counts those. tries numbers the loans of coins; lent,
-- lent_sat and lent_script are the coin of the last. attempt is the claim that
-- carries it.
CREATE TABLE claim_bumps (
    id          BYTEA PRIMARY KEY CHECK (length(id) = 16),
    campaign    BYTEA NOT NULL CHECK (length(campaign) = 10),
    coin_sat    BIGINT NOT NULL CHECK (coin_sat > 0),
    rate_kw     BIGINT NOT NULL CHECK (rate_kw > 0),
    state       TEXT NOT NULL CHECK (state IN ('ordered', 'lent', 'done', 'returning', 'returned')),
    script      BYTEA,
    made        BIGINT NOT NULL,
    tries       BIGINT NOT NULL,
    lent        BYTEA CHECK (length(lent) = 36),
    lent_sat    BIGINT,
    lent_script BYTEA,
    attempt     BIGINT,
    trouble     TEXT NOT NULL,
    ordered_at  BIGINT NOT NULL,
    CHECK (state <> 'lent' OR lent IS NOT NULL),
    CHECK ((state = 'done') = (attempt IS NOT NULL))
);
CREATE INDEX claim_bumps_open ON claim_bumps (ordered_at) WHERE state IN ('ordered', 'lent', 'returning');
