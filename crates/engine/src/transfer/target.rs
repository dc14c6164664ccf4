//! Writes into an empty schema of PostgreSQL.

use super::{Service, Table, Value, value};
use crate::postgres::{Conn, Db, ToSql, known_versions};
use crate::{Error, Result};

/// An open transaction that has a service's empty tables to itself. Nothing stays unless it is committed.
pub struct Target {
    conn: Conn,
    service: &'static Service,
}

impl Target {
    /// Begins. Refuses a schema that is not at this program's version, or in which there is anything already.
    pub async fn begin(db: &Db, service: &'static Service) -> Result<Self> {
        let conn = db.conn().await?;
        // It waits for the other services' rows, and to count all rows takes as long as it takes.
        conn.batch_execute(
            "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0",
        )
        .await?;
        let target = Self { conn, service };
        match target.check(db.schema()).await {
            Ok(()) => Ok(target),
            Err(error) => {
                target.roll_back().await?;
                Err(error)
            }
        }
    }

    async fn check(&self, schema: &str) -> Result<()> {
        self.check_versions(schema).await?;
        for table in self.tables().await? {
            self.conn.batch_execute(&format!("LOCK TABLE \"{table}\" IN EXCLUSIVE MODE")).await?;
            if !self.conn.query(&format!("SELECT 1 FROM \"{table}\" LIMIT 1"), &[]).await?.is_empty() {
                return Err(Error::Unavailable(format!(
                    "the table {schema}.{table} has rows already; a shop is moved into an empty database only"
                )));
            }
        }
        Ok(())
    }

    async fn check_versions(&self, schema: &str) -> Result<()> {
        let there = "SELECT to_regclass('engine_schema') IS NOT NULL";
        let mut found = super::Versions::new();
        if self.conn.query_opt(there, &[]).await?.is_some_and(|row| row.get(0)) {
            for row in self.conn.query("SELECT service, version FROM engine_schema", &[]).await? {
                let version: i32 = row.try_get(1)?;
                found.insert(row.try_get(0)?, usize::try_from(version).unwrap_or(0));
            }
        }
        if found == known_versions(&self.service.postgres) {
            return Ok(());
        }
        Err(Error::Unavailable(format!(
            "the tables in the schema {schema} are not of this program's version; run `sandglass migrate` first"
        )))
    }

    /// Writes some rows of one table.
    pub async fn put(&self, table: &Table, rows: &[Vec<Value>]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut columns = Vec::with_capacity(table.columns.len());
        for (index, (name, kind)) in table.columns.iter().enumerate() {
            let column = value::column(*kind, rows, index).ok_or_else(|| {
                let table = self.service.name_of(table);
                Error::Unavailable(format!("a row of {table} has no sense in its column {name}"))
            })?;
            columns.extend(column);
        }
        let columns: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|column| &**column as _).collect();
        self.conn.execute(&insert(&self.service.name_of(table), table), &columns).await.map(drop)
    }

    /// Makes what follows from the rows, once all are there; also what the server plans by, for until it comes to
    /// that by itself it takes the tables for empty.
    pub async fn finish(&self) -> Result<()> {
        if let Some(derive) = self.service.derive {
            derive.derive(&self.conn).await?;
        }
        for table in self.service.tables().iter().filter(|table| table.numbered) {
            let name = self.service.name_of(table);
            let sql = format!("SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}");
            self.conn.query(&sql, &[]).await?;
        }
        for table in self.tables().await? {
            self.conn.batch_execute(&format!("ANALYZE \"{table}\"")).await?;
        }
        Ok(())
    }

    /// Everything that the service keeps, in the order of names.
    async fn tables(&self) -> Result<Vec<String>> {
        let sql = "SELECT relname::text FROM pg_class
                   WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND relkind = 'r'
                     AND relname NOT LIKE 'engine\\_%'
                   ORDER BY relname";
        self.conn.query(sql, &[]).await?.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// How many rows a table has now.
    pub async fn count(&self, table: &Table) -> Result<u64> {
        let sql = format!("SELECT count(*) FROM {}", self.service.name_of(table));
        let count: i64 = self.conn.query_opt(&sql, &[]).await?.map_or(Ok(0), |row| row.try_get(0))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Makes it all stay.
    pub async fn commit(self) -> Result<()> {
        self.conn.batch_execute("COMMIT").await
    }

    /// Leaves nothing.
    pub async fn roll_back(self) -> Result<()> {
        self.conn.batch_execute("ROLLBACK").await
    }
}

/// Inserts columns given as one array each.
fn insert(name: &str, table: &Table) -> String {
    let columns = table.column_list();
    let arrays = table.columns.iter().enumerate();
    let arrays: Vec<_> =
        arrays.map(|(index, (_, kind))| format!("${}::{}", index + 1, value::array_of(*kind))).collect();
    let (mut into, mut from) = (vec![columns.as_str()], vec![columns.as_str()]);
    for (column, expression) in table.fill {
        into.push(column);
        from.push(expression);
    }
    let overriding = if table.numbered { "OVERRIDING SYSTEM VALUE" } else { "" };
    format!(
        "INSERT INTO {name} ({}) {overriding} SELECT {} FROM unnest({}) AS r ({columns})",
        into.join(", "),
        from.join(", "),
        arrays.join(", ")
    )
}
