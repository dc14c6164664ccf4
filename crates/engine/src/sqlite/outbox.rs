//! A service's outbox and dead letters as tables of its own.
//!
//! The engine makes the tables of whoever names [`super::Keeps::Outbox`] in its migrations.

use std::sync::Arc;

use async_trait::async_trait;
use clock::Ms;
use delay::{
    Backlog, DeadLetter, DeadLetters, Fate, Inbox, Key, Message, Outbox, Topic, Unavailable, Waiting,
};
use mutants::Mutant;
use rusqlite::{Connection, Row};

use super::{Db, Tx};
use crate::{Error, Result};

/// How many offers an inbox keeps between two looks of its pump.
const INBOX: usize = 16_384;

/// The outbox of one service.
#[derive(Clone)]
pub struct SqliteOutbox {
    db: Db,
    inbox: Inbox,
    topics: &'static [Topic],
    sql: Arc<Sql>,
}

struct Sql {
    insert: String,
    page: String,
    delete: String,
    bury: String,
    dead_page: String,
    dead_delete: String,
    dead_count: String,
    ready: String,
    first: String,
    wipe: String,
}

impl Sql {
    fn of(service: &str) -> Self {
        let columns = "due, topic, subject, attempts, rejects, created, body, trace";
        Self {
            insert: format!(
                "INSERT INTO {service}_outbox ({columns}, error) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)
                 ON CONFLICT (due, topic, subject) DO NOTHING"
            ),
            page: format!(
                "SELECT {columns} FROM {service}_outbox
                 WHERE (due, topic, subject) > (?1, ?2, ?3) AND due <= ?4
                 ORDER BY due, topic, subject LIMIT ?5"
            ),
            delete: format!("DELETE FROM {service}_outbox WHERE due = ?1 AND topic = ?2 AND subject = ?3"),
            bury: format!(
                "INSERT INTO {service}_dead ({columns}, died, error) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)"
            ),
            dead_page: format!(
                "SELECT {columns}, id, died, error FROM {service}_dead WHERE id > ?1 ORDER BY id LIMIT ?2"
            ),
            dead_count: format!("SELECT count(*) FROM {service}_dead"),
            ready: format!("SELECT count(*) FROM (SELECT 1 FROM {service}_outbox WHERE due <= ?1 LIMIT ?2)"),
            dead_delete: format!("DELETE FROM {service}_dead WHERE id = ?1"),
            first: format!(
                "SELECT {columns}, error FROM {service}_outbox ORDER BY due, topic, subject LIMIT ?1"
            ),
            wipe: format!("DELETE FROM {service}_outbox"),
        }
    }
}

impl SqliteOutbox {
    /// The outbox of `service`, which sends only `topics`.
    pub fn new(db: Db, service: &str, topics: &'static [Topic]) -> Self {
        Self { db, inbox: Inbox::new(INBOX), topics, sql: Arc::new(Sql::of(service)) }
    }

    /// The end of the pump that new messages are offered to.
    pub fn inbox(&self) -> Inbox {
        self.inbox.clone()
    }

    /// Writes `message` with the open transaction; its pump hears of it after the commit. The same subject,
    /// topic and time once more is the same message and changes nothing.
    pub fn send(&self, tx: &mut Tx<'_>, message: Message) -> Result<()> {
        if mutants::on(Mutant::PublishBeforeCommit) {
            self.inbox.offer(message.clone());
        }
        if self.insert(tx, &message, "")? {
            tx.stage(self.inbox.clone(), message);
        }
        Ok(())
    }

    /// Deletes a message that is no longer needed. One that its pump already holds may still be handled.
    pub fn cancel(&self, tx: &Tx<'_>, key: Key) -> Result<()> {
        self.delete(tx, key).map(drop)
    }

    /// Dead letters with a number above `after`, oldest first.
    fn dead_letters(&self, connection: &Connection, after: i64, limit: usize) -> Result<Vec<DeadLetter>> {
        let mut statement = connection.prepare_cached(&self.sql.dead_page)?;
        let rows = statement.query_map((after, limit), |row| {
            Ok(DeadLetter {
                id: row.get(8)?,
                died: Ms(row.get(9)?),
                message: self.message(row)?,
                error: row.get(10)?,
            })
        })?;
        rows.map(|row| row.map_err(Error::from)).collect()
    }

    /// How many dead letters there are.
    fn count_dead(&self, connection: &Connection) -> Result<i64> {
        Ok(connection.prepare_cached(&self.sql.dead_count)?.query_row([], |row| row.get(0))?)
    }

    /// Sends a dead letter once more, due at `now`, with fresh tries. `false` if there is none of this number.
    fn send_again(&self, tx: &mut Tx<'_>, id: i64, now: Ms) -> Result<bool> {
        let Some(dead) = self.dead_letters(tx, id - 1, 1)?.into_iter().find(|dead| dead.id == id) else {
            return Ok(false);
        };
        self.send(tx, Message { due: now, ready: now, attempts: 0, rejects: 0, ..dead.message })?;
        self.drop_dead(tx, id)
    }

    /// Drops a dead letter for good. `false` if there is none of this number.
    fn drop_dead(&self, tx: &Tx<'_>, id: i64) -> Result<bool> {
        Ok(tx.prepare_cached(&self.sql.dead_delete)?.execute([id])? == 1)
    }

    fn insert(&self, tx: &Tx<'_>, m: &Message, error: &str) -> Result<bool> {
        let subject = m.subject.cast_signed();
        let row =
            (m.due.0, m.topic.code, subject, m.attempts, m.rejects, m.created.0, &m.body, &m.trace, error);
        Ok(tx.prepare_cached(&self.sql.insert)?.execute(row)? == 1)
    }

