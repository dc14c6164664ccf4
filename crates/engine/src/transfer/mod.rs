//! Moving a service's tables from the embedded engine into PostgreSQL.
//!
//! A service describes its tables once, as a [`Service`]; a [`Source`] reads their rows in the order of their keys,
//! a [`Target`] writes them into the empty schema, all in one transaction. Rows travel as JSON values in between.
//! What only PostgreSQL keeps is either filled in by an expression or derived from the rows once they are there.

mod kept;
mod source;
mod target;
mod value;

use std::collections::BTreeMap;

use async_trait::async_trait;

pub use serde_json::Value;
pub use source::Source;
pub use target::Target;

use crate::postgres::Conn;
use crate::{Migrations, Result};

/// The versions of tables, by the names that the engine keeps them under.
pub type Versions = BTreeMap<String, usize>;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number of any width.
    Int,
    /// Yes or no; 1 or 0 in the embedded engine.
    Bool,
    /// Text.
    Text,
    /// Bytes; hexadecimal on their way.
    Bytes,
}

/// A table that both engines have.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name without the service's and the underscore that begin it.
    pub name: &'static str,
    /// The columns of its key, in order, with commas between.
    pub key: &'static str,
    /// The columns that both engines have.
    pub columns: &'static [(&'static str, Kind)],
    /// Columns that only PostgreSQL has, each with an expression over the others.
    pub fill: &'static [(&'static str, &'static str)],
    /// Whether the database itself numbers new rows, in a column `id`.
    pub numbered: bool,
}

impl Table {
    /// A table that has the same columns in both engines.
    pub const fn same(
        name: &'static str,
        key: &'static str,
        columns: &'static [(&'static str, Kind)],
    ) -> Self {
        Self { name, key, columns, fill: &[], numbered: false }
    }

    /// The names of its columns, quoted, with commas between.
    fn column_list(&self) -> String {
        let quoted = self.columns.iter().map(|(name, _)| format!("\"{name}\""));
        quoted.collect::<Vec<_>>().join(", ")
    }
}

/// Makes what is not moved but follows from the rows that were.
#[async_trait]
pub trait Derive: Send + Sync {
    /// Writes it; the transaction on `conn` sees all rows that were moved.
    async fn derive(&self, conn: &Conn) -> Result<()>;
}

/// All that a service keeps.
#[derive(Clone, Copy)]
pub struct Service {
    /// Its tables in the embedded engine.
    pub sqlite: Migrations,
    /// Its tables in PostgreSQL.
    pub postgres: Migrations,
    /// Those of its own making, a table before those that refer to it.
    pub tables: &'static [Table],
    /// What follows from them.
    pub derive: Option<&'static dyn Derive>,
}

impl Service {
    /// All its tables, also those of the engine's making.
    pub fn tables(&self) -> Vec<Table> {
        let kept = self.sqlite.keeps.iter().flat_map(|keeps| kept::tables(*keeps));
        self.tables.iter().chain(kept).copied().collect()
    }

    /// A table's whole name.
    pub fn name_of(&self, table: &Table) -> String {
        format!("{}_{}", self.sqlite.service, table.name)
    }

    /// The versions this program's embedded tables have.
    pub fn versions(&self) -> Versions {
        crate::sqlite::known_versions(&self.sqlite)
    }
}
