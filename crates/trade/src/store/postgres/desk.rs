//! What every batch writes with: history, messages, counts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, LazyLock};

use clock::Ms;
use delay::{Key, Message};
use engine::params;
use engine::postgres::{Keys, PgOutbox, Tx, Worker};
use model::order::{Move, State};
use model::{Cause, OrderId};

use super::columns::{Columns, unnest};
use crate::store::decide::{Post, Timing};

/// How many shards of the tally one process takes turns with: more than it has connections, so that its
/// transactions hardly ever wait for each other's count.
const SHARDS: u16 = 16;

const ENTRY_INTS: [&str; 7] = ["order_id", "seq", "at", "from_state", "to_state", "actor", "by_user"];
const ENTRY_TEXTS: [&str; 3] = ["name", "note", "trace"];

static INSERT_HISTORY: LazyLock<String> = LazyLock::new(|| {
    let columns = [&ENTRY_INTS[..], &ENTRY_TEXTS[..]].concat().join(", ");
    format!("INSERT INTO trade_history ({columns}) SELECT * FROM {}", unnest(&ENTRY_INTS, &ENTRY_TEXTS))
});
const COUNT: &str = "INSERT INTO trade_tally (shard, state, n)
    SELECT $1, state, n FROM unnest($2::bigint[], $3::bigint[]) AS u (state, n)
    ON CONFLICT (shard, state) DO UPDATE SET n = trade_tally.n + excluded.n";

/// Shared by the batches of one store.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) keys: Keys,
    pub(super) outbox: PgOutbox,
    pub(super) timing: Timing,
    first_shard: i32,
    turn: Arc<AtomicU16>,
}

impl Desk {
    pub(super) fn new(outbox: PgOutbox, timing: Timing, worker: Worker) -> Self {
        let first_shard = i32::from(worker.number) * i32::from(SHARDS);
        Self { keys: Keys::new("trade"), outbox, timing, first_shard, turn: Arc::default() }
    }

    fn shard(&self) -> i32 {
        self.first_shard + i32::from(self.turn.fetch_add(1, Ordering::Relaxed) % SHARDS)
    }
}

/// What a batch has decided to write beside the orders themselves.
#[derive(Default)]
pub(super) struct Slip {
    history: Columns<7, 3>,
    sends: BTreeMap<Key, Message>,
    drops: BTreeSet<Key>,
    tally: BTreeMap<i64, i64>,
}

impl Slip {
    /// Appends to a history.
    pub(super) fn record(&mut self, order: OrderId, seq: i64, step: &Move, cause: &Cause, at: Ms) {
        let ints = [
            order.as_i64(),
            seq,
            at.0,
            step.from.code(),
            step.to.code(),
            cause.actor.code(),
            cause.by.cast_signed(),
        ];
        let texts = [step.name.to_owned(), cause.note.clone(), cause.trace.clone()];
        self.history.push(ints.map(Some), texts.map(Some));
    }

    /// Sends and drops messages. What an earlier request of the batch sends, a later one may drop.
    pub(super) fn post(&mut self, posts: Vec<Post>) {
        for post in posts {
            match post {
                Post::Send(message) => {
                    self.sends.entry(message.key()).or_insert(message);
                }
                Post::Drop(key) => {
                    self.sends.remove(&key);
                    self.drops.insert(key);
                }
            }
        }
    }

    /// Counts one more order in a state, or one less.
    pub(super) fn count(&mut self, state: State, difference: i64) {
        *self.tally.entry(state.code()).or_default() += difference;
    }

    /// Hands all of it to the transaction; the counts last, so that they are locked only for the commit.
    pub(super) fn write(self, desk: &Desk, tx: &mut Tx<'_>) {
        if !self.history.is_empty() {
            tx.write(INSERT_HISTORY.as_str(), self.history.params());
        }
        // First the drops: a message may be dropped and then sent again for the same time.
        desk.outbox.cancel_all(tx, &self.drops.into_iter().collect::<Vec<_>>());
        desk.outbox.send_all(tx, self.sends.into_values().collect());
        let (states, counts): (Vec<i64>, Vec<i64>) =
            self.tally.into_iter().filter(|(_, difference)| *difference != 0).unzip();
        if !states.is_empty() {
            tx.write(COUNT, params![desk.shard(), states, counts]);
        }
    }
}
