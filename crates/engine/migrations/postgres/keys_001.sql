-- What clients' idempotency keys have led to.
CREATE TABLE {service}_keys (
    owner       BIGINT NOT NULL,
    key         TEXT COLLATE "C" NOT NULL,
    fingerprint BYTEA  NOT NULL,
    outcome     TEXT   NOT NULL,
    created     BIGINT NOT NULL,
    PRIMARY KEY (owner, key)
);
CREATE INDEX {service}_keys_age ON {service}_keys (created);
