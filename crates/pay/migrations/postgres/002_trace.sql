-- W3C `traceparent` of the order's placing, in which what is done for its payment goes on; empty: none.
ALTER TABLE pay_orders ADD COLUMN trace TEXT NOT NULL DEFAULT '';
