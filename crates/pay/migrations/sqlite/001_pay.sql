-- The one payment of each order. Pressing, closing and refunding all meet on this row.
CREATE TABLE pay_orders (
    id            INTEGER PRIMARY KEY,
    order_id      INTEGER NOT NULL UNIQUE,
    owner         INTEGER NOT NULL,              -- 0 in a tombstone: closed before anyone applied to pay
    amount        INTEGER NOT NULL CHECK (amount >= 0),
    channel       TEXT    NOT NULL,
    pay_type      INTEGER NOT NULL,
    info          TEXT    NOT NULL,
    deadline      INTEGER NOT NULL,
    state         INTEGER NOT NULL CHECK (state IN (1, 2, 3)),   -- waiting, closed, success
    in_flight     INTEGER,                       -- the attempt whose outcome is not known yet
    closing       INTEGER NOT NULL CHECK (closing IN (0, 1)),
    refund        INTEGER NOT NULL CHECK (refund IN (0, 1, 2)),  -- none, refunding, refunded
    last_outcome  INTEGER,                       -- how the last attempt ended
    duty_due      INTEGER,                       -- when the duty message written last comes due
    next_sweep_at INTEGER,                       -- NULL at rest: nothing is owed
    sweeps        INTEGER NOT NULL DEFAULT 0,
    created       INTEGER NOT NULL,
    updated       INTEGER NOT NULL,
    success_at    INTEGER,
    closed_at     INTEGER,
    CHECK (owner <> 0 OR state = 2),
    CHECK (in_flight IS NULL OR state = 1),
    CHECK (closing = 0 OR in_flight IS NOT NULL),
    CHECK (refund = 0 OR state = 3),
    CHECK ((success_at IS NOT NULL) = (state = 3)),
    CHECK ((closed_at IS NOT NULL) = (state = 2)),
    -- A row that owes something is always under the sweep's eyes, and no other is.
    CHECK ((next_sweep_at IS NOT NULL) = (in_flight IS NOT NULL OR refund = 1)),
    CHECK ((duty_due IS NOT NULL) = (next_sweep_at IS NOT NULL))
) STRICT;
CREATE INDEX pay_orders_owner ON pay_orders (owner, id) WHERE owner <> 0;
CREATE INDEX pay_orders_sweep ON pay_orders (next_sweep_at, id) WHERE next_sweep_at IS NOT NULL;

-- Every press that was let through, and how it ended; `outcome` is NULL while in flight, 0 is debited.
CREATE TABLE pay_attempts (
    id        INTEGER PRIMARY KEY,
    pay_order INTEGER NOT NULL REFERENCES pay_orders (id),
    started   INTEGER NOT NULL,
    ended     INTEGER,
    outcome   INTEGER,
    CHECK ((ended IS NULL) = (outcome IS NULL))
) STRICT;
CREATE INDEX pay_attempts_of ON pay_attempts (pay_order, id);
-- No second attempt beside one that is in flight or has succeeded.
CREATE UNIQUE INDEX pay_attempts_live ON pay_attempts (pay_order) WHERE outcome IS NULL OR outcome = 0;
