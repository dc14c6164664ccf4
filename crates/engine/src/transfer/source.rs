//! Reads the embedded engine's tables.

use rusqlite::Connection;

use super::{Service, Table, Value, Versions, value};
use crate::sqlite::{Db, Reader};
use crate::{Error, Result};

/// The tables as they stood when this was made.
pub struct Source {
    reader: Reader,
}

impl Source {
    /// A snapshot of `db`.
    pub fn of(db: &Db) -> Result<Self> {
        let reader = db.reader()?;
        reader.execute_batch("BEGIN")?;
        Ok(Self { reader })
    }

    fn connection(&self) -> &Connection {
        &self.reader
    }

    /// The versions found of a service's tables.
    pub fn versions(&self, service: &Service) -> Result<Versions> {
        let known = service.versions();
        let mut statement = self.connection().prepare("SELECT service, version FROM engine_schema")?;
        let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let found = found.collect::<Result<Versions, rusqlite::Error>>()?;
        Ok(found.into_iter().filter(|(name, _)| known.contains_key(name)).collect())
    }

    /// How many rows a table has.
    pub fn count(&self, service: &Service, table: &Table) -> Result<u64> {
        let sql = format!("SELECT count(*) FROM {}", service.name_of(table));
        Ok(self.connection().query_row(&sql, [], |row| row.get(0))?)
    }

    /// Hands each row of a table to `each`, in the order of their keys, until there are no more or `each` fails.
    pub fn rows<E: From<Error>>(
        &self,
        service: &Service,
        table: &Table,
        mut each: impl FnMut(Vec<Value>) -> Result<(), E>,
    ) -> Result<(), E> {
        let (columns, name) = (table.column_list(), service.name_of(table));
        let sql = format!("SELECT {columns} FROM {name} ORDER BY {}", table.key);
        let mut statement = self.connection().prepare(&sql).map_err(Error::from)?;
        let mut rows = statement.query([]).map_err(Error::from)?;
        while let Some(row) = rows.next().map_err(Error::from)? {
            let mut values = Vec::with_capacity(table.columns.len());
            for (index, (_, kind)) in table.columns.iter().enumerate() {
                let stored = row.get_ref(index).map_err(Error::from)?;
                let value = value::read(*kind, stored);
                values.push(value.ok_or_else(|| Error::corrupt(table.name, format!("{values:?} …")))?);
            }
            each(values)?;
        }
        Ok(())
    }
}
