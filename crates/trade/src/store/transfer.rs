//! What of this service moves from the embedded engine into PostgreSQL.

use engine::transfer::Kind::{Int, Text};
use engine::transfer::{Service, Table};

use super::{postgres, sqlite};

/// All that this service keeps.
pub static TABLES: Service = Service {
    sqlite: sqlite::MIGRATIONS,
    postgres: postgres::MIGRATIONS,
    tables: &[ORDERS, HISTORY, TALLY, ARCHIVES, ARCHIVED],
    derive: None,
};

const ORDERS: Table = Table::same(
    "orders",
    "id",
    &[
        ("id", Int),
        ("owner", Int),
        ("total", Int),
        ("payment_type", Int),
        ("state", Int),
        ("moves", Int),
        ("placed_at", Int),
        ("deadline", Int),
        ("applied_at", Int),
        ("ask_reason", Int),
        ("ask_actor", Int),
        ("ask_at", Int),
        ("close_reason", Int),
        ("refund", Int),
        ("stock_end", Int),
        ("stock_settled", Int),
        ("duty_due", Int),
        ("next_sweep_at", Int),
        ("sweeps", Int),
        ("paid_at", Int),
        ("shipped_at", Int),
        ("received_at", Int),
        ("closed_at", Int),
        ("reviewed_at", Int),
        ("refusal_line", Int),
        ("refusal_reason", Int),
        ("parcel", Text),
        ("address", Text),
        ("lines", Text),
    ],
);

const HISTORY: Table = Table::same(
    "history",
    "order_id, seq",
    &[
        ("order_id", Int),
        ("seq", Int),
        ("at", Int),
        ("from_state", Int),
        ("to_state", Int),
        ("name", Text),
        ("actor", Int),
        ("by_user", Int),
        ("note", Text),
        ("trace", Text),
    ],
);

/// The sum over all shards is what counts, so one shard begins with everything.
const TALLY: Table =
    Table { fill: &[("shard", "0")], ..Table::same("tally", "state", &[("state", Int), ("n", Int)]) };

const ARCHIVES: Table =
    Table::same("archives", "id", &[("id", Int), ("folder", Text), ("name", Text), ("at", Int)]);

const ARCHIVED: Table = Table::same(
    "archived",
    "id",
    &[
        ("id", Int),
        ("archive", Int),
        ("owner", Int),
        ("total", Int),
        ("state", Int),
        ("placed_at", Int),
        ("deadline", Int),
        ("moved_at", Int),
        ("ask_reason", Int),
        ("ask_actor", Int),
        ("ask_at", Int),
        ("close_reason", Int),
        ("refund", Int),
        ("stock_end", Int),
    ],
);
