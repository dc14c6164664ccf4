-- One row an order. Every transition meets on it; what it still owes is in it, so a sweep over
-- `next_sweep_at` finds all unfinished business even if every message is lost.
CREATE TABLE trade_orders (
    id             INTEGER PRIMARY KEY,
    owner          INTEGER NOT NULL,
    total          INTEGER NOT NULL CHECK (total >= 0),
    payment_type   INTEGER NOT NULL CHECK (payment_type BETWEEN 1 AND 3),
    state          INTEGER NOT NULL CHECK (state BETWEEN 0 AND 6),
    moves          INTEGER NOT NULL,
    placed_at      INTEGER NOT NULL,
    deadline       INTEGER NOT NULL,
    applied_at     INTEGER,
    ask_reason     INTEGER,
    ask_actor      INTEGER,
    ask_at         INTEGER,
    close_reason   INTEGER,
    refund         INTEGER NOT NULL DEFAULT 0 CHECK (refund BETWEEN 0 AND 2),
    stock_end      INTEGER,
    stock_settled  INTEGER NOT NULL DEFAULT 0 CHECK (stock_settled IN (0, 1)),
    duty_due       INTEGER,
    next_sweep_at  INTEGER,
    sweeps         INTEGER NOT NULL DEFAULT 0,
    paid_at        INTEGER,
    shipped_at     INTEGER,
    received_at    INTEGER,
    closed_at      INTEGER,
    reviewed_at    INTEGER,
    refusal_line   INTEGER,
    refusal_reason INTEGER,
    parcel         TEXT,
    address        TEXT,
    lines          TEXT    NOT NULL,
    CHECK ((state = 5) = (close_reason IS NOT NULL)),
    CHECK ((ask_at IS NULL) = (ask_reason IS NULL) AND (ask_at IS NULL) = (ask_actor IS NULL))
) STRICT;
CREATE INDEX trade_orders_of_owner ON trade_orders (owner, id);
CREATE INDEX trade_orders_to_sweep ON trade_orders (next_sweep_at, id) WHERE next_sweep_at IS NOT NULL;

CREATE TABLE trade_history (
    order_id   INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    from_state INTEGER NOT NULL,
    to_state   INTEGER NOT NULL,
    name       TEXT    NOT NULL,
    actor      INTEGER NOT NULL,
    by_user    INTEGER NOT NULL,
    note       TEXT    NOT NULL,
    trace      TEXT    NOT NULL,
    PRIMARY KEY (order_id, seq)
) STRICT, WITHOUT ROWID;

-- How many orders stand in each state: counted with the transitions, so that nobody has to scan.
CREATE TABLE trade_tally (
    state INTEGER PRIMARY KEY,
    n     INTEGER NOT NULL
) STRICT;
