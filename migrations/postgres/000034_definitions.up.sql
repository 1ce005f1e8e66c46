-- What assets say of themselves, kept for ever under its SHA-256: definitions as
-- they came, pictures made anew, and terms. hash160 is by which Open Assets may
-- point to it. ours says that it was written here; picture and terms are then
-- what it shows. stamped_at is when a definition was handed to the notary.
CREATE TABLE definition_files (
    hash       BYTEA   NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    hash160    BYTEA   NOT NULL UNIQUE CHECK (length(hash160) = 20),
    kind       TEXT    NOT NULL CHECK (kind IN ('definition', 'picture', 'terms')),
    body       BYTEA   NOT NULL,
    ours       BOOLEAN NOT NULL,
    picture    BYTEA   CHECK (length(picture) = 32),
    terms      BYTEA   CHECK (length(terms) = 32),
    made_at    BIGINT NOT NULL,
    stamped_at BIGINT
);
CREATE INDEX definition_files_unstamped ON definition_files (made_at) WHERE stamped_at IS NULL AND kind = 'definition';
CREATE INDEX definition_files_ours ON definition_files (made_at) WHERE ours;

-- Where each asset's definition is said to be, by what its issues carried, and
-- what was found there. file is the last good answer; name and the rest are
-- taken from it. answered_at is the last good answer, dead_since the first of the
-- bad ones after it; next_at when to ask again, in seconds since 1970, or null
-- for never.
CREATE TABLE definition_pointers (
    protocol     INTEGER NOT NULL,
    asset        BYTEA   NOT NULL,
    pointer      BYTEA   NOT NULL CHECK (length(pointer) <= 1024),
    state        TEXT    NOT NULL,
    why          TEXT    NOT NULL,
    file         BYTEA   CHECK (length(file) = 32),
    picture      BYTEA   CHECK (length(picture) = 32),
    name         TEXT    NOT NULL,
    name_short   TEXT    NOT NULL,
    sought       TEXT    NOT NULL,
    divisibility INTEGER NOT NULL CHECK (divisibility >= 0),
    owner        TEXT    NOT NULL,
    authentic    BOOLEAN NOT NULL,
    versions     INTEGER NOT NULL CHECK (versions >= 0),
    failures     INTEGER NOT NULL CHECK (failures >= 0),
    seen_at      BIGINT NOT NULL,
    asked_at     BIGINT,
    answered_at  BIGINT,
    dead_since   BIGINT,
    next_at      BIGINT,
    PRIMARY KEY (protocol, asset, pointer)
);
CREATE INDEX definition_pointers_next ON definition_pointers (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX definition_pointers_file ON definition_pointers (file) WHERE file IS NOT NULL;

-- The answers that came in turn where content may change.
CREATE TABLE definition_versions (
    protocol INTEGER NOT NULL,
    asset    BYTEA   NOT NULL,
    pointer  BYTEA   NOT NULL,
    file     BYTEA   NOT NULL CHECK (length(file) = 32),
    seen_at  BIGINT NOT NULL,
    PRIMARY KEY (protocol, asset, pointer, file)
);
CREATE INDEX definition_versions_file ON definition_versions (file);
