CREATE TABLE IF NOT EXISTS engine_schema (
    service TEXT PRIMARY KEY,
    version INTEGER NOT NULL
);
-- The numbers of the processes that make ids, each leased for a while.
CREATE TABLE IF NOT EXISTS engine_workers (
    number INTEGER PRIMARY KEY,
    until  BIGINT NOT NULL
);
