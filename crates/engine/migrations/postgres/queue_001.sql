-- Messages that are not done. `ready` is when a pump takes a message: at its due time, or at once
-- where the broker keeps the delay. A pump reserves what it takes until `claimed_until`; if its process dies,
-- another takes over then.
CREATE TABLE {queue} (
    due           BIGINT  NOT NULL,
    topic         INTEGER NOT NULL,
    subject       BIGINT  NOT NULL,
    ready         BIGINT  NOT NULL,
    attempts      BIGINT  NOT NULL,
    rejects       BIGINT  NOT NULL,
    created       BIGINT  NOT NULL,
    body          BYTEA   NOT NULL,
    trace         TEXT    NOT NULL,
    error         TEXT    NOT NULL,
    claimed_by    INTEGER NOT NULL,
    claimed_until BIGINT  NOT NULL,
    PRIMARY KEY (due, topic, subject)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
CREATE INDEX {queue}_ready ON {queue} (ready);

-- Those nobody could handle, until an operator sends them again or drops them.
CREATE TABLE {dead} (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    died     BIGINT  NOT NULL,
    due      BIGINT  NOT NULL,
    topic    INTEGER NOT NULL,
    subject  BIGINT  NOT NULL,
    attempts BIGINT  NOT NULL,
    rejects  BIGINT  NOT NULL,
    created  BIGINT  NOT NULL,
    body     BYTEA   NOT NULL,
    trace    TEXT    NOT NULL,
    error    TEXT    NOT NULL
);
