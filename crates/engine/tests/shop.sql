CREATE TABLE shop_things (id INTEGER PRIMARY KEY, note BLOB);
CREATE TABLE shop_outbox (
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
) WITHOUT ROWID;
CREATE TABLE shop_dead (
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
);
CREATE TABLE shop_keys (
    owner       INTEGER NOT NULL,
    key         TEXT    NOT NULL,
    fingerprint BLOB    NOT NULL,
    outcome     TEXT    NOT NULL,
    created     INTEGER NOT NULL,
    PRIMARY KEY (owner, key)
) WITHOUT ROWID;
CREATE INDEX shop_keys_age ON shop_keys (created);
