-- Records of calls, one table for each week, and what sums them up.

CREATE TABLE {schema}.records (
    tenant        text COLLATE "C" NOT NULL,
    id            text COLLATE "C" NOT NULL,
    start         timestamptz      NOT NULL,
    integration   text COLLATE "C" NOT NULL,
    action        text COLLATE "C" NOT NULL,
    connection    text COLLATE "C" NOT NULL,
    connection_id text COLLATE "C" NOT NULL,
    read_id       text COLLATE "C" NOT NULL,
    -- empty for a call that succeeded
    kind          text COLLATE "C" NOT NULL,
    -- in nanoseconds, and the bucket of the histogram that it falls into
    duration      bigint           NOT NULL,
    bucket        smallint         NOT NULL,
    -- the whole record
    body          json             NOT NULL
) PARTITION BY RANGE (start);

CREATE INDEX records_newest ON {schema}.records (tenant, start, id);
CREATE INDEX records_failed ON {schema}.records (tenant, start, id) WHERE kind <> '';
CREATE INDEX records_read ON {schema}.records (tenant, read_id, start, id) WHERE read_id <> '';

-- For what starts in a week that has no table. An id is unique within a table, by an index of the table's own: one over
-- all tables would have to have the time in its key.
CREATE TABLE {schema}.records_default PARTITION OF {schema}.records DEFAULT;
CREATE UNIQUE INDEX records_default_id ON {schema}.records_default (tenant, id);

-- An hour of records (by UTC) with the same names: how many, and of those with a duration in buckets[i], counts[i].
CREATE TABLE {schema}.record_rollups (
    tenant        text COLLATE "C" NOT NULL,
    hour          timestamptz      NOT NULL,
    integration   text COLLATE "C" NOT NULL,
    action        text COLLATE "C" NOT NULL,
    connection    text COLLATE "C" NOT NULL,
    connection_id text COLLATE "C" NOT NULL,
    kind          text COLLATE "C" NOT NULL,
    calls         bigint           NOT NULL,
    buckets       smallint[]       NOT NULL,
    counts        integer[]        NOT NULL,
    PRIMARY KEY (tenant, hour, integration, action, connection, connection_id, kind)
) WITH (fillfactor = 70);

CREATE INDEX record_rollups_hour ON {schema}.record_rollups (hour);
