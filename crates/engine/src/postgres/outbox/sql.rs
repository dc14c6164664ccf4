//! The statements over one queue table and its dead letters.

use delay::{Key, Message};

use crate::params;
use crate::postgres::Params;

pub(super) struct Sql {
    pub(super) insert: String,
    pub(super) claim: String,
    pub(super) delete: String,
    pub(super) delete_answering: String,
    pub(super) bury: String,
    pub(super) dead_page: String,
    pub(super) dead_take: String,
    pub(super) dead_delete: String,
    pub(super) dead_count: String,
    pub(super) ready: String,
    pub(super) first: String,
    pub(super) wipe: String,
}

impl Sql {
    pub(super) fn of(queue: &str, dead: &str) -> Self {
        let message = "due, topic, subject, ready, attempts, rejects, created, body, trace";
        let buried = "due, topic, subject, due, attempts, rejects, created, body, trace, id, died, error";
        Self {
            insert: insert(queue),
            claim: format!(
                "UPDATE {queue} q SET claimed_by = $3, claimed_until = $4 FROM (
                     SELECT due, topic, subject FROM {queue}
                     WHERE ready <= $1 AND (claimed_until <= $2 OR ($6 AND claimed_by = $3))
                     ORDER BY ready LIMIT $5 FOR UPDATE SKIP LOCKED) free
                 WHERE (q.due, q.topic, q.subject) = (free.due, free.topic, free.subject)
                 RETURNING q.due, q.topic, q.subject, q.ready, q.attempts, q.rejects, q.created, q.body, q.trace"
            ),
            delete: delete(queue),
            delete_answering: format!("{} RETURNING q.due, q.topic, q.subject", delete(queue)),
            bury: format!(
                "INSERT INTO {dead} (due, topic, subject, attempts, rejects, created, body, trace, died, error)
                 SELECT * FROM unnest($1::bigint[], $2::int[], $3::bigint[], $4::bigint[], $5::bigint[],
                     $6::bigint[], $7::bytea[], $8::text[], $9::bigint[], $10::text[])"
            ),
            dead_page: format!("SELECT {buried} FROM {dead} WHERE id > $1 ORDER BY id LIMIT $2"),
            dead_take: format!("SELECT {buried} FROM {dead} WHERE id = $1 FOR UPDATE"),
            dead_delete: format!("DELETE FROM {dead} WHERE id = $1"),
            dead_count: format!("SELECT count(*) FROM {dead}"),
            ready: format!("SELECT count(*) FROM (SELECT 1 FROM {queue} WHERE ready <= $1 LIMIT $2) AS first"),
            first: format!("SELECT {message}, error FROM {queue} ORDER BY ready LIMIT $1"),
            wipe: format!("DELETE FROM {queue}"),
        }
        .checked(message)
    }

    /// The column lists above must stay in step with [`super::PgOutbox::message`].
    fn checked(self, message: &str) -> Self {
        debug_assert_eq!(self.claim.matches("q.").count(), message.split(", ").count() + 3);
        self
    }
}

/// Locks in the order of the key, so that two who delete some of the same rows do not wait for each other.
fn delete(queue: &str) -> String {
    format!(
        "WITH mine AS (
             SELECT due, topic, subject FROM {queue}
             WHERE (due, topic, subject) IN (SELECT * FROM unnest($1::bigint[], $2::int[], $3::bigint[]))
             ORDER BY due, topic, subject FOR UPDATE)
         DELETE FROM {queue} q USING mine
         WHERE (q.due, q.topic, q.subject) = (mine.due, mine.topic, mine.subject)"
    )
}

pub(super) fn insert(queue: &str) -> String {
    format!(
        "INSERT INTO {queue} (due, topic, subject, ready, attempts, rejects, created, body, trace, error,
             claimed_by, claimed_until)
         SELECT due, topic, subject, ready, attempts, rejects, created, body, trace, error, $12, claimed_until
         FROM unnest($1::bigint[], $2::int[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
             $7::bigint[], $8::bytea[], $9::text[], $10::text[], $11::bigint[])
             AS m (due, topic, subject, ready, attempts, rejects, created, body, trace, error, claimed_until)
         ON CONFLICT DO NOTHING"
    )
}

/// Messages, a column each.
#[derive(Default)]
pub(super) struct Columns {
    due: Vec<i64>,
    topic: Vec<i32>,
    subject: Vec<i64>,
    ready: Vec<i64>,
    attempts: Vec<i64>,
    rejects: Vec<i64>,
    created: Vec<i64>,
    body: Vec<Vec<u8>>,
    trace: Vec<String>,
    error: Vec<String>,
    claimed_until: Vec<i64>,
}

impl Columns {
    pub(super) fn push(&mut self, message: &Message, error: &str, claimed_until: i64) {
        self.due.push(message.due.0);
        self.topic.push(i32::from(message.topic.code));
        self.subject.push(message.subject.cast_signed());
        self.ready.push(message.ready.0);
        self.attempts.push(i64::from(message.attempts));
        self.rejects.push(i64::from(message.rejects));
        self.created.push(message.created.0);
        self.body.push(message.body.clone());
        self.trace.push(message.trace.clone());
        self.error.push(error.to_owned());
        self.claimed_until.push(claimed_until);
    }

    /// For [`insert`], claimed (where they are) by `me`.
    pub(super) fn params(self, me: i32) -> Params {
        params![
            self.due,
            self.topic,
            self.subject,
            self.ready,
            self.attempts,
            self.rejects,
            self.created,
            self.body,
            self.trace,
            self.error,
            self.claimed_until,
            me
        ]
    }
}

/// Keys, a column each.
pub(super) fn columns(keys: impl Iterator<Item = Key>) -> (Vec<i64>, Vec<i32>, Vec<i64>) {
    let mut columns = (Vec::new(), Vec::new(), Vec::new());
    for key in keys {
        columns.0.push(key.due.0);
        columns.1.push(i32::from(key.topic));
        columns.2.push(key.subject.cast_signed());
    }
    columns
}
