-- What decisions and searches look at: narrow rows, so that a hold touches little and a million items stay
-- in cache. No index names a counter that a hold changes, and pages keep room: a hold rewrites the row in place.
-- `added` is all stock that ever came in; the table itself refuses counters that do not add up.
CREATE TABLE item_items (
    id          BIGINT PRIMARY KEY,
    version     BIGINT   NOT NULL CHECK (version > 0),
    price       BIGINT   NOT NULL CHECK (price >= 0),
    added       BIGINT   NOT NULL CHECK (added >= 0),
    available   BIGINT   NOT NULL CHECK (available >= 0),
    held        BIGINT   NOT NULL CHECK (held >= 0),
    sold        BIGINT   NOT NULL CHECK (sold >= 0),
    sold_before BIGINT   NOT NULL CHECK (sold_before >= 0),
    status      SMALLINT NOT NULL CHECK (status BETWEEN 1 AND 3),
    category    TEXT COLLATE "C" NOT NULL,
    brand       TEXT COLLATE "C" NOT NULL,
    CHECK (added = available + held + sold)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
-- Every index ends with the id: it has a page's whole order.
CREATE INDEX item_by_price ON item_items (price, id) WHERE status < 3;
CREATE INDEX item_by_sold ON item_items ((sold_before + sold), id) WHERE status < 3;
CREATE INDEX item_by_category ON item_items (category, price, id) WHERE status = 1;
CREATE INDEX item_by_brand ON item_items (brand, price, id) WHERE status = 1;

-- How many items are not deleted, as a sum over rows that are seldom written by two at once: a list of everything
-- says its exact length, and counting a million rows for it would take longer than finding the page.
CREATE TABLE item_tally (
    shard BIGINT PRIMARY KEY,
    shown BIGINT NOT NULL
) WITH (fillfactor = 10);

-- What people read.
CREATE TABLE item_texts (
    id            BIGINT PRIMARY KEY,
    comment_count BIGINT  NOT NULL CHECK (comment_count >= 0),
    created       BIGINT  NOT NULL,
    updated       BIGINT  NOT NULL,
    is_ad         BOOLEAN NOT NULL,
    name          TEXT    NOT NULL CHECK (name <> ''),
    image         TEXT    NOT NULL,
    spec          TEXT    CHECK (spec <> '')
);

-- The words of every item on sale, cut by the service itself (src/words.rs), with what else a search asks for:
-- what stands here changes only when staff change it, so that a search joins nothing and a hold writes nothing here.
-- No positions are kept: a search asks for all words, never for a phrase. What is new waits in a short list only,
-- since each search reads it.
CREATE TABLE item_words (
    id       BIGINT   PRIMARY KEY,
    price    BIGINT   NOT NULL,
    category TEXT COLLATE "C" NOT NULL,
    brand    TEXT COLLATE "C" NOT NULL,
    words    TSVECTOR NOT NULL
);
CREATE INDEX item_words_of ON item_words USING gin (words) WITH (gin_pending_list_limit = 256);

-- One header an order: hold, release and sale meet on this row. `lines` is [[item, num], …].
-- `next_sweep_at` is NULL once there is nothing left to ask about.
CREATE TABLE item_holds (
    order_id       BIGINT PRIMARY KEY,
    created        BIGINT   NOT NULL,
    changed        BIGINT   NOT NULL,
    next_sweep_at  BIGINT,
    refused_line   BIGINT,
    sweeps         INTEGER  NOT NULL DEFAULT 0,
    state          SMALLINT NOT NULL CHECK (state BETWEEN 0 AND 4),
    refused_reason SMALLINT,
    lines          TEXT     NOT NULL,
    CHECK ((state = 4) = (refused_reason IS NOT NULL)),
    CHECK ((refused_line IS NULL) = (refused_reason IS NULL)),
    CHECK (state = 0 OR next_sweep_at IS NULL)
) WITH (fillfactor = 80);
CREATE INDEX item_holds_due ON item_holds (next_sweep_at, order_id) WHERE next_sweep_at IS NOT NULL;

-- Every movement of stock, never changed. The key is the guard: an order's line is held once (step 0), then
-- released or sold once (step 1), then returned once (step 2). A change by staff or an import (step 3) has
-- an id of its own as `ref_id`. Ids grow with time, so an item's rows lie in the order its orders were placed.
CREATE TABLE item_ledger (
    item_id  BIGINT   NOT NULL,
    ref_id   BIGINT   NOT NULL,
    qty      BIGINT   NOT NULL,
    at       BIGINT   NOT NULL,
    by_user  BIGINT,
    line     INTEGER  NOT NULL CHECK (line >= 0),
    step     SMALLINT NOT NULL,
    movement SMALLINT NOT NULL,
    reason   TEXT,
    PRIMARY KEY (item_id, ref_id, line, step),
    -- A movement that is none of these has no step, and `NULL` would pass: hence the other value.
    CHECK (step = CASE movement WHEN 0 THEN 0 WHEN 1 THEN 1 WHEN 2 THEN 1 WHEN 3 THEN 2 WHEN 4 THEN 3 ELSE -1 END),
    CHECK (step >= 0),
    CHECK (CASE movement WHEN 4 THEN qty <> 0 ELSE qty > 0 END)
);
