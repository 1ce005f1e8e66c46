-- Coins that backers have signed for campaigns, in the order they came (number).
-- outpoint: 32 bytes of txid, 4 bytes of index, big-endian. key_hash is the
-- SHA-256 of the owner's secret, proof that of what he signed. goal: it signs
-- level 0; levels has bit n set for level n. height and block_hash are the block
-- that holds the coin; spent_* the transaction that spends it, with a block in
-- the states spent and taken. made_height is the last block as it came in.
-- replaces names the pledge whose coin this one's was made of.
CREATE TABLE pledges (
    number       BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    id           BYTEA    NOT NULL UNIQUE CHECK (length(id) = 16),
    campaign     BYTEA    NOT NULL CHECK (length(campaign) = 10),
    outpoint     BYTEA    NOT NULL CHECK (length(outpoint) = 36),
    key_hash     BYTEA    NOT NULL UNIQUE CHECK (length(key_hash) = 32),
    proof        BYTEA    NOT NULL CHECK (length(proof) = 32),
    value_sat    BIGINT NOT NULL CHECK (value_sat > 0),
    script       BYTEA    NOT NULL,
    kind         TEXT    NOT NULL,
    weight       BIGINT NOT NULL CHECK (weight > 0),
    goal         BOOLEAN NOT NULL,
    firm         BOOLEAN NOT NULL,
    levels       BIGINT NOT NULL CHECK (levels > 0),
    refund       BYTEA,
    name         TEXT    NOT NULL,
    message      TEXT    NOT NULL,
    door         TEXT    NOT NULL,
    client       TEXT    NOT NULL,
    made_at      BIGINT NOT NULL,
    made_height  INTEGER NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN ('seen', 'confirmed', 'leaving', 'spent', 'taken', 'gone')),
    height       INTEGER,
    block_hash   BYTEA,
    spent_txid   BYTEA,
    spent_height INTEGER,
    spent_hash   BYTEA,
    replaces     BYTEA,
    replaced     BOOLEAN NOT NULL DEFAULT FALSE,
    UNIQUE (campaign, outpoint),
    CHECK ((height IS NULL) = (block_hash IS NULL)),
    CHECK ((spent_height IS NULL) = (spent_hash IS NULL)),
    CHECK ((state IN ('spent', 'taken')) = (spent_height IS NOT NULL)),
    CHECK ((state IN ('leaving', 'spent', 'taken')) = (spent_txid IS NOT NULL)),
    CHECK (state <> 'confirmed' OR height IS NOT NULL),
    CHECK (state NOT IN ('seen', 'gone') OR height IS NULL)
);
CREATE INDEX pledges_by_outpoint ON pledges (outpoint);
CREATE INDEX pledges_by_campaign ON pledges (campaign, state, goal, firm, replaced, value_sat, weight);
CREATE INDEX pledges_by_value ON pledges (campaign, value_sat);
CREATE INDEX pledges_by_height ON pledges (height);
CREATE INDEX pledges_by_spent_height ON pledges (spent_height);
CREATE INDEX pledges_waiting ON pledges (made_height) WHERE state IN ('seen', 'leaving', 'gone');
CREATE INDEX pledges_pending_of ON pledges (client) WHERE state IN ('seen', 'gone');

-- The signed inputs, one for each level.
CREATE TABLE pledge_signatures (
    pledge           BIGINT NOT NULL REFERENCES pledges (number),
    level            BIGINT NOT NULL CHECK (level >= 0),
    sequence         BIGINT NOT NULL,
    signature_script BYTEA    NOT NULL,
    witness          BYTEA    NOT NULL,
    weight           BIGINT NOT NULL,
    PRIMARY KEY (pledge, level)
);

-- What the pledges of a campaign add up to, in satoshi; made anew in each
-- transaction that changes one of them. confirmed, with its backers, counts for
-- the goal and firm is part of it; matched counts in higher levels only. weight
-- is that of what may be claimed for the goal, stored that of all that is kept.
-- version grows with each change; checked_height is the block it was made at.
CREATE TABLE campaign_totals (
    campaign         BYTEA    PRIMARY KEY CHECK (length(campaign) = 10),
    confirmed        BIGINT NOT NULL,
    backers          BIGINT NOT NULL,
    firm             BIGINT NOT NULL,
    firm_backers     BIGINT NOT NULL,
    pending          BIGINT NOT NULL,
    pending_backers  BIGINT NOT NULL,
    revoked          BIGINT NOT NULL,
    revoked_backers  BIGINT NOT NULL,
    taken            BIGINT NOT NULL,
    taken_backers    BIGINT NOT NULL,
    matched          BIGINT NOT NULL,
    matches          BIGINT NOT NULL,
    weight           BIGINT NOT NULL,
    stored           BIGINT NOT NULL,
    version          BIGINT NOT NULL,
    checked_height   INTEGER NOT NULL
);
CREATE INDEX campaign_totals_by_confirmed ON campaign_totals (confirmed);
