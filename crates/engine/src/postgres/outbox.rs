//! Messages in tables that several processes share.
//!
//! A pump **claims** what it takes (`FOR UPDATE SKIP LOCKED`) for [`CLAIM_MS`]: no other pump sees it meanwhile,
//! and if its process dies, another one takes over when the claim ends. A message that is to be handed over soon
//! is born claimed by the process that writes it, so in good weather it costs an insert and a delete and nobody
//! searches for it.

mod deposit;
mod settle;
mod sql;

use std::sync::Arc;

use async_trait::async_trait;
use clock::{Clock, Ms};
use delay::{
    Backlog, DeadLetter, DeadLetters, Fate, Inbox, Key, Message, Outbox, Topic, Unavailable, Waiting,
};
use tokio_postgres::Row;

pub use self::deposit::Deposit;
use self::settle::Settle;
use self::sql::{Columns, Sql};
use super::{Db, Tx, Worker};
use crate::{Error, Result, params};

/// How long a claim lasts, in milliseconds: longer than a batch of handlers takes, short enough that what a dead
/// process had claimed is not late by much.
const CLAIM_MS: i64 = 15_000;
/// How many offers an inbox keeps between two looks of its pump.
const INBOX: usize = 16_384;

/// A service's outbox (`<service>_outbox`), or the inbox others deposit into (`<service>_inbox`). Clones share it.
#[derive(Clone)]
pub struct PgOutbox {
    db: Db,
    clock: Arc<dyn Clock>,
    inbox: Inbox,
    me: i32,
    topics: &'static [Topic],
    relayed: Arc<[u16]>,
    sql: Arc<Sql>,
    channel: Arc<str>,
}

impl PgOutbox {
    /// The outbox of `service`, which sends only `topics`. Those of the `relayed` topics are handed over at once:
    /// the bus keeps their delays. `worker` is this process's number; its claims go by it.
    pub fn new(
        db: Db,
        clock: Arc<dyn Clock>,
        worker: Worker,
        service: &str,
        topics: &'static [Topic],
        relayed: &[u16],
    ) -> Self {
        let sql = Sql::of(&format!("{service}_outbox"), &format!("{service}_dead"));
        Self::over(db, clock, worker, sql, format!("{service}_outbox"), topics, relayed)
    }

    /// The inbox of `service`, into which others [`Deposit`] messages of `topics`.
    pub fn inbox_of(
        db: Db,
        clock: Arc<dyn Clock>,
        worker: Worker,
        service: &str,
        topics: &'static [Topic],
    ) -> Self {
        let sql = Sql::of(&format!("{service}_inbox"), &format!("{service}_inbox_dead"));
        Self::over(db, clock, worker, sql, format!("{service}_inbox"), topics, &[])
    }

    fn over(
        db: Db,
        clock: Arc<dyn Clock>,
        worker: Worker,
        sql: Sql,
        channel: String,
        topics: &'static [Topic],
        relayed: &[u16],
    ) -> Self {
        Self {
            db,
            clock,
            inbox: Inbox::new(INBOX),
            me: i32::from(worker.number),
            topics,
            relayed: relayed.into(),
            sql: Arc::new(sql),
            channel: channel.into(),
        }
    }

    /// The end of the pump that new messages are offered to.
    pub fn inbox(&self) -> Inbox {
        self.inbox.clone()
    }

    /// The notification channel on which a [`Deposit`] says that there is something new.
    pub fn channel(&self) -> &str {
        &self.channel
    }

    /// Writes `messages` with the transaction; the pump hears of them after the commit. The same subject, topic
    /// and time once more is the same message and changes nothing.
    pub fn send_all(&self, tx: &mut Tx<'_>, messages: Vec<Message>) {
        let now = self.clock.now();
        let ready = messages.into_iter().map(|message| self.with_readiness(message, now));
        self.insert(tx, ready.map(|message| (message, String::new())).collect(), now);
    }

    fn insert(&self, tx: &mut Tx<'_>, messages: Vec<(Message, String)>, now: Ms) {
        if messages.is_empty() {
            return;
        }
        let mut columns = Columns::default();
        for (message, error) in &messages {
            let claimed_until = if self.inbox.wants(message) { (now + CLAIM_MS).0 } else { 0 };
            columns.push(message, error, claimed_until);
        }
        tx.write(&self.sql.insert, columns.params(self.me));
        for (message, _) in messages {
            tx.stage(self.inbox.clone(), message);
        }
    }

    /// Deletes messages that are no longer needed. One that a pump already holds may still be handled.
    pub fn cancel_all(&self, tx: &mut Tx<'_>, keys: &[Key]) {
        if !keys.is_empty() {
            let (dues, topics, subjects) = sql::columns(keys.iter().copied());
            tx.write(&self.sql.delete, params![dues, topics, subjects]);
        }
    }

    fn with_readiness(&self, message: Message, now: Ms) -> Message {
        let ready = if self.relayed.contains(&message.topic.code) { now } else { message.due };
        Message { ready, ..message }
    }

