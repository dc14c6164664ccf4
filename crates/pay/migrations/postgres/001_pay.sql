-- The one payment of each order. Pressing, closing and refunding all meet on this row.
CREATE TABLE pay_orders (
    id            BIGINT   PRIMARY KEY,
    order_id      BIGINT   NOT NULL UNIQUE,
    owner         BIGINT   NOT NULL,              -- 0 in a tombstone: closed before anyone applied to pay
    amount        BIGINT   NOT NULL CHECK (amount >= 0),
    channel       TEXT     NOT NULL,
    pay_type      SMALLINT NOT NULL,
    info          TEXT     NOT NULL,
    deadline      BIGINT   NOT NULL,
    state         SMALLINT NOT NULL CHECK (state IN (1, 2, 3)),   -- waiting, closed, success
    in_flight     BIGINT,                         -- the attempt whose outcome is not known yet
    closing       BOOLEAN  NOT NULL,
    refund        SMALLINT NOT NULL CHECK (refund IN (0, 1, 2)),  -- none, refunding, refunded
    last_outcome  SMALLINT,                       -- how the last attempt ended
    duty_due      BIGINT,                         -- when the duty message written last comes due
    next_sweep_at BIGINT,                         -- NULL at rest: nothing is owed
    sweeps        BIGINT   NOT NULL DEFAULT 0,
    created       BIGINT   NOT NULL,
    updated       BIGINT   NOT NULL,
    success_at    BIGINT,
    closed_at     BIGINT,
    CHECK (owner <> 0 OR state = 2),
    CHECK (in_flight IS NULL OR state = 1),
    CHECK (NOT closing OR in_flight IS NOT NULL),
    CHECK (refund = 0 OR state = 3),
    CHECK ((success_at IS NOT NULL) = (state = 3)),
    CHECK ((closed_at IS NOT NULL) = (state = 2)),
    -- A row that owes something is always under the sweep's eyes, and no other is.
    CHECK ((next_sweep_at IS NOT NULL) = (in_flight IS NOT NULL OR refund = 1)),
    CHECK ((duty_due IS NOT NULL) = (next_sweep_at IS NOT NULL))
);
CREATE INDEX pay_orders_owner ON pay_orders (owner, id) WHERE owner <> 0;
CREATE INDEX pay_orders_sweep ON pay_orders (next_sweep_at, id) WHERE next_sweep_at IS NOT NULL;

-- Every press that was let through, and how it ended; `outcome` is NULL while in flight, 0 is debited.
CREATE TABLE pay_attempts (
    id        BIGINT   PRIMARY KEY,
    pay_order BIGINT   NOT NULL REFERENCES pay_orders (id),
    started   BIGINT   NOT NULL,
    ended     BIGINT,
    outcome   SMALLINT,
    CHECK ((ended IS NULL) = (outcome IS NULL))
);
CREATE INDEX pay_attempts_of ON pay_attempts (pay_order, id);
-- No second attempt beside one that is in flight or has succeeded.
CREATE UNIQUE INDEX pay_attempts_live ON pay_attempts (pay_order) WHERE outcome IS NULL OR outcome = 0;
