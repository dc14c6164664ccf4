-- What staff did to orders, by time.
CREATE INDEX trade_history_by_staff ON trade_history (at, order_id, seq) WHERE actor = 3;
