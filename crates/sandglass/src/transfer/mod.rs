//! Moving a shop from a data directory into PostgreSQL, by way of a file.
//!
//! The file is JSON Lines: a head with the tables' versions, then for each table its name and columns and its rows in
//! the order of their keys, and an end with the counts of rows and a digest of it all. A file without
//! its end is not taken. It may be packed with gzip. Every row passes through bounded memory, on the way out and on the way in.

mod export;
mod import;
mod lines;
pub mod packed;

use std::collections::BTreeMap;

use engine::transfer::{Service, Table};

pub use self::export::export;
pub use self::import::import;
use crate::shop::Role;

/// How many rows there are, by table.
pub type Counts = BTreeMap<String, u64>;

/// Every service with what it keeps.
pub static SERVICES: [(Role, &Service); 5] = [
    (Role::User, &user::store::transfer::TABLES),
    (Role::Item, &item::store::transfer::TABLES),
    (Role::Cart, &cart::store::transfer::TABLES),
    (Role::Trade, &trade::store::transfer::TABLES),
    (Role::Pay, &pay::store::transfer::TABLES),
];

/// Every table, with the place of its service among [`SERVICES`].
fn tables() -> impl Iterator<Item = (usize, Table)> {
    let of = |(place, (_, service)): (usize, &(Role, &'static Service))| {
        service.tables().into_iter().map(move |table| (place, table))
    };
    SERVICES.iter().enumerate().flat_map(of)
}