    fn delete(&self, tx: &Tx<'_>, key: Key) -> Result<bool> {
        let row = (key.due.0, key.topic, key.subject.cast_signed());
        Ok(tx.prepare_cached(&self.sql.delete)?.execute(row)? == 1)
    }

    fn message(&self, row: &Row<'_>) -> rusqlite::Result<Message> {
        let code: u16 = row.get(1)?;
        let unknown = Topic { code, name: "unknown" };
        let due = Ms(row.get(0)?);
        Ok(Message {
            due,
            ready: due,
            topic: self.topics.iter().copied().find(|topic| topic.code == code).unwrap_or(unknown),
            subject: row.get::<_, i64>(2)?.cast_unsigned(),
            attempts: row.get(3)?,
            rejects: row.get(4)?,
            created: Ms(row.get(5)?),
            body: row.get(6)?,
            trace: row.get(7)?,
        })
    }

    /// Commits the fate of one message. Only a message that is still there comes back or is buried.
    fn settle_one(&self, tx: &mut Tx<'_>, message: &Message, fate: &Fate) -> Result<()> {
        let there = self.delete(tx, message.key())?;
        match fate {
            Fate::Again { at, rejected, error } if there => {
                let again = Message {
                    due: *at,
                    ready: *at,
                    attempts: message.attempts.saturating_add(1),
                    rejects: message.rejects + u32::from(*rejected),
                    ..message.clone()
                };
                if self.insert(tx, &again, error)? {
                    tx.stage(self.inbox.clone(), again);
                }
                Ok(())
            }
            Fate::Dead { at, error } if there => self.bury(tx, message, *at, error),
            _ => Ok(()),
        }
    }

    fn bury(&self, tx: &Tx<'_>, m: &Message, at: Ms, error: &str) -> Result<()> {
        tracing::error!(topic = m.topic.name, subject = m.subject, error, "a message became a dead letter");
        let subject = m.subject.cast_signed();
        let row = (
            m.due.0,
            m.topic.code,
            subject,
            m.attempts,
            m.rejects,
            m.created.0,
            &m.body,
            &m.trace,
            at.0,
            error,
        );
        tx.prepare_cached(&self.sql.bury)?.execute(row)?;
        Ok(())
    }
}

#[async_trait]
impl Outbox for SqliteOutbox {
    async fn page(
        &self,
        after: Option<Key>,
        until: Ms,
        limit: usize,
    ) -> std::result::Result<Vec<Message>, Unavailable> {
        let from = after.unwrap_or(Key { due: Ms(i64::MIN), topic: 0, subject: 0 });
        let look = |connection: &Connection| {
            let mut statement = connection.prepare_cached(&self.sql.page)?;
            let key = (from.due.0, from.topic, from.subject.cast_signed(), until.0, limit);
            let rows = statement.query_map(key, |row| self.message(row))?;
            rows.map(|row| row.map_err(Error::from)).collect()
        };
        self.db.read(look).map_err(unavailable)
    }

    async fn settle(&self, fates: Vec<(Message, Fate)>) -> std::result::Result<(), Unavailable> {
        let outbox = self.clone();
        let work = move |tx: &mut Tx<'_>| {
            fates.iter().try_for_each(|(message, fate)| outbox.settle_one(tx, message, fate))
        };
        self.db.write(work).await.map_err(unavailable)
    }
}

#[async_trait]
impl DeadLetters for SqliteOutbox {
    async fn list(&self, after: i64, limit: usize) -> std::result::Result<Vec<DeadLetter>, Unavailable> {
        self.db.read(|connection| self.dead_letters(connection, after, limit)).map_err(unavailable)
    }

    async fn count(&self) -> std::result::Result<i64, Unavailable> {
        self.db.read(|connection| self.count_dead(connection)).map_err(unavailable)
    }

    async fn replay(&self, id: i64, now: Ms) -> std::result::Result<bool, Unavailable> {
        let outbox = self.clone();
        self.db.write(move |tx| outbox.send_again(tx, id, now)).await.map_err(unavailable)
    }

    async fn discard(&self, id: i64) -> std::result::Result<bool, Unavailable> {
        let outbox = self.clone();
        self.db.write(move |tx| outbox.drop_dead(tx, id)).await.map_err(unavailable)
    }
}

#[async_trait]
impl Backlog for SqliteOutbox {
    async fn ready(&self, now: Ms, limit: usize) -> std::result::Result<i64, Unavailable> {
        let look = |connection: &Connection| {
            let mut statement = connection.prepare_cached(&self.sql.ready)?;
            Ok(statement.query_row((now.0, limit), |row| row.get(0))?)
        };
        self.db.read(look).map_err(unavailable)
    }

    async fn first(&self, limit: usize) -> std::result::Result<Vec<Waiting>, Unavailable> {
        let look = |connection: &Connection| {
            let mut statement = connection.prepare_cached(&self.sql.first)?;
            let rows = statement
                .query_map([limit], |row| Ok(Waiting { message: self.message(row)?, error: row.get(8)? }))?;
            rows.map(|row| row.map_err(Error::from)).collect()
        };
        self.db.read(look).map_err(unavailable)
    }

    async fn wipe(&self) -> std::result::Result<u64, Unavailable> {
        let sql = self.sql.clone();
        let gone = self.db.write(move |tx| Ok(tx.execute(&sql.wipe, [])?)).await.map_err(unavailable)?;
        self.inbox.reload();
        Ok(gone as u64)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn unavailable(error: Error) -> Unavailable {
    Unavailable(error.to_string())
}
