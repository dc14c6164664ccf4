//! Brings a service's tables up to date, step by step.

use rusqlite::{Connection, OptionalExtension};

use crate::{Error, Result};

/// A service's migrations: SQL scripts, oldest first. A step that was released is never edited.
#[derive(Clone, Copy, Debug)]
pub struct Migrations {
    /// The service whose tables these are; every table's name starts with it.
    pub service: &'static str,
    /// The scripts. The schema's version is the number of scripts that have run.
    pub steps: &'static [&'static str],
}

const META: &str = "
CREATE TABLE IF NOT EXISTS engine_schema (service TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS engine_meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
";

/// Runs the steps that have not run yet, each in a transaction with its version.
pub(super) fn run(connection: &mut Connection, service: &Migrations) -> Result<()> {
    connection.execute_batch(META)?;
    let found = version(connection, service.service)?;
    let known = service.steps.len();
    if found > known {
        return Err(Error::NewerData { service: service.service, found, known });
    }
    for (index, step) in service.steps.iter().enumerate().skip(found) {
        let tx = connection.transaction()?;
        tx.execute_batch(step)?;
        tx.execute(
            "INSERT INTO engine_schema (service, version) VALUES (?1, ?2)
             ON CONFLICT (service) DO UPDATE SET version = excluded.version",
            (service.service, index + 1),
        )?;
        tx.commit()?;
    }
    Ok(())
}

fn version(connection: &Connection, service: &str) -> Result<usize> {
    let sql = "SELECT version FROM engine_schema WHERE service = ?1";
    Ok(connection.query_row(sql, [service], |row| row.get(0)).optional()?.unwrap_or(0))
}
