-- Orders that are paid or past it, for staff's lists of one state. Placing does not touch it: orders not paid yet are the
-- newest, or few, and found without it.
CREATE INDEX trade_orders_past ON trade_orders (state, id) WHERE state > 1;
