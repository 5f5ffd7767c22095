-- What was changed lately, for processes that remember something of it.

CREATE TABLE {schema}.changes (
    n           bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    -- the transaction that made the change: rows of one that is still open can't be seen yet, whatever their number
    xid         xid8   NOT NULL DEFAULT pg_current_xact_id(),
    kind        text   NOT NULL,
    tenant      text   NOT NULL,
    integration text   NOT NULL,
    id          text   NOT NULL
);

CREATE INDEX changes_xid ON {schema}.changes (xid);

-- One row. What all cursors of the last minutes know has ended can be removed: changes of transactions that had ended
-- by "snapshot", once that is old enough. Cursors from before "told_since" may have missed something that was removed.
CREATE TABLE {schema}.change_horizon (
    -- tells these tables from others: a cursor of theirs means nothing here
    store      uuid        NOT NULL DEFAULT gen_random_uuid(),
    told_since timestamptz NOT NULL,
    snapshot   pg_snapshot NOT NULL,
    taken_at   timestamptz NOT NULL
);
INSERT INTO {schema}.change_horizon (told_since, snapshot, taken_at)
    VALUES ('-infinity', pg_current_snapshot(), clock_timestamp());
