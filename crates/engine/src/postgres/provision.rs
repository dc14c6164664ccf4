//! Roles and schemas, made once by whoever owns the database.

use tokio_postgres::types::ToSql;

use super::{Conn, Db, Options};
use crate::Result;

/// A role and the schema that is its own.
#[derive(Clone)]
pub struct Account {
    /// The schema, which is also the service's name.
    pub schema: String,
    /// The role; nobody else but the auditor may look into the schema.
    pub role: String,
    /// Its password; `None` leaves it as it is. A secret: the type has no `Debug`.
    pub password: Option<String>,
}

/// Makes each account's role and schema where they are missing, as the owner of the database at `url`, and a role
/// `auditor` that may read every table. Safe to repeat, and safe to run twice at once.
pub async fn provision(url: &str, accounts: &[Account], auditor: &Account) -> Result<()> {
    let db = Db::new(&Options { connections: 1, ..Options::new(url, "public") })?;
    let conn = db.conn().await?;
    conn.batch_execute("BEGIN").await?;
    let made = make_all(&conn, accounts, auditor).await;
    conn.batch_execute(if made.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
    made
}

async fn make_all(conn: &Conn, accounts: &[Account], auditor: &Account) -> Result<()> {
    conn.query("SELECT pg_advisory_xact_lock(hashtext('sandglass provision'))", &[]).await?;
    make_role(conn, auditor).await?;
    for account in accounts {
        make_role(conn, account).await?;
        let (schema, role, auditor) = (&account.schema, &account.role, &auditor.role);
        conn.batch_execute(&format!(
            r#"GRANT "{role}" TO CURRENT_USER;
               CREATE SCHEMA IF NOT EXISTS "{schema}" AUTHORIZATION "{role}";
               GRANT USAGE ON SCHEMA "{schema}" TO "{auditor}";
               GRANT SELECT ON ALL TABLES IN SCHEMA "{schema}" TO "{auditor}";
               ALTER DEFAULT PRIVILEGES FOR ROLE "{role}" IN SCHEMA "{schema}"
                   GRANT SELECT ON TABLES TO "{auditor}""#
        ))
        .await?;
    }
    Ok(())
}

/// The password travels as a parameter of a query, and is quoted by the server.
async fn make_role(conn: &Conn, account: &Account) -> Result<()> {
    let known = "SELECT 1 FROM pg_roles WHERE rolname = $1";
    if conn.query(known, &[&account.role]).await?.is_empty() {
        run_quoted(conn, "SELECT format('CREATE ROLE %I LOGIN', $1::text)", &[&account.role]).await?;
    }
    if let Some(password) = &account.password {
        let sql = "SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text)";
        run_quoted(conn, sql, &[&account.role, password]).await?;
    }
    Ok(())
}

/// Runs the statement that `sql` answers.
async fn run_quoted(conn: &Conn, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<()> {
    for row in conn.query(sql, params).await? {
        let statement: String = row.try_get(0)?;
        conn.batch_execute(&statement).await?;
    }
    Ok(())
}
