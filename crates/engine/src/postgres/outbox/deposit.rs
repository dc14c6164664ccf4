//! The way into another service's inbox, where no broker carries messages, and how its pump hears of them.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use clock::Clock;
use delay::{Handler, Message, Verdict};
use futures_util::future::poll_fn;
use tokio_postgres::{AsyncMessage, NoTls};
use tokio_util::sync::CancellationToken;

use super::sql::{Columns, insert};
use super::{PgOutbox, unavailable};
use crate::Error;
use crate::postgres::Db;

/// How long to wait before listening again after the connection was lost.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);

/// Puts messages into the inbox of another service. Ours may write there, and no more.
pub struct Deposit {
    db: Db,
    sql: String,
    nobody: i32,
}

impl Deposit {
    /// Into the inbox of `service`, whose schema has the name `schema`, on connections of our own.
    pub fn new(db: Db, schema: &str, service: &str) -> Self {
        let put = insert(&format!(r#""{schema}".{service}_inbox"#));
        // One notification a batch: each takes a lock that only one commit of the whole server can have.
        let sql = format!("WITH put AS ({put} RETURNING 1) SELECT pg_notify('{service}_inbox', '') LIMIT 1");
        Self { db, sql, nobody: -1 }
    }
}

#[async_trait]
impl Handler for Deposit {
    async fn handle(&self, batch: &[Message]) -> Vec<Verdict> {
        let mut columns = Columns::default();
        for message in batch {
            // Tries are counted from here on by the one who handles it.
            let fresh = Message { attempts: 0, rejects: 0, ready: message.due, ..message.clone() };
            columns.push(&fresh, "", 0);
        }
        let params = columns.params(self.nobody);
        let refs: Vec<_> = params.iter().map(|param| &**param as _).collect();
        let put = async { self.db.conn().await?.execute(&self.sql, &refs).await };
        let verdict = match put.await {
            Ok(_) => Verdict::Done,
            Err(error) => Verdict::Away { error: unavailable(error).to_string() },
        };
        vec![verdict; batch.len()]
    }
}

impl Db {
    /// Lets `sender` put messages into the inbox of `service` in this schema, and do nothing else there. A sender
    /// that does not exist needs no leave: then one role owns everything.
    pub async fn open_inbox(&self, service: &str, sender: &str) -> Result<(), Error> {
        let conn = self.conn().await?;
        if conn.query("SELECT 1 FROM pg_roles WHERE rolname = $1", &[&sender]).await?.is_empty() {
            return Ok(());
        }
        let schema = self.schema();
        let grant = format!(
            r#"GRANT USAGE ON SCHEMA {schema} TO "{sender}";
               GRANT INSERT ON {schema}.{service}_inbox TO "{sender}""#
        );
        // Replicas that start at once would change the same rows of the catalogue.
        self.alone(&format!("inbox of {service}"), async { conn.batch_execute(&grant).await }).await?
    }
}

impl PgOutbox {
    /// Listens for notifications until `stop`, and has the pump look when one comes. Only a hint: what is missed
    /// while the connection is away is found by the pump's own looking.
    pub async fn listen(&self, clock: Arc<dyn Clock>, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let heard = tokio::select! {
                () = stop.cancelled() => return,
                heard = self.listen_once() => heard,
            };
            if let Err(error) = heard {
                tracing::debug!(%error, channel = &*self.channel, "not listening for messages at the moment");
            }
            let wait_ms = i64::try_from(LISTEN_AGAIN.as_millis()).unwrap_or(i64::MAX);
            tokio::select! {
                () = stop.cancelled() => return,
                () = clock.sleep_until(clock.now() + wait_ms) => {}
            }
        }
    }

    async fn listen_once(&self) -> Result<(), Error> {
        let (client, mut connection) = self.db.config().connect(NoTls).await?;
        let inbox = self.inbox.clone();
        let hear = async move {
            while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
                if let AsyncMessage::Notification(_) = message? {
                    inbox.look();
                }
            }
            Ok(())
        };
        let listen = async {
            client.batch_execute(&format!("LISTEN {}", self.channel)).await?;
            self.inbox.look();
            std::future::pending().await
        };
        tokio::select! {
            ended = hear => ended,
            refused = listen => refused,
        }
    }
}
