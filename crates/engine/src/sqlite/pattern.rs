//! Rows that are written again and again with another id, for filling tables in bulk.
//!
//! What an order looks like at rest is known only by making one. So a few are made as always, and their rows are the
//! pattern for many: a copy has every column of its pattern, also those that a later migration adds.

use rusqlite::types::Value;
use rusqlite::{Connection, Params};

use crate::{Error, Result};

/// Rows of one table.
#[derive(Debug)]
pub struct Pattern {
    insert: String,
    rows: Vec<Vec<Value>>,
    /// Which columns hold the ids, in the order in which they are given.
    ids: Vec<usize>,
}

impl Pattern {
    /// The rows of `table` for which `found` holds, whose columns `ids` are given anew with each copy. `Corrupt` if the
    /// table has no such column.
    pub fn read(
        connection: &Connection,
        table: &'static str,
        ids: &[&str],
        found: &str,
        params: impl Params,
    ) -> Result<Self> {
        let mut statement = connection.prepare_cached(&format!("SELECT * FROM {table} WHERE {found}"))?;
        let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
        let place = |id: &&str| columns.iter().position(|column| column == id);
        let ids: Option<Vec<usize>> = ids.iter().map(place).collect();
        let ids = ids.ok_or_else(|| Error::corrupt(table, "columns"))?;
        let cells = |row: &rusqlite::Row<'_>| (0..columns.len()).map(|at| row.get(at)).collect();
        let rows = statement.query_map(params, cells)?.collect::<rusqlite::Result<_>>()?;
        let places = vec!["?"; columns.len()].join(", ");
        let insert = format!("INSERT INTO {table} ({}) VALUES ({places})", columns.join(", "));
        Ok(Self { insert, rows, ids })
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Writes its rows once more, with `ids` in their columns.
    pub fn copy(&self, connection: &Connection, ids: &[i64]) -> Result<()> {
        let mut statement = connection.prepare_cached(&self.insert)?;
        for row in &self.rows {
            for (place, cell) in (1..).zip(row) {
                statement.raw_bind_parameter(place, cell)?;
            }
            for (column, id) in self.ids.iter().zip(ids) {
                statement.raw_bind_parameter(column + 1, id)?;
            }
            statement.raw_execute()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        let made = "CREATE TABLE rows (of INTEGER, seq INTEGER, note TEXT, PRIMARY KEY (of, seq)) STRICT;
                    INSERT INTO rows VALUES (1, 0, 'a'), (1, 1, NULL), (2, 0, 'other')";
        connection.execute_batch(made).unwrap();
        connection
    }

    #[test]
    fn a_copy_differs_in_its_id_alone() {
        let connection = table();
        let pattern = Pattern::read(&connection, "rows", &["of"], "of = ?1", [1]).unwrap();
        assert_eq!(pattern.len(), 2);
        pattern.copy(&connection, &[7]).unwrap();
        let sql = "SELECT seq, note FROM rows WHERE of = ?1 ORDER BY seq";
        let of = |id: i64| -> Vec<(i64, Option<String>)> {
            let mut statement = connection.prepare(sql).unwrap();
            let rows = statement.query_map([id], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
            rows.map(Result::unwrap).collect()
        };
        assert_eq!(of(7), of(1));
        assert_eq!(of(2).len(), 1, "other rows are no part of the pattern");
    }

    #[test]
    fn a_column_that_is_not_there_is_an_error() {
        assert!(Pattern::read(&table(), "rows", &["id"], "of = ?1", [1]).is_err());
    }
}
