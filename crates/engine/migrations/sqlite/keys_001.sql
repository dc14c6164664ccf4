-- What clients' idempotency keys have led to.
CREATE TABLE {service}_keys (
    owner       INTEGER NOT NULL,
    key         TEXT    NOT NULL,
    fingerprint BLOB    NOT NULL,
    outcome     TEXT    NOT NULL,
    created     INTEGER NOT NULL,
    PRIMARY KEY (owner, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX {service}_keys_age ON {service}_keys (created);
