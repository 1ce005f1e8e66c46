-- Campaigns: the words, as of the last change. key_hash is the SHA-256 of the
-- creator's secret link. budget, faq and rendered are JSON; rendered was made
-- by the renderer of that number. search is what is searched, in lower case.
-- goal_sat and deadline repeat the terms of now, for lists. version counts the
-- creator's changes, revision those of the terms.
CREATE TABLE campaigns (
    id           BLOB    PRIMARY KEY CHECK (length(id) = 10),
    key_hash     BLOB    NOT NULL UNIQUE CHECK (length(key_hash) = 32),
    stage        TEXT    NOT NULL CHECK (stage IN ('draft', 'announced', 'open', 'claimed', 'closed')),
    withdrawn    INTEGER NOT NULL CHECK (withdrawn IN (0, 1)),
    frozen       INTEGER NOT NULL CHECK (frozen IN (0, 1)),
    example      INTEGER NOT NULL CHECK (example IN (0, 1)),
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
    public_key   BLOB    CHECK (length(public_key) = 32),
    search       TEXT    NOT NULL,
    goal_sat     INTEGER NOT NULL,
    deadline     INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    shown_at     INTEGER,
    opened_at    INTEGER,
    changed_at   INTEGER NOT NULL,
    CHECK ((stage = 'draft') = (shown_at IS NULL)),
    CHECK ((stage <> 'draft') = (deadline > 0)),
    CHECK (stage NOT IN ('open', 'claimed') OR opened_at IS NOT NULL),
    CHECK (frozen = 0 OR opened_at IS NOT NULL),
    CHECK (withdrawn = 0 OR stage = 'closed')
) STRICT;
CREATE INDEX campaigns_by_time ON campaigns (stage, shown_at, id);
CREATE INDEX campaigns_by_deadline ON campaigns (stage, deadline, id);
CREATE INDEX campaigns_by_change ON campaigns (stage, changed_at);
CREATE INDEX campaigns_by_cover ON campaigns (cover) WHERE cover <> '';

-- What pledges are measured by. Rows of a revision are written once, but those
-- of a draft. keeper is NULL where no firm pledges are taken.
CREATE TABLE campaign_terms (
    campaign     BLOB    NOT NULL REFERENCES campaigns (id),
    revision     INTEGER NOT NULL CHECK (revision > 0),
    least_sat    INTEGER NOT NULL CHECK (least_sat >= 0),
    multiple_sat INTEGER NOT NULL CHECK (multiple_sat >= 0),
    deadline     INTEGER NOT NULL CHECK (deadline >= 0),
    deadline_at  INTEGER,
    deadline_in  INTEGER NOT NULL CHECK (deadline_in >= 0),
    at_deadline  INTEGER NOT NULL CHECK (at_deadline IN (0, 1)),
    by_itself    INTEGER NOT NULL CHECK (by_itself IN (0, 1)),
    keeper       BLOB    CHECK (length(keeper) = 33),
    PRIMARY KEY (campaign, revision)
) STRICT, WITHOUT ROWID;

-- The goal (level 0) and the stretch levels of a revision. beneficiaries are
-- JSON; contract is NULL in a draft that was never shown.
CREATE TABLE campaign_levels (
    campaign      BLOB    NOT NULL,
    revision      INTEGER NOT NULL,
    level         INTEGER NOT NULL CHECK (level BETWEEN 0 AND 19),
    title         TEXT    NOT NULL,
    beneficiaries TEXT    NOT NULL,
    reserve_sat   INTEGER NOT NULL CHECK (reserve_sat >= 0),
    goal_sat      INTEGER NOT NULL CHECK (goal_sat >= 0),
    contract      BLOB,
    PRIMARY KEY (campaign, revision, level),
    FOREIGN KEY (campaign, revision) REFERENCES campaign_terms (campaign, revision)
) STRICT, WITHOUT ROWID;

-- The outputs of every contract there ever was, by the hash that pledges sign,
-- and whose they are for ever: two campaigns of the same outputs could be paid
-- out once, with the pledges of both. revision is the last that had them.
CREATE TABLE campaign_outputs (
    hash     BLOB    PRIMARY KEY CHECK (length(hash) = 32),
    campaign BLOB    NOT NULL REFERENCES campaigns (id),
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- News from creators. html was made of text by the renderer of that number.
CREATE TABLE campaign_updates (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    campaign  BLOB    NOT NULL REFERENCES campaigns (id),
    title     TEXT    NOT NULL,
    text      TEXT    NOT NULL,
    html      TEXT    NOT NULL,
    renderer  INTEGER NOT NULL,
    posted_at INTEGER NOT NULL
) STRICT;
CREATE INDEX campaign_updates_by_campaign ON campaign_updates (campaign, id);

-- What people say under campaigns. source is a keyed sum of where it came from,
-- to count by, and is forgotten after a day.
CREATE TABLE campaign_comments (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    campaign   BLOB    NOT NULL REFERENCES campaigns (id),
    name       TEXT    NOT NULL,
    text       TEXT    NOT NULL,
    backer     INTEGER NOT NULL CHECK (backer IN (0, 1)),
    by_creator INTEGER NOT NULL CHECK (by_creator IN (0, 1)),
    hidden     INTEGER NOT NULL CHECK (hidden IN (0, 1)),
    source     TEXT,
    said_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX campaign_comments_by_campaign ON campaign_comments (campaign, id);
CREATE INDEX campaign_comments_by_source ON campaign_comments (source, said_at) WHERE source IS NOT NULL;

-- Browsers that follow campaigns, by the SHA-256 of a secret of theirs; who they
-- are is not known. source is as above.
CREATE TABLE campaign_followers (
    campaign    BLOB    NOT NULL REFERENCES campaigns (id),
    follower    BLOB    NOT NULL CHECK (length(follower) = 32),
    source      TEXT,
    followed_at INTEGER NOT NULL,
    PRIMARY KEY (campaign, follower)
) STRICT, WITHOUT ROWID;
CREATE INDEX campaign_followers_by_follower ON campaign_followers (follower, followed_at);
CREATE INDEX campaign_followers_by_source ON campaign_followers (campaign, source) WHERE source IS NOT NULL;
