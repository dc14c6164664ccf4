//! What becomes of messages that were handled.

use std::collections::BTreeSet;

use async_trait::async_trait;
use clock::Ms;
use delay::{Fate, Key, Message};
use tokio_postgres::Row;

use super::{PgOutbox, sql};
use crate::postgres::{Batch, Tx};
use crate::{Result, params};

/// Commits the fates of some messages. Only a message that is still there comes back or is buried.
pub(super) struct Settle {
    pub(super) outbox: PgOutbox,
}

#[async_trait]
impl Batch for Settle {
    type Request = (Message, Fate);
    type Answer = ();

    async fn run(&self, tx: &mut Tx<'_>, fates: &[Self::Request]) -> Result<Vec<()>> {
        let (dues, topics, subjects) = sql::columns(fates.iter().map(|(message, _)| message.key()));
        let gone = tx.query(&self.outbox.sql.delete_answering, &[&dues, &topics, &subjects]).await?;
        let gone: BTreeSet<Key> = gone.iter().map(key).collect::<Result<_>>()?;
        let (mut again, mut dead) = (Vec::new(), Vec::new());
        for (message, fate) in fates.iter().filter(|(message, _)| gone.contains(&message.key())) {
            match fate {
                Fate::Done => {}
                Fate::Again { at, rejected, error } => {
                    again.push((self.outbox.once_more(message, *at, *rejected), error.clone()));
                }
                Fate::Dead { at, error } => dead.push((message, *at, error.as_str())),
            }
        }
        let now = self.outbox.clock.now();
        self.outbox.insert(tx, again, now);
        self.outbox.bury(tx, &dead);
        Ok(vec![(); fates.len()])
    }
}

/// Sends dead letters once more; whether each was there.
pub(super) struct Replay {
    pub(super) outbox: PgOutbox,
    pub(super) now: Ms,
}

#[async_trait]
impl Batch for Replay {
    type Request = i64;
    type Answer = bool;

    async fn run(&self, tx: &mut Tx<'_>, ids: &[i64]) -> Result<Vec<bool>> {
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            let row = tx.query_opt(&self.outbox.sql.dead_take, &[id]).await?;
            found.push(row.is_some());
            let Some(row) = row else { continue };
            let dead = self.outbox.dead_letter(&row)?.message;
            let fresh = Message { due: self.now, ready: self.now, attempts: 0, rejects: 0, ..dead };
            self.outbox.send_all(tx, vec![fresh]);
            tx.write(&self.outbox.sql.dead_delete, params![*id]);
        }
        Ok(found)
    }
}

impl PgOutbox {
    /// The message as it comes back. One that waits for the broker keeps the time at which it is due.
    fn once_more(&self, message: &Message, at: Ms, rejected: bool) -> Message {
        let relayed = self.relayed.contains(&message.topic.code);
        Message {
            due: if relayed { message.due } else { at },
            ready: at,
            attempts: message.attempts.saturating_add(1),
            rejects: message.rejects + u32::from(rejected),
            ..message.clone()
        }
    }

    fn bury(&self, tx: &mut Tx<'_>, dead: &[(&Message, Ms, &str)]) {
        for (message, at, error) in dead {
            tracing::error!(
                topic = message.topic.name,
                subject = message.subject,
                error,
                "a message became a dead letter"
            );
            let (due, topic, subject) = sql::columns(std::iter::once(message.key()));
            tx.write(
                &self.sql.bury,
                params![
                    due,
                    topic,
                    subject,
                    vec![i64::from(message.attempts)],
                    vec![i64::from(message.rejects)],
                    vec![message.created.0],
                    vec![message.body.clone()],
                    vec![message.trace.clone()],
                    vec![at.0],
                    vec![(*error).to_owned()],
                ],
            );
        }
    }
}

fn key(row: &Row) -> Result<Key> {
    Ok(Key {
        due: Ms(row.try_get(0)?),
        topic: u16::try_from(row.try_get::<_, i32>(1)?).unwrap_or(0),
        subject: row.try_get::<_, i64>(2)?.cast_unsigned(),
    })
}
