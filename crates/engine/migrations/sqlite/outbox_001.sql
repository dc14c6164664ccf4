-- A service's messages that are not done. The key is the order of coming due, so the next message is always
-- the first row.
CREATE TABLE {service}_outbox (
    due      INTEGER NOT NULL,
    topic    INTEGER NOT NULL,
    subject  INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    rejects  INTEGER NOT NULL,
    created  INTEGER NOT NULL,
    body     BLOB    NOT NULL,
    trace    TEXT    NOT NULL,
    error    TEXT    NOT NULL,
    PRIMARY KEY (due, topic, subject)
) STRICT, WITHOUT ROWID;

-- Those nobody could handle, until an operator sends them again or drops them.
CREATE TABLE {service}_dead (
    id       INTEGER PRIMARY KEY,
    died     INTEGER NOT NULL,
    due      INTEGER NOT NULL,
    topic    INTEGER NOT NULL,
    subject  INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    rejects  INTEGER NOT NULL,
    created  INTEGER NOT NULL,
    body     BLOB    NOT NULL,
    trace    TEXT    NOT NULL,
    error    TEXT    NOT NULL
) STRICT;
