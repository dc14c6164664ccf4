-- One b-tree: a cart has a bounded number of rows, so a row is found by its id within its owner's few.
CREATE TABLE cart_rows (
    user_id    INTEGER NOT NULL,
    item_id    INTEGER NOT NULL,
    id         INTEGER NOT NULL,
    num        INTEGER NOT NULL CHECK (num BETWEEN 1 AND 999),
    -- As they were when the item was put in; the page shows them beside the present ones.
    name       TEXT    NOT NULL,
    price      INTEGER NOT NULL CHECK (price >= 0),
    image      TEXT    NOT NULL,
    spec       TEXT,
    created    INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, item_id)
) STRICT, WITHOUT ROWID;
