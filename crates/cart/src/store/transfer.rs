//! What of this service moves from the embedded engine into PostgreSQL.

use engine::transfer::Kind::{Int, Text};
use engine::transfer::{Service, Table};

use super::{postgres, sqlite};

/// All that this service keeps.
pub static TABLES: Service =
    Service { sqlite: sqlite::MIGRATIONS, postgres: postgres::MIGRATIONS, tables: &[ROWS], derive: None };

const ROWS: Table = Table::same(
    "rows",
    "user_id, item_id",
    &[
        ("user_id", Int),
        ("item_id", Int),
        ("id", Int),
        ("num", Int),
        ("name", Text),
        ("price", Int),
        ("image", Text),
        ("spec", Text),
        ("created", Int),
        ("changed_at", Int),
    ],
);
