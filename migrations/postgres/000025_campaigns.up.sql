-- Campaigns: the words, as of the last change. key_hash is the SHA-256 of the
-- creator's secret link. budget, faq and rendered are JSON; rendered was made
-- by the renderer of that number. search is what is searched, in lower case.
-- goal_sat and deadline repeat the terms of now, for lists. version counts the
-- creator's changes, revision those of the terms.
CREATE TABLE campaigns (
    id           BYTEA   PRIMARY KEY CHECK (length(id) = 10),
    key_hash     BYTEA   NOT NULL UNIQUE CHECK (length(key_hash) = 32),
    stage        TEXT    NOT NULL CHECK (stage IN ('draft', 'announced', 'open', 'claimed', 'closed')),
    withdrawn    BOOLEAN NOT NULL,
    frozen       BOOLEAN NOT NULL,
    example      BOOLEAN NOT NULL,
    version      INTEGER NOT NULL CHECK (version > 0),
    revision     INTEGER NOT NULL CHECK (revision > 0),
    language     TEXT    NOT NULL,
    category     TEXT    NOT NULL,
    cover        TEXT    NOT NULL,
    title        TEXT    NOT NULL,
    tagline      TEXT    NOT NULL,
    story        TEXT    NOT NULL,
    risks        TEXT    NOT NULL,
    budget       TEXT    NOT NULL,
    faq          TEXT    NOT NULL,
    rendered     TEXT    NOT NULL,
    renderer     INTEGER NOT NULL,
    creator_name TEXT    NOT NULL,
    contact      TEXT    NOT NULL,
    public_key   BYTEA   CHECK (length(public_key) = 32),
    search       TEXT    NOT NULL,
    goal_sat     BIGINT  NOT NULL,
    deadline     INTEGER NOT NULL,
    created_at   BIGINT  NOT NULL,
    shown_at     BIGINT,
    opened_at    BIGINT,
    changed_at   BIGINT  NOT NULL,
    CHECK ((stage = 'draft') = (shown_at IS NULL)),
    CHECK ((stage <> 'draft') = (deadline > 0)),
    CHECK (stage NOT IN ('open', 'claimed') OR opened_at IS NOT NULL),
    CHECK (NOT frozen OR opened_at IS NOT NULL),
    CHECK (NOT withdrawn OR stage = 'closed')
);
CREATE INDEX campaigns_by_time ON campaigns (stage, shown_at, id);
CREATE INDEX campaigns_by_deadline ON campaigns (stage, deadline, id);
CREATE INDEX campaigns_by_change ON campaigns (stage, changed_at);
CREATE INDEX campaigns_by_cover ON campaigns (cover) WHERE cover <> '';

-- What pledges are measured by. Rows of a revision are written once, but those
-- of a draft. keeper is NULL where no firm pledges are taken.
CREATE TABLE campaign_terms (
    campaign     BYTEA   NOT NULL REFERENCES campaigns (id),
    revision     INTEGER NOT NULL CHECK (revision > 0),
    least_sat    BIGINT  NOT NULL CHECK (least_sat >= 0),
    multiple_sat BIGINT  NOT NULL CHECK (multiple_sat >= 0),
    deadline     INTEGER NOT NULL CHECK (deadline >= 0),
    deadline_at  BIGINT,
    deadline_in  INTEGER NOT NULL CHECK (deadline_in >= 0),
    at_deadline  BOOLEAN NOT NULL,
    by_itself    BOOLEAN NOT NULL,
    keeper       BYTEA   CHECK (length(keeper) = 33),
    PRIMARY KEY (campaign, revision)
);

-- The goal (level 0) and the stretch levels of a revision. beneficiaries are
-- JSON; contract is NULL in a draft that was never shown.
CREATE TABLE campaign_levels (
    campaign      BYTEA   NOT NULL,
    revision      INTEGER NOT NULL,
    level         INTEGER NOT NULL CHECK (level BETWEEN 0 AND 19),
    title         TEXT    NOT NULL,
    beneficiaries TEXT    NOT NULL,
    reserve_sat   BIGINT  NOT NULL CHECK (reserve_sat >= 0),
    goal_sat      BIGINT  NOT NULL CHECK (goal_sat >= 0),
    contract      BYTEA,
    PRIMARY KEY (campaign, revision, level),
    FOREIGN KEY (campaign, revision) REFERENCES campaign_terms (campaign, revision)
);

-- The outputs of every contract there ever was, by the hash that pledges sign,
-- and whose they are for ever: two campaigns of the same outputs could be paid
-- out once, with the pledges of both. revision is the last that had them.
CREATE TABLE campaign_outputs (
    hash     BYTEA   PRIMARY KEY CHECK (length(hash) = 32),
    campaign BYTEA   NOT NULL REFERENCES campaigns (id),
    revision INTEGER NOT NULL
);

-- News from creators. html was made of text by the renderer of that number.
CREATE TABLE campaign_updates (
    id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign  BYTEA   NOT NULL REFERENCES campaigns (id),
    title     TEXT    NOT NULL,
    text      TEXT    NOT NULL,
    html      TEXT    NOT NULL,
    renderer  INTEGER NOT NULL,
    posted_at BIGINT  NOT NULL
);
CREATE INDEX campaign_updates_by_campaign ON campaign_updates (campaign, id);

-- What people say under campaigns. source is a keyed sum of where it came from,
-- to count by, and is forgotten after a day.
CREATE TABLE campaign_comments (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign   BYTEA   NOT NULL REFERENCES campaigns (id),
    name       TEXT    NOT NULL,
    text       TEXT    NOT NULL,
    backer     BOOLEAN NOT NULL,
    by_creator BOOLEAN NOT NULL,
    hidden     BOOLEAN NOT NULL,
    source     TEXT,
    said_at    BIGINT  NOT NULL
);
CREATE INDEX campaign_comments_by_campaign ON campaign_comments (campaign, id);
CREATE INDEX campaign_comments_by_source ON campaign_comments (source, said_at) WHERE source IS NOT NULL;

-- Browsers that follow campaigns, by the SHA-256 of a secret of theirs; who they
-- are is not known. source is as above.
CREATE TABLE campaign_followers (
    campaign    BYTEA   NOT NULL REFERENCES campaigns (id),
    follower    BYTEA   NOT NULL CHECK (length(follower) = 32),
    source      TEXT,
    followed_at BIGINT  NOT NULL,
    PRIMARY KEY (campaign, follower)
);
CREATE INDEX campaign_followers_by_follower ON campaign_followers (follower, followed_at);
CREATE INDEX campaign_followers_by_source ON campaign_followers (campaign, source) WHERE source IS NOT NULL;
