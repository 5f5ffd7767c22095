-- Saved definitions: every version of each, and which of them is in use.

CREATE TABLE {schema}.definitions (
    id         text COLLATE "C" NOT NULL,
    version    bigint           NOT NULL,
    body       bytea            NOT NULL,
    created_at timestamptz      NOT NULL,
    PRIMARY KEY (id, version)
);

CREATE TABLE {schema}.definition_heads (
    id      text COLLATE "C" NOT NULL PRIMARY KEY,
    -- the newest version, also of a deleted one: numbers go on from it
    newest  bigint           NOT NULL,
    deleted boolean          NOT NULL DEFAULT false
);
