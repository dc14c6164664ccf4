//! Brings a service's schema up to date, one process at a time.

use std::collections::BTreeMap;

use super::{Conn, Db};
use crate::{Error, Keeps, Migrations, Result};

const ENGINE: &str = include_str!("../../migrations/postgres/engine_001.sql");
const QUEUE: &str = include_str!("../../migrations/postgres/queue_001.sql");
const KEYS: &str = include_str!("../../migrations/postgres/keys_001.sql");

/// The scripts for what a service keeps, for its tables.
fn kept(keeps: Keeps, service: &str) -> Vec<String> {
    let queue = |name: &str, dead: &str| QUEUE.replace("{queue}", name).replace("{dead}", dead);
    match keeps {
        Keeps::Outbox => vec![queue(&format!("{service}_outbox"), &format!("{service}_dead"))],
        Keeps::Inbox => vec![queue(&format!("{service}_inbox"), &format!("{service}_inbox_dead"))],
        Keeps::Keys => vec![KEYS.replace("{service}", service)],
    }
}

impl Db {
    /// Runs the steps that have not run yet, each in a transaction with its version. Replicas that start at once
    /// wait for each other; replicas of an earlier version go on working, since steps only ever add.
    pub async fn migrate(&self, migrations: &Migrations) -> Result<()> {
        let conn = self.conn().await?;
        let schema = self.schema();
        // Held until this connection's transaction ends; every step is inside it.
        conn.batch_execute("BEGIN; SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0").await?;
        let outcome = migrate(&conn, schema, migrations).await;
        let end = if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" };
        conn.batch_execute(end).await?;
        outcome
    }
}

async fn migrate(conn: &Conn, schema: &str, migrations: &Migrations) -> Result<()> {
    let lock = "SELECT pg_advisory_xact_lock(hashtext('sandglass ' || $1))";
    conn.query(lock, &[&schema]).await?;
    if conn.query("SELECT 1 FROM pg_namespace WHERE nspname = $1", &[&schema]).await?.is_empty() {
        conn.batch_execute(&format!(r#"CREATE SCHEMA "{schema}""#)).await?;
    }
    conn.batch_execute(ENGINE).await?;
    let service = migrations.service;
    for keeps in migrations.keeps {
        advance(conn, service, &format!("{service}.{}", keeps.name()), &kept(*keeps, service)).await?;
    }
    let steps: Vec<String> = migrations.steps.iter().map(ToString::to_string).collect();
    advance(conn, service, service, &steps).await
}

/// The versions that this leads to, by the names it keeps them under.
pub(crate) fn known_versions(migrations: &Migrations) -> BTreeMap<String, usize> {
    let service = migrations.service;
    let part = |keeps: &Keeps| (format!("{service}.{}", keeps.name()), kept(*keeps, service).len());
    migrations.keeps.iter().map(part).chain([(service.to_owned(), migrations.steps.len())]).collect()
}

async fn advance(conn: &Conn, service: &'static str, part: &str, steps: &[String]) -> Result<()> {
    let (found, known) = (version(conn, part).await?, steps.len());
    if found > known {
        return Err(Error::NewerData { service, found, known });
    }
    for (index, step) in steps.iter().enumerate().skip(found) {
        conn.batch_execute(step).await?;
        let sql = "INSERT INTO engine_schema (service, version) VALUES ($1, $2)
                   ON CONFLICT (service) DO UPDATE SET version = excluded.version";
        conn.execute(sql, &[&part, &i32::try_from(index + 1).unwrap_or(i32::MAX)]).await?;
    }
    Ok(())
}

async fn version(conn: &Conn, part: &str) -> Result<usize> {
    let row = conn.query_opt("SELECT version FROM engine_schema WHERE service = $1", &[&part]).await?;
    let version: i32 = row.map_or(Ok(0), |row| row.try_get(0))?;
    Ok(usize::try_from(version).unwrap_or(0))
}
