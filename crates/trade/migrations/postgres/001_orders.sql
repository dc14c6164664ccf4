-- One row an order. Every transition meets on it; what it still owes is in it, so a sweep over
-- `next_sweep_at` finds all unfinished business even if every message is lost.
CREATE TABLE trade_orders (
    id             BIGINT   PRIMARY KEY,
    owner          BIGINT   NOT NULL,
    total          BIGINT   NOT NULL CHECK (total >= 0),
    placed_at      BIGINT   NOT NULL,
    deadline       BIGINT   NOT NULL,
    applied_at     BIGINT,
    ask_at         BIGINT,
    duty_due       BIGINT,
    next_sweep_at  BIGINT,
    paid_at        BIGINT,
    shipped_at     BIGINT,
    received_at    BIGINT,
    closed_at      BIGINT,
    reviewed_at    BIGINT,
    moves          INTEGER  NOT NULL,
    sweeps         INTEGER  NOT NULL DEFAULT 0,
    refusal_line   INTEGER,
    payment_type   SMALLINT NOT NULL CHECK (payment_type BETWEEN 1 AND 3),
    state          SMALLINT NOT NULL CHECK (state BETWEEN 0 AND 6),
    refund         SMALLINT NOT NULL DEFAULT 0 CHECK (refund BETWEEN 0 AND 2),
    stock_settled  SMALLINT NOT NULL DEFAULT 0 CHECK (stock_settled IN (0, 1)),
    stock_end      SMALLINT,
    ask_reason     SMALLINT,
    ask_actor      SMALLINT,
    close_reason   SMALLINT,
    refusal_reason SMALLINT,
    parcel         TEXT,
    address        TEXT,
    lines          TEXT     NOT NULL,
    CHECK ((state = 5) = (close_reason IS NOT NULL)),
    CHECK ((ask_at IS NULL) = (ask_reason IS NULL) AND (ask_at IS NULL) = (ask_actor IS NULL))
) WITH (fillfactor = 85);
CREATE INDEX trade_orders_of_owner ON trade_orders (owner, id);
CREATE INDEX trade_orders_to_sweep ON trade_orders (next_sweep_at, id) WHERE next_sweep_at IS NOT NULL;

CREATE TABLE trade_history (
    order_id   BIGINT   NOT NULL,
    seq        INTEGER  NOT NULL,
    at         BIGINT   NOT NULL,
    from_state SMALLINT NOT NULL,
    to_state   SMALLINT NOT NULL,
    name       TEXT     NOT NULL,
    actor      SMALLINT NOT NULL,
    by_user    BIGINT   NOT NULL,
    note       TEXT     NOT NULL,
    trace      TEXT     NOT NULL,
    PRIMARY KEY (order_id, seq)
);

-- How many orders stand in each state: counted with the transitions, so that nobody has to scan. A process has
-- some shards of its own and takes turns, so that transactions hardly ever wait for each other's count; the sum
-- over all shards is what counts, and a single one may be negative.
CREATE TABLE trade_tally (
    shard INTEGER  NOT NULL,
    state SMALLINT NOT NULL,
    n     BIGINT   NOT NULL,
    PRIMARY KEY (shard, state)
) WITH (fillfactor = 25);
