//! What of this service moves from the embedded engine into PostgreSQL.

use engine::transfer::Kind::{Bool, Int, Text};
use engine::transfer::{Service, Table};

use super::{postgres, sqlite};

/// All that this service keeps.
pub static TABLES: Service = Service {
    sqlite: sqlite::MIGRATIONS,
    postgres: postgres::MIGRATIONS,
    tables: &[ORDERS, ATTEMPTS],
    derive: None,
};

const ORDERS: Table = Table::same(
    "orders",
    "id",
    &[
        ("id", Int),
        ("order_id", Int),
        ("owner", Int),
        ("amount", Int),
        ("channel", Text),
        ("pay_type", Int),
        ("info", Text),
        ("deadline", Int),
        ("state", Int),
        ("in_flight", Int),
        ("closing", Bool),
        ("refund", Int),
        ("last_outcome", Int),
        ("duty_due", Int),
        ("next_sweep_at", Int),
        ("sweeps", Int),
        ("created", Int),
        ("updated", Int),
        ("success_at", Int),
        ("closed_at", Int),
        ("trace", Text),
        ("bill", Int),
        ("bill_channel", Text),
        ("bill_url", Text),
        ("bill_paid", Int),
        ("bill_refund", Text),
        ("bill_since", Int),
        ("bill_due", Int),
        ("bill_sweep_at", Int),
        ("bill_sweeps", Int),
    ],
);

const ATTEMPTS: Table = Table::same(
    "attempts",
    "id",
    &[("id", Int), ("pay_order", Int), ("started", Int), ("ended", Int), ("outcome", Int)],
);