    fn message(&self, row: &Row) -> Result<Message> {
        let code = u16::try_from(row.try_get::<_, i32>(1)?).unwrap_or(0);
        let unknown = Topic { code, name: "unknown" };
        Ok(Message {
            due: Ms(row.try_get(0)?),
            topic: self.topics.iter().copied().find(|topic| topic.code == code).unwrap_or(unknown),
            subject: row.try_get::<_, i64>(2)?.cast_unsigned(),
            ready: Ms(row.try_get(3)?),
            attempts: count(row.try_get(4)?),
            rejects: count(row.try_get(5)?),
            created: Ms(row.try_get(6)?),
            body: row.try_get(7)?,
            trace: row.try_get(8)?,
        })
    }

    /// Claims what is ready by `until` and free; with `mine`, also gives out again what is claimed already.
    async fn claim(&self, mine: bool, until: Ms, limit: usize) -> Result<Vec<Message>> {
        let (now, limit) = (self.clock.now(), i64::try_from(limit).unwrap_or(i64::MAX));
        let conn = self.db.conn().await?;
        let rows = conn
            .query(&self.sql.claim, &[&until.0, &now.0, &self.me, &(now + CLAIM_MS).0, &limit, &mine])
            .await?;
        let mut messages = rows.iter().map(|row| self.message(row)).collect::<Result<Vec<_>>>()?;
        messages.sort_by_key(|message| (message.ready, message.key()));
        Ok(messages)
    }
}

#[async_trait]
impl Outbox for PgOutbox {
    async fn page(&self, after: Option<Key>, until: Ms, limit: usize) -> Result<Vec<Message>, Unavailable> {
        self.claim(after.is_none(), until, limit).await.map_err(unavailable)
    }

    async fn settle(&self, fates: Vec<(Message, Fate)>) -> Result<(), Unavailable> {
        let only_done = fates.iter().all(|(_, fate)| *fate == Fate::Done);
        if only_done {
            let (dues, topics, subjects) = sql::columns(fates.iter().map(|(message, _)| message.key()));
            let conn = self.db.conn().await.map_err(unavailable)?;
            let gone = conn.execute(&self.sql.delete, &[&dues, &topics, &subjects]).await;
            return gone.map(drop).map_err(unavailable);
        }
        let settled = self.db.run(&Settle { outbox: self.clone() }, &fates).await;
        settled.map(drop).map_err(unavailable)
    }
}

#[async_trait]
impl DeadLetters for PgOutbox {
    async fn list(&self, after: i64, limit: usize) -> Result<Vec<DeadLetter>, Unavailable> {
        self.dead_letters(after, limit).await.map_err(unavailable)
    }

    async fn count(&self) -> Result<i64, Unavailable> {
        let counted = async {
            let row = self.db.conn().await?.query_opt(&self.sql.dead_count, &[]).await?;
            Ok(row.map_or(Ok(0), |row| row.try_get(0))?)
        };
        counted.await.map_err(unavailable)
    }

    async fn replay(&self, id: i64, now: Ms) -> Result<bool, Unavailable> {
        let replay = settle::Replay { outbox: self.clone(), now };
        let done = self.db.run(&replay, &[id]).await.map_err(unavailable)?;
        Ok(done == [true])
    }

    async fn discard(&self, id: i64) -> Result<bool, Unavailable> {
        let dropped = async { self.db.conn().await?.execute(&self.sql.dead_delete, &[&id]).await };
        Ok(dropped.await.map_err(unavailable)? == 1)
    }
}

#[async_trait]
impl Backlog for PgOutbox {
    async fn ready(&self, now: Ms, limit: usize) -> Result<i64, Unavailable> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let counted = async {
            let row = self.db.conn().await?.query_opt(&self.sql.ready, &[&now.0, &limit]).await?;
            Ok(row.map_or(Ok(0), |row| row.try_get(0))?)
        };
        counted.await.map_err(unavailable)
    }

    async fn first(&self, limit: usize) -> Result<Vec<Waiting>, Unavailable> {
        self.waiting(limit).await.map_err(unavailable)
    }

    async fn wipe(&self) -> Result<u64, Unavailable> {
        let gone = async { self.db.conn().await?.execute(&self.sql.wipe, &[]).await };
        let gone = gone.await.map_err(unavailable)?;
        self.inbox.reload();
        Ok(gone)
    }
}

impl PgOutbox {
    async fn waiting(&self, limit: usize) -> Result<Vec<Waiting>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.db.conn().await?.query(&self.sql.first, &[&limit]).await?;
        rows.iter().map(|row| Ok(Waiting { message: self.message(row)?, error: row.try_get(9)? })).collect()
    }

    async fn dead_letters(&self, after: i64, limit: usize) -> Result<Vec<DeadLetter>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.db.conn().await?.query(&self.sql.dead_page, &[&after, &limit]).await?;
        rows.iter().map(|row| self.dead_letter(row)).collect()
    }

    fn dead_letter(&self, row: &Row) -> Result<DeadLetter> {
        Ok(DeadLetter {
            message: self.message(row)?,
            id: row.try_get(9)?,
            died: Ms(row.try_get(10)?),
            error: row.try_get(11)?,
        })
    }
}

fn count(stored: i64) -> u32 {
    u32::try_from(stored).unwrap_or(u32::MAX)
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn unavailable(error: Error) -> Unavailable {
    Unavailable(error.to_string())
}
