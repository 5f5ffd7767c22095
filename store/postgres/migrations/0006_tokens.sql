-- What it takes to obtain and renew tokens: what is known of a grant, authorizations under way, and clients.

ALTER TABLE {schema}.credentials
    -- what was granted: the same for all tokens that come of it
    ADD COLUMN grant_id  text        NOT NULL DEFAULT '',
    ADD COLUMN issued_at timestamptz,
    -- renewals that failed since the last that didn't
    ADD COLUMN failures  bigint      NOT NULL DEFAULT 0,
    ADD COLUMN cause     text        NOT NULL DEFAULT '',
    -- the last renewal that a provider's refusal forced
    ADD COLUMN forced_at timestamptz;

-- Authorizations that wait for a browser to come back. Each is written once and removed once.
CREATE TABLE {schema}.flows (
    n           bigint           GENERATED ALWAYS AS IDENTITY,
    tenant      text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    integration text             NOT NULL,
    sealed      bytea,
    expires_at  timestamptz      NOT NULL,
    CONSTRAINT flows_pkey PRIMARY KEY (tenant, id)
);

CREATE INDEX flows_expired ON {schema}.flows (expires_at);
CREATE INDEX flows_oldest ON {schema}.flows (tenant, n);

-- OAuth clients. The type json keeps its text as it came, byte for byte.
CREATE TABLE {schema}.apps (
    n           bigint           GENERATED ALWAYS AS IDENTITY,
    -- empty for one of the platform's
    tenant      text COLLATE "C" NOT NULL,
    integration text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    status      text             NOT NULL,
    settings    json,
    sealed      bytea,
    version     bigint           NOT NULL DEFAULT 1,
    created_at  timestamptz      NOT NULL,
    updated_at  timestamptz      NOT NULL,
    CONSTRAINT apps_pkey PRIMARY KEY (tenant, integration, id),
    CONSTRAINT apps_n UNIQUE (n)
);
