//! The tables of the engine's own making.

use super::Kind::{Bytes, Int, Text};
use super::{Kind, Table};
use crate::Keeps;

const MESSAGE: &[(&str, Kind)] = &[
    ("due", Int),
    ("topic", Int),
    ("subject", Int),
    ("attempts", Int),
    ("rejects", Int),
    ("created", Int),
    ("body", Bytes),
    ("trace", Text),
    ("error", Text),
];

/// Handed over when due, whatever carries it, by whoever comes first.
const OUTBOX: Table = Table {
    fill: &[("ready", "due"), ("claimed_by", "0"), ("claimed_until", "0")],
    ..Table::same("outbox", "due, topic, subject", MESSAGE)
};

const DEAD: Table = Table {
    numbered: true,
    ..Table::same(
        "dead",
        "id",
        &[
            ("id", Int),
            ("died", Int),
            ("due", Int),
            ("topic", Int),
            ("subject", Int),
            ("attempts", Int),
            ("rejects", Int),
            ("created", Int),
            ("body", Bytes),
            ("trace", Text),
            ("error", Text),
        ],
    )
};

const KEYS: Table = Table::same(
    "keys",
    "owner, key",
    &[("owner", Int), ("key", Text), ("fingerprint", Bytes), ("outcome", Text), ("created", Int)],
);

pub(super) fn tables(keeps: Keeps) -> &'static [Table] {
    match keeps {
        Keeps::Outbox => &[OUTBOX, DEAD],
        // The embedded engine has none: its messages wait where they were written.
        Keeps::Inbox => &[],
        Keeps::Keys => &[KEYS],
    }
}
