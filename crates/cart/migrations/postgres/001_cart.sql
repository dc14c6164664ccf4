CREATE TABLE cart_rows (
    user_id    BIGINT   NOT NULL,
    item_id    BIGINT   NOT NULL,
    id         BIGINT   NOT NULL,
    num        SMALLINT NOT NULL CHECK (num BETWEEN 1 AND 999),
    -- As they were when the item was put in; the page shows them beside the present ones.
    name       TEXT     NOT NULL,
    price      BIGINT   NOT NULL CHECK (price >= 0),
    image      TEXT     NOT NULL,
    spec       TEXT,
    created    BIGINT   NOT NULL,
    changed_at BIGINT   NOT NULL,
    PRIMARY KEY (user_id, item_id)
);
