-- Connections and credentials. {schema} stands for the quoted name of the schema.
--
-- Text that is compared or ordered has the collation "C": the order of bytes, the same in every database, whatever its
-- locale and the version of its libraries.

CREATE TABLE {schema}.migrations (
    version    integer     NOT NULL PRIMARY KEY,
    name       text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- A tenant's connections to one integration. Whoever changes any of them holds the lock of this row, so that all
-- changes of who is primary come one after another.
CREATE TABLE {schema}.connection_groups (
    tenant      text COLLATE "C" NOT NULL,
    integration text COLLATE "C" NOT NULL,
    -- the next connection to become active is primary
    vacant      boolean          NOT NULL DEFAULT false,
    PRIMARY KEY (tenant, integration)
);

CREATE TABLE {schema}.credentials (
    n             bigint           GENERATED ALWAYS AS IDENTITY,
    tenant        text COLLATE "C" NOT NULL,
    id            text COLLATE "C" NOT NULL,
    integration   text COLLATE "C" NOT NULL,
    sealed        bytea,
    spare         bytea,
    status        text COLLATE "C" NOT NULL,
    expires_at    timestamptz,
    refresh_at    timestamptz,
    digests       bytea[]          NOT NULL,
    intent_holder text,
    intent_fence  bigint,
    intent_ends   timestamptz,
    lease_holder  text             NOT NULL DEFAULT '',
    lease_fence   bigint           NOT NULL DEFAULT 0,
    lease_until   timestamptz      NOT NULL DEFAULT '-infinity',
    version       bigint           NOT NULL DEFAULT 1,
    updated_at    timestamptz      NOT NULL,
    CONSTRAINT credentials_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT credentials_n UNIQUE (n),
    -- an intent is there with all its parts, or not at all
    CONSTRAINT credentials_intent CHECK (num_nulls(intent_holder, intent_fence, intent_ends) IN (0, 3))
) WITH (fillfactor = 80); -- room for leases, which change no index

CREATE INDEX credentials_refresh ON {schema}.credentials (refresh_at) WHERE refresh_at IS NOT NULL;

-- Whose a grant is: a digest belongs to one credential of all tenants.
CREATE TABLE {schema}.credential_digests (
    digest        bytea            NOT NULL,
    tenant        text COLLATE "C" NOT NULL,
    credential_id text COLLATE "C" NOT NULL,
    CONSTRAINT credential_digests_pkey PRIMARY KEY (digest),
    CONSTRAINT credential_digests_credential FOREIGN KEY (tenant, credential_id)
        REFERENCES {schema}.credentials (tenant, id) ON DELETE CASCADE
);

CREATE INDEX credential_digests_credential ON {schema}.credential_digests (tenant, credential_id);

CREATE TABLE {schema}.connections (
    n             bigint           GENERATED ALWAYS AS IDENTITY,
    id            text COLLATE "C" NOT NULL,
    tenant        text COLLATE "C" NOT NULL,
    integration   text COLLATE "C" NOT NULL,
    slug          text COLLATE "C" NOT NULL,
    status        text COLLATE "C" NOT NULL,
    resume        text COLLATE "C" NOT NULL,
    is_primary    boolean          NOT NULL,
    credential_id text COLLATE "C",
    base_url      text             NOT NULL,
    parameters    json,
    headers       json,
    metadata      json,
    tags          text[] COLLATE "C",
    app           text             NOT NULL,
    version       bigint           NOT NULL DEFAULT 1,
    created_at    timestamptz      NOT NULL,
    updated_at    timestamptz      NOT NULL,
    CONSTRAINT connections_pkey PRIMARY KEY (id),
    CONSTRAINT connections_tenant_id UNIQUE (tenant, id),
    CONSTRAINT connections_n UNIQUE (tenant, n),
    CONSTRAINT connections_slug UNIQUE (tenant, integration, slug),
    CONSTRAINT connections_group FOREIGN KEY (tenant, integration)
        REFERENCES {schema}.connection_groups (tenant, integration),
    CONSTRAINT connections_credential FOREIGN KEY (tenant, credential_id)
        REFERENCES {schema}.credentials (tenant, id)
);

CREATE UNIQUE INDEX connections_primary ON {schema}.connections (tenant, integration) WHERE is_primary;
CREATE INDEX connections_oldest ON {schema}.connections (tenant, integration, n);
CREATE INDEX connections_credential ON {schema}.connections (tenant, credential_id) WHERE credential_id IS NOT NULL;
