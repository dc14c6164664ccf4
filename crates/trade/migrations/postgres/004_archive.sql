-- The files that ended orders went to.
CREATE TABLE trade_archives (
    id     BIGINT PRIMARY KEY,
    folder TEXT   NOT NULL,
    name   TEXT   NOT NULL,
    at     BIGINT NOT NULL,
    UNIQUE (folder, name)
);

-- What stays of an order whose row and history are in a file: its header, which what other services keep of the
-- order is compared with. It is at rest, and its stock is settled.
CREATE TABLE trade_archived (
    id           BIGINT PRIMARY KEY,
    archive      BIGINT NOT NULL,
    owner        BIGINT NOT NULL,
    total        BIGINT NOT NULL,
    placed_at    BIGINT NOT NULL,
    deadline     BIGINT NOT NULL,
    moved_at     BIGINT NOT NULL,
    ask_at       BIGINT,
    state        SMALLINT NOT NULL CHECK (state IN (4, 5, 6)),
    refund       SMALLINT NOT NULL,
    stock_end    SMALLINT NOT NULL,
    ask_reason   SMALLINT,
    ask_actor    SMALLINT,
    close_reason SMALLINT
);
