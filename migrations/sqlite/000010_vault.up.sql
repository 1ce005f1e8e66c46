-- What people keep in their vaults. account is 16 opaque bytes. proof is an
-- .ots file brought along because the digest is not in our calendar; ours are
-- made when asked for. complete_at is when the worker found the proof complete;
-- "search" is name and note in lower case.
CREATE TABLE vault_groups (
    id         BLOB    PRIMARY KEY CHECK (length(id) = 16),
    account    BLOB    NOT NULL CHECK (length(account) = 16),
    name       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (account, name)
) STRICT;

CREATE TABLE vault_items (
    id           BLOB    PRIMARY KEY CHECK (length(id) = 16),
    account      BLOB    NOT NULL CHECK (length(account) = 16),
    digest       BLOB    NOT NULL CHECK (length(digest) = 32),
    name         TEXT    NOT NULL,
    note         TEXT    NOT NULL,
    search       TEXT    NOT NULL,
    group_id     BLOB    REFERENCES vault_groups (id),
    kept_at      INTEGER NOT NULL,
    complete_at  INTEGER,
    block_height INTEGER,
    block_time   INTEGER,
    proof        BLOB,
    next_try_at  INTEGER NOT NULL,
    UNIQUE (account, digest)
) STRICT;
CREATE INDEX vault_items_by_account ON vault_items (account, kept_at, id);
CREATE INDEX vault_items_by_group ON vault_items (group_id, kept_at, id);
CREATE INDEX vault_items_ours ON vault_items (id) WHERE complete_at IS NULL AND proof IS NULL;
CREATE INDEX vault_items_foreign ON vault_items (next_try_at) WHERE complete_at IS NULL AND proof IS NOT NULL;

-- Links that show one item or one group to whoever has them. The token in the
-- link is kept as SHA-256 only.
CREATE TABLE vault_shares (
    token_hash BLOB    PRIMARY KEY CHECK (length(token_hash) = 32),
    id         BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    account    BLOB    NOT NULL CHECK (length(account) = 16),
    item_id    BLOB    REFERENCES vault_items (id),
    group_id   BLOB    REFERENCES vault_groups (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    CHECK ((item_id IS NULL) <> (group_id IS NULL))
) STRICT;
CREATE INDEX vault_shares_by_account ON vault_shares (account, created_at);
CREATE INDEX vault_shares_by_item ON vault_shares (item_id);
CREATE INDEX vault_shares_by_group ON vault_shares (group_id);
