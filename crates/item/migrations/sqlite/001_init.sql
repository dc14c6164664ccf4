-- What decisions and searches look at: narrow rows, so that a hold touches little and a million items stay
-- in cache. `added` is all stock that ever came in; the table itself refuses counters that do not add up.
CREATE TABLE item_items (
    id          INTEGER PRIMARY KEY,
    status      INTEGER NOT NULL CHECK (status BETWEEN 1 AND 3),
    version     INTEGER NOT NULL CHECK (version > 0),
    price       INTEGER NOT NULL CHECK (price >= 0),
    added       INTEGER NOT NULL CHECK (added >= 0),
    available   INTEGER NOT NULL CHECK (available >= 0),
    held        INTEGER NOT NULL CHECK (held >= 0),
    sold        INTEGER NOT NULL CHECK (sold >= 0),
    sold_before INTEGER NOT NULL CHECK (sold_before >= 0),
    category    TEXT    NOT NULL,
    brand       TEXT    NOT NULL,
    CHECK (added = available + held + sold)
) STRICT;
CREATE INDEX item_by_price ON item_items (price) WHERE status < 3;
CREATE INDEX item_by_sold ON item_items (sold_before + sold) WHERE status < 3;
CREATE INDEX item_by_category ON item_items (category, price) WHERE status = 1;
CREATE INDEX item_by_brand ON item_items (brand, price) WHERE status = 1;

-- What people read.
CREATE TABLE item_texts (
    id            INTEGER PRIMARY KEY,
    name          TEXT    NOT NULL CHECK (name <> ''),
    image         TEXT    NOT NULL,
    spec          TEXT    CHECK (spec <> ''),
    comment_count INTEGER NOT NULL CHECK (comment_count >= 0),
    is_ad         INTEGER NOT NULL CHECK (is_ad IN (0, 1)),
    created       INTEGER NOT NULL,
    updated       INTEGER NOT NULL
) STRICT;

-- The words of every item on sale, cut by the service itself (src/words.rs), so the tokenizer has only to
-- split at blanks. No positions are kept: a search asks for all words, never for a phrase.
CREATE VIRTUAL TABLE item_words USING fts5 (
    words, content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '3', detail = none
);

-- One header an order: hold, release and sale meet on this row. `lines` is [[item, num], …].
-- `next_sweep_at` is NULL once there is nothing left to ask about.
CREATE TABLE item_holds (
    order_id       INTEGER PRIMARY KEY,
    state          INTEGER NOT NULL CHECK (state BETWEEN 0 AND 4),
    lines          TEXT    NOT NULL,
    refused_line   INTEGER,
    refused_reason INTEGER,
    created        INTEGER NOT NULL,
    changed        INTEGER NOT NULL,
    sweeps         INTEGER NOT NULL DEFAULT 0,
    next_sweep_at  INTEGER,
    CHECK ((state = 4) = (refused_reason IS NOT NULL)),
    CHECK ((refused_line IS NULL) = (refused_reason IS NULL)),
    CHECK (state = 0 OR next_sweep_at IS NULL)
) STRICT;
CREATE INDEX item_holds_due ON item_holds (next_sweep_at) WHERE next_sweep_at IS NOT NULL;

-- Every movement of stock, never changed. The key is the guard: an order's line is held once (step 0), then
-- released or sold once (step 1), then returned once (step 2). A change by staff or an import (step 3) has
-- an id of its own as `ref_id`. Ids grow with time, so an item's rows lie in the order its orders were placed.
CREATE TABLE item_ledger (
    item_id  INTEGER NOT NULL,
    ref_id   INTEGER NOT NULL,
    line     INTEGER NOT NULL CHECK (line >= 0),
    step     INTEGER NOT NULL,
    movement INTEGER NOT NULL,
    qty      INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    reason   TEXT,
    by_user  INTEGER,
    PRIMARY KEY (item_id, ref_id, line, step),
    CHECK (step = CASE movement WHEN 0 THEN 0 WHEN 1 THEN 1 WHEN 2 THEN 1 WHEN 3 THEN 2 WHEN 4 THEN 3 END),
    CHECK (CASE movement WHEN 4 THEN qty <> 0 ELSE qty > 0 END)
) STRICT, WITHOUT ROWID;
