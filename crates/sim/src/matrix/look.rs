//! What the databases say, on either engine, and waiting until they say that all is at rest.

use std::sync::Arc;

use audit::facts::{ItemFact, OrderFact, OutboxKey, PayOrderFact, WalletFact};
use audit::{Report, Source, Times};
use clock::{Clock, MINUTE, SECOND};
use model::order::State;
use model::{ItemId, OrderId, UserId};

use crate::place::Place;
use crate::town::Town;

/// More than a shop of the matrix ever has of anything.
const ALL: usize = 10_000;
/// How often to look whether all is at rest, and for how long at most, in milliseconds.
const LOOK_MS: i64 = 5 * SECOND;
const REST_MAX_MS: i64 = 10 * MINUTE;

/// Everything that a verdict needs.
pub(super) struct Look {
    pub(super) orders: Vec<OrderFact>,
    pub(super) pay_orders: Vec<PayOrderFact>,
    pub(super) items: Vec<ItemFact>,
    pub(super) wallets: Vec<WalletFact>,
    pub(super) report: Report,
}

impl Look {
    /// Orders that have not ended.
    fn open(&self) -> usize {
        let open = |fact: &&OrderFact| matches!(fact.order.state, State::Placing | State::Unpaid);
        self.orders.iter().filter(open).count()
    }
}

/// Who did a move, in the order in which they are stored.
const ACTORS: [&str; 6] = ["buyer", "timer", "sweep", "staff", "notice", "service"];

/// The moves of an order, oldest first, and who did each.
pub(super) async fn story(town: &Town, order: OrderId) -> engine::Result<Vec<(String, &'static str)>> {
    let by = |actor: i64| usize::try_from(actor).ok().and_then(|actor| ACTORS.get(actor).copied());
    let moved = |name, actor| (name, by(actor).unwrap_or("nobody"));
    if let Some(server) = town.server() {
        let _held = town.clock.hold();
        let sql = "SELECT name, actor::bigint FROM trade.trade_history WHERE order_id = $1 ORDER BY seq";
        let rows = server.auditor().conn().await?.query(sql, &[&order.as_i64()]).await?;
        return rows.iter().map(|row| Ok(moved(row.try_get(0)?, row.try_get(1)?))).collect();
    }
    town.db(Place::Trade).read(|connection| {
        let sql = "SELECT name, actor FROM trade_history WHERE order_id = ?1 ORDER BY seq";
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map([order.as_i64()], |row| Ok(moved(row.get(0)?, row.get(1)?)))?;
        rows.map(|row| row.map_err(engine::Error::from)).collect()
    })
}

/// Reads facts of one moment.
async fn read<T: Send + 'static>(
    town: &Town,
    read: impl FnOnce(&dyn Source) -> audit::Result<T> + Send + 'static,
) -> audit::Result<T> {
    let Some(server) = town.server() else { return read(&town.snapshot()?) };
    let _held = town.clock.hold();
    let taken = books::Schemas::take(server.auditor()).await;
    let snapshot = taken.map_err(audit::Error::unreadable)?;
    let reading = tokio::task::spawn_blocking(move || read(&snapshot));
    reading.await.unwrap_or_else(|stopped| Err(audit::Error::unreadable(stopped)))
}

/// How many messages and duties there are.
async fn queued(town: &Town) -> audit::Result<usize> {
    if let Some(server) = town.server() {
        // Asked often, so in one round trip.
        let _held = town.clock.hold();
        let queued = server.queued().await.map_err(audit::Error::unreadable)?;
        return Ok(usize::try_from(queued).unwrap_or(usize::MAX));
    }
    read(town, |source| Ok(source.outbox(OutboxKey::default(), ALL)?.len())).await
}

async fn look(town: &Town) -> audit::Result<Look> {
    let times = Times { now: town.clock.now(), grace_ms: 0 };
    read(town, move |source| {
        Ok(Look {
            orders: source.orders(OrderId(0), ALL)?,
            pay_orders: source.pay_orders(OrderId(0), ALL)?,
            items: source.items(ItemId(0), ALL)?,
            wallets: source.wallets(UserId(0), ALL)?,
            report: audit::audit(source, times)?,
        })
    })
    .await
}

/// Goes on until nothing is under way, nothing is owed, no order is open and the auditor finds nothing; or says what
/// keeps it from that.
pub(super) async fn rest(town: &Arc<Town>) -> Result<Look, String> {
    let unreadable = |error: audit::Error| error.to_string();
    let began = town.clock.elapsed();
    let mut quiet_before = false;
    loop {
        town.clock.after(LOOK_MS).await;
        if let Some(violation) = town.violations().first() {
            return Err(violation.what.clone());
        }
        let (runs, letters, queued) =
            (town.all_run(), town.letters(), queued(town).await.map_err(unreadable)?);
        let quiet = runs && letters == 0 && queued == 0;
        // Twice: a message may be between the outbox and the broker.
        let settled = quiet && quiet_before;
        quiet_before = quiet;
        let late = town.clock.elapsed() - began > REST_MAX_MS;
        if !settled && !late {
            continue;
        }
        let look = look(town).await.map_err(unreadable)?;
        if settled && look.open() == 0 && look.report.clean {
            return Ok(look);
        }
        if late {
            town.note_violations(&look.report);
            let found: Vec<String> = town.violations().into_iter().map(|violation| violation.what).collect();
            let open = look.open();
            return Err(format!(
                "never at rest: every process runs: {runs}; {letters} messages in the broker, {queued} in the \
                 outboxes; {open} open orders; {}",
                found.join("; ")
            ));
        }
    }
}
