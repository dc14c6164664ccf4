//! What of this service moves from the embedded engine into PostgreSQL.

use engine::transfer::Kind::{Bool, Int, Text};
use engine::transfer::{Service, Table};

use super::{postgres, sqlite};

/// All that this service keeps.
pub static TABLES: Service = Service {
    sqlite: sqlite::MIGRATIONS,
    postgres: postgres::MIGRATIONS,
    tables: &[ITEMS, TEXTS, HOLDS, LEDGER, RECORDS],
    derive: Some(&postgres::Derived),
};

const ITEMS: Table = Table::same(
    "items",
    "id",
    &[
        ("id", Int),
        ("status", Int),
        ("version", Int),
        ("price", Int),
        ("added", Int),
        ("available", Int),
        ("held", Int),
        ("sold", Int),
        ("sold_before", Int),
        ("category", Text),
        ("brand", Text),
    ],
);

const TEXTS: Table = Table::same(
    "texts",
    "id",
    &[
        ("id", Int),
        ("name", Text),
        ("image", Text),
        ("spec", Text),
        ("comment_count", Int),
        ("is_ad", Bool),
        ("created", Int),
        ("updated", Int),
    ],
);

const HOLDS: Table = Table::same(
    "holds",
    "order_id",
    &[
        ("order_id", Int),
        ("state", Int),
        ("lines", Text),
        ("refused_line", Int),
        ("refused_reason", Int),
        ("created", Int),
        ("changed", Int),
        ("sweeps", Int),
        ("next_sweep_at", Int),
    ],
);

const LEDGER: Table = Table::same(
    "ledger",
    "item_id, ref_id, line, step",
    &[
        ("item_id", Int),
        ("ref_id", Int),
        ("line", Int),
        ("step", Int),
        ("movement", Int),
        ("qty", Int),
        ("at", Int),
        ("reason", Text),
        ("by_user", Int),
    ],
);

const RECORDS: Table = Table::same(
    "records",
    "id",
    &[("id", Int), ("at", Int), ("by_user", Int), ("item_id", Int), ("action", Text), ("reason", Text)],
);
