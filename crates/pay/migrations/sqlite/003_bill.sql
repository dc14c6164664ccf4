-- The payment of a pay order at a provider: none, opening, open, closing, closed, paid, returning, returned. It is
-- part of the row on which pressing, closing and refunding meet, so its news meet them there too.
ALTER TABLE pay_orders ADD COLUMN bill INTEGER NOT NULL DEFAULT 0 CHECK (bill BETWEEN 0 AND 7);
ALTER TABLE pay_orders ADD COLUMN bill_channel TEXT NOT NULL DEFAULT '' CHECK ((bill_channel = '') = (bill = 0));
-- Where the buyer pays it.
ALTER TABLE pay_orders ADD COLUMN bill_url TEXT NOT NULL DEFAULT '';
-- What the provider got for it.
ALTER TABLE pay_orders ADD COLUMN bill_paid INTEGER CHECK ((bill_paid IS NOT NULL) = (bill IN (5, 6, 7)));
-- The provider's reference of the refund.
ALTER TABLE pay_orders ADD COLUMN bill_refund TEXT NOT NULL DEFAULT '';
-- Since when it stands so.
ALTER TABLE pay_orders ADD COLUMN bill_since INTEGER CHECK ((bill_since IS NOT NULL) = (bill > 0));
-- When the message that does what is owed comes due.
ALTER TABLE pay_orders ADD COLUMN bill_due INTEGER CHECK (bill_due IS NULL OR bill IN (1, 3, 6));
-- A bill that owes something, or may be paid any time, is always under the sweep's eyes; one just closed is for a while.
ALTER TABLE pay_orders ADD COLUMN bill_sweep_at INTEGER
    CHECK ((bill IN (1, 2, 3, 6) AND bill_sweep_at IS NOT NULL) OR (bill IN (0, 5, 7) AND bill_sweep_at IS NULL) OR bill = 4);
ALTER TABLE pay_orders ADD COLUMN bill_sweeps INTEGER NOT NULL DEFAULT 0;
CREATE INDEX pay_orders_bills ON pay_orders (bill_sweep_at, id) WHERE bill_sweep_at IS NOT NULL;
