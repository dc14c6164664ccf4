-- What staff did to the catalogue and its stock. The id is that of the change, so it grows with time.
CREATE TABLE item_records (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    by_user INTEGER NOT NULL,
    item_id INTEGER NOT NULL,
    action  TEXT    NOT NULL,
    reason  TEXT    NOT NULL
) STRICT;
