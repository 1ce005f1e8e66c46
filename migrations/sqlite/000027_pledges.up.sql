-- Coins that backers have signed for campaigns, in the order they came (number).
-- outpoint: 32 bytes of txid, 4 bytes of index, big-endian. key_hash is the
-- SHA-256 of the owner's secret, proof that of what he signed. goal: it signs
-- level 0; levels has bit n set for level n. height and block_hash are the block
-- that holds the coin; spent_* the transaction that spends it, with a block in
-- the states spent and taken. made_height is the last block as it came in.
-- replaces names the pledge whose coin this one's was made of.
CREATE TABLE pledges (
    number       INTEGER PRIMARY KEY,
    id           BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    campaign     BLOB    NOT NULL CHECK (length(campaign) = 10),
    outpoint     BLOB    NOT NULL CHECK (length(outpoint) = 36),
    key_hash     BLOB    NOT NULL UNIQUE CHECK (length(key_hash) = 32),
    proof        BLOB    NOT NULL CHECK (length(proof) = 32),
    value_sat    INTEGER NOT NULL CHECK (value_sat > 0),
    script       BLOB    NOT NULL,
    kind         TEXT    NOT NULL,
    weight       INTEGER NOT NULL CHECK (weight > 0),
    goal         INTEGER NOT NULL,
    firm         INTEGER NOT NULL,
    levels       INTEGER NOT NULL CHECK (levels > 0),
    refund       BLOB,
    name         TEXT    NOT NULL,
    message      TEXT    NOT NULL,
    door         TEXT    NOT NULL,
    client       TEXT    NOT NULL,
    made_at      INTEGER NOT NULL,
    made_height  INTEGER NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN ('seen', 'confirmed', 'leaving', 'spent', 'taken', 'gone')),
    height       INTEGER,
    block_hash   BLOB,
    spent_txid   BLOB,
    spent_height INTEGER,
    spent_hash   BLOB,
    replaces     BLOB,
    replaced     INTEGER NOT NULL DEFAULT 0,
    UNIQUE (campaign, outpoint),
    CHECK ((height IS NULL) = (block_hash IS NULL)),
    CHECK ((spent_height IS NULL) = (spent_hash IS NULL)),
    CHECK ((state IN ('spent', 'taken')) = (spent_height IS NOT NULL)),
    CHECK ((state IN ('leaving', 'spent', 'taken')) = (spent_txid IS NOT NULL)),
    CHECK (state <> 'confirmed' OR height IS NOT NULL),
    CHECK (state NOT IN ('seen', 'gone') OR height IS NULL)
) STRICT;
CREATE INDEX pledges_by_outpoint ON pledges (outpoint);
CREATE INDEX pledges_by_campaign ON pledges (campaign, state, goal, firm, replaced, value_sat, weight);
CREATE INDEX pledges_by_value ON pledges (campaign, value_sat);
CREATE INDEX pledges_by_height ON pledges (height);
CREATE INDEX pledges_by_spent_height ON pledges (spent_height);
CREATE INDEX pledges_waiting ON pledges (made_height) WHERE state IN ('seen', 'leaving', 'gone');
CREATE INDEX pledges_pending_of ON pledges (client) WHERE state IN ('seen', 'gone');

-- The signed inputs, one for each level.
CREATE TABLE pledge_signatures (
    pledge           INTEGER NOT NULL REFERENCES pledges (number),
    level            INTEGER NOT NULL CHECK (level >= 0),
    sequence         INTEGER NOT NULL,
    signature_script BLOB    NOT NULL,
    witness          BLOB    NOT NULL,
    weight           INTEGER NOT NULL,
    PRIMARY KEY (pledge, level)
) STRICT, WITHOUT ROWID;

-- What the pledges of a campaign add up to, in satoshi; made anew in each
-- transaction that changes one of them. confirmed, with its backers, counts for
-- the goal and firm is part of it; matched counts in higher levels only. weight
-- is that of what may be claimed for the goal, stored that of all that is kept.
-- version grows with each change; checked_height is the block it was made at.
CREATE TABLE campaign_totals (
    campaign         BLOB    PRIMARY KEY CHECK (length(campaign) = 10),
    confirmed        INTEGER NOT NULL,
    backers          INTEGER NOT NULL,
    firm             INTEGER NOT NULL,
    firm_backers     INTEGER NOT NULL,
    pending          INTEGER NOT NULL,
    pending_backers  INTEGER NOT NULL,
    revoked          INTEGER NOT NULL,
    revoked_backers  INTEGER NOT NULL,
    taken            INTEGER NOT NULL,
    taken_backers    INTEGER NOT NULL,
    matched          INTEGER NOT NULL,
    matches          INTEGER NOT NULL,
    weight           INTEGER NOT NULL,
    stored           INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    checked_height   INTEGER NOT NULL
) STRICT;
CREATE INDEX campaign_totals_by_confirmed ON campaign_totals (confirmed);
