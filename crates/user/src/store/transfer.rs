//! What of this service moves from the embedded engine into PostgreSQL.

use engine::transfer::Kind::{Bool, Int, Text};
use engine::transfer::{Service, Table};

use super::{postgres, sqlite};

/// All that this service keeps.
pub static TABLES: Service = Service {
    sqlite: sqlite::MIGRATIONS,
    postgres: postgres::MIGRATIONS,
    tables: &[USERS, ADDRESSES, ENTRIES, DEBITS, REFUNDS, RECORDS],
    derive: None,
};

const USERS: Table = Table::same(
    "users",
    "id",
    &[
        ("id", Int),
        ("username", Text),
        ("password", Text),
        ("role", Int),
        ("frozen", Bool),
        ("balance", Int),
        ("entries", Int),
        ("created", Int),
    ],
);

const ADDRESSES: Table =
    Table::same("addresses", "id", &[("id", Int), ("user_id", Int), ("is_default", Bool), ("content", Text)]);

const ENTRIES: Table = Table::same(
    "entries",
    "user_id, seq",
    &[
        ("user_id", Int),
        ("seq", Int),
        ("at", Int),
        ("kind", Int),
        ("amount", Int),
        ("balance", Int),
        ("pay_order", Int),
        ("by_user", Int),
        ("reason", Text),
    ],
);

const DEBITS: Table = Table::same(
    "debits",
    "pay_order, attempt",
    &[("pay_order", Int), ("attempt", Int), ("user_id", Int), ("amount", Int), ("outcome", Int), ("at", Int)],
);

const REFUNDS: Table = Table::same(
    "refunds",
    "pay_order",
    &[("pay_order", Int), ("user_id", Int), ("amount", Int), ("at", Int)],
);

const RECORDS: Table = Table {
    numbered: true,
    ..Table::same(
        "records",
        "id",
        &[("id", Int), ("at", Int), ("by_user", Int), ("user_id", Int), ("action", Text), ("reason", Text)],
    )
};
