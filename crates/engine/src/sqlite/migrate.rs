//! Brings a service's tables up to date, step by step.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension};

use crate::{Error, Keeps, Migrations, Result};

/// The scripts for what a service keeps, with `{service}` in place of its name. Embedded, every message is in
/// an outbox: there is no other process that could put one into an inbox.
fn kept(keeps: Keeps) -> &'static [&'static str] {
    match keeps {
        Keeps::Outbox => &[include_str!("../../migrations/sqlite/outbox_001.sql")],
        Keeps::Inbox => &[],
        Keeps::Keys => &[include_str!("../../migrations/sqlite/keys_001.sql")],
    }
}

const META: &str = "
CREATE TABLE IF NOT EXISTS engine_schema (service TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS engine_meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
";

/// Runs the steps that have not run yet, each in a transaction with its version.
pub(super) fn run(connection: &mut Connection, migrations: &Migrations) -> Result<()> {
    connection.execute_batch(META)?;
    let service = migrations.service;
    for keeps in migrations.keeps {
        let steps = kept(*keeps).iter().map(|step| step.replace("{service}", service));
        advance(connection, service, &format!("{service}.{}", keeps.name()), steps)?;
    }
    advance(connection, service, service, migrations.steps.iter().map(ToString::to_string))
}

/// The versions that [`run`] leads to, by the names it keeps them under.
pub(crate) fn known_versions(migrations: &Migrations) -> BTreeMap<String, usize> {
    let service = migrations.service;
    let parts = migrations.keeps.iter().filter(|keeps| !kept(**keeps).is_empty());
    let parts = parts.map(|keeps| (format!("{service}.{}", keeps.name()), kept(*keeps).len()));
    parts.chain([(service.to_owned(), migrations.steps.len())]).collect()
}

fn advance(
    connection: &mut Connection,
    service: &'static str,
    schema: &str,
    steps: impl ExactSizeIterator<Item = String>,
) -> Result<()> {
    let (found, known) = (version(connection, schema)?, steps.len());
    if found > known {
        return Err(Error::NewerData { service, found, known });
    }
    for (index, step) in steps.enumerate().skip(found) {
        let tx = connection.transaction()?;
        tx.execute_batch(&step)?;
        tx.execute(
            "INSERT INTO engine_schema (service, version) VALUES (?1, ?2)
             ON CONFLICT (service) DO UPDATE SET version = excluded.version",
            (schema, index + 1),
        )?;
        tx.commit()?;
    }
    Ok(())
}

fn version(connection: &Connection, schema: &str) -> Result<usize> {
    let sql = "SELECT version FROM engine_schema WHERE service = ?1";
    Ok(connection.query_row(sql, [schema], |row| row.get(0)).optional()?.unwrap_or(0))
}
