-- What staff did to the catalogue and its stock. The id is that of the change, so it grows with time.
CREATE TABLE item_records (
    id      BIGINT PRIMARY KEY,
    at      BIGINT NOT NULL,
    by_user BIGINT NOT NULL,
    item_id BIGINT NOT NULL,
    action  TEXT   NOT NULL,
    reason  TEXT   NOT NULL
);
