-- The files that ended orders went to.
CREATE TABLE trade_archives (
    id     INTEGER PRIMARY KEY,
    folder TEXT    NOT NULL,
    name   TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    UNIQUE (folder, name)
) STRICT;

-- What stays of an order whose row and history are in a file: its header, which what other services keep of the
-- order is compared with. It is at rest, and its stock is settled.
CREATE TABLE trade_archived (
    id           INTEGER PRIMARY KEY,
    archive      INTEGER NOT NULL,
    owner        INTEGER NOT NULL,
    total        INTEGER NOT NULL,
    placed_at    INTEGER NOT NULL,
    deadline     INTEGER NOT NULL,
    moved_at     INTEGER NOT NULL,
    ask_at       INTEGER,
    state        INTEGER NOT NULL CHECK (state IN (4, 5, 6)),
    refund       INTEGER NOT NULL,
    stock_end    INTEGER NOT NULL,
    ask_reason   INTEGER,
    ask_actor    INTEGER,
    close_reason INTEGER
) STRICT;
