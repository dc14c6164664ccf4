//! The transaction a batch sees.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use deadpool_postgres::Object;
use delay::{Inbox, Message};
use futures_util::future::{join, join_all, join3};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::{Conn, Watch, failure};
use crate::{Error, Result};

/// The parameters of a statement, owned; see [`params!`](crate::params).
pub type Params = Vec<Box<dyn ToSql + Sync + Send>>;

/// A batch's view of the open transaction (read committed). Reads run at once; writes are kept and sent together
/// with the commit, so a read does not see them. Whatever is decided on must therefore be read once, locked
/// (`FOR UPDATE`, in the order of the key), changed in memory, and written once.
pub struct Tx<'c> {
    client: &'c Object,
    watch: Option<&'c Arc<dyn Watch>>,
    /// Whether `BEGIN` was sent. It travels with the first statement, so it costs no round trip of its own.
    begun: AtomicBool,
    writes: Vec<(String, Params)>,
    staged: Vec<(Inbox, Message)>,
}

impl<'c> Tx<'c> {
    pub(super) fn on(conn: &'c Conn) -> Self {
        let (client, watch) = (&conn.client, conn.watch.as_ref());
        Self { client, watch, begun: AtomicBool::new(false), writes: Vec::new(), staged: Vec::new() }
    }

    /// The rows a statement answers. Two reads awaited together travel together.
    pub async fn query(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>> {
        let statement = self.client.prepare_cached(sql).await?;
        // Both send when they are first polled, so the second leaves behind the first.
        let (begun, rows) = join(self.begin(), self.client.query(&statement, params)).await;
        begun?;
        Ok(rows?)
    }

    /// Opens the transaction, unless that was done.
    async fn begin(&self) -> Result<(), tokio_postgres::Error> {
        if self.begun.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        self.client.batch_execute("BEGIN").await
    }

    /// The one row it answers, if any.
    pub async fn query_opt(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Option<Row>> {
        Ok(self.query(sql, params).await?.into_iter().next())
    }

    /// A statement that is sent with the commit, after those written before it.
    pub fn write(&mut self, sql: impl Into<String>, params: Params) {
        self.writes.push((sql.into(), params));
    }

    /// Remembers to tell `inbox` of a message once the transaction is committed.
    pub(super) fn stage(&mut self, inbox: Inbox, message: Message) {
        self.staged.push((inbox, message));
    }

    /// Sends all writes and the commit in one round trip; then tells the pumps. `unit`: see [`Watch::before`].
    pub(super) async fn commit(self, unit: &str) -> Result<()> {
        let committed = match self.watch.filter(|_| !self.is_idle()) {
            None => self.write_and_commit().await,
            Some(watch) => {
                watch.before(unit).await;
                let committed = self.write_and_commit().await;
                let heard = watch.after(unit).await;
                committed.and(heard)
            }
        };
        for (inbox, message) in self.staged {
            match &committed {
                Ok(()) => inbox.offer(message),
                // It may be there all the same; the table knows.
                Err(Error::Unknown) => inbox.reload(),
                Err(_) => {}
            }
        }
        committed
    }

    /// Whether there is nothing to commit.
    fn is_idle(&self) -> bool {
        self.writes.is_empty() && !self.begun.load(Ordering::Relaxed)
    }

    async fn write_and_commit(&self) -> Result<()> {
        if self.is_idle() {
            return Ok(());
        }
        let mut statements = Vec::with_capacity(self.writes.len());
        for (sql, _) in &self.writes {
            statements.push(self.client.prepare_cached(sql).await?);
        }
        // Each future sends when it is first polled, so they leave in this order, the commit last.
        let writes = self.writes.iter().zip(&statements).map(|((_, params), statement)| async move {
            let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| &**p as _).collect();
            self.client.execute(statement, &params).await
        });
        let (begun, written, committed) =
            join3(self.begin(), join_all(writes), self.client.batch_execute("COMMIT")).await;
        begun.map_err(outcome_of)?;
        // A server that refused a statement does not commit what stands around it.
        for outcome in written {
            outcome.map_err(outcome_of)?;
        }
        committed.map_err(outcome_of)
    }

    /// Ends the transaction without a trace. A connection on which that fails is not used again.
    pub(super) async fn roll_back(self) {
        if !self.begun.into_inner() {
            return;
        }
        if let Err(error) = self.client.batch_execute("ROLLBACK").await {
            tracing::debug!(%error, "a transaction was not rolled back; its connection is gone");
        }
    }
}

/// What is known after a write or the commit failed.
fn outcome_of(error: tokio_postgres::Error) -> Error {
    if failure::is_certain(&error) { Error::Postgres(error) } else { Error::Unknown }
}
