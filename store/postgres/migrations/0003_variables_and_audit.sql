-- Variables, and the trail of who changed what.

CREATE TABLE {schema}.variables (
    n             bigint           GENERATED ALWAYS AS IDENTITY,
    tenant        text COLLATE "C" NOT NULL,
    -- empty for a variable of the tenant
    connection_id text COLLATE "C" NOT NULL,
    name          text COLLATE "C" NOT NULL,
    type          text             NOT NULL,
    secret        boolean          NOT NULL,
    sealed        bytea,
    updated_at    timestamptz      NOT NULL,
    -- the connection as a foreign key wants it
    owner         text COLLATE "C" GENERATED ALWAYS AS (NULLIF(connection_id, '')) STORED,
    CONSTRAINT variables_pkey PRIMARY KEY (tenant, connection_id, name),
    CONSTRAINT variables_n UNIQUE (n),
    CONSTRAINT variables_connection FOREIGN KEY (tenant, owner)
        REFERENCES {schema}.connections (tenant, id) ON DELETE CASCADE
);

CREATE INDEX variables_owner ON {schema}.variables (tenant, owner) WHERE owner IS NOT NULL;

-- The type json keeps its text as it came, byte for byte.
CREATE TABLE {schema}.audit_entries (
    n      bigint           GENERATED ALWAYS AS IDENTITY,
    -- empty for a change of the platform's
    tenant text COLLATE "C" NOT NULL,
    id     text             NOT NULL,
    at     timestamptz,
    actor  text             NOT NULL,
    action text COLLATE "C" NOT NULL,
    target text COLLATE "C" NOT NULL,
    before json,
    after  json,
    PRIMARY KEY (tenant, n)
);
