//! What is owed for payments, for staff: read in the background from the index that the sweep uses.

use std::sync::Arc;

use delay::Rounds;
use model::pay_order::{Bill, Refund, State};
use model::{Ms, OrderId};
use parking_lot::RwLock;
use tokio_util::sync::CancellationToken;

use crate::Service;
use crate::error::Result;
use crate::record::{Press, Record};
use crate::store::{Found, Overdue, Owed};

/// How often it is looked, in milliseconds.
const EVERY_MS: i64 = 3 * clock::SECOND;
/// How many rows that owe something are looked at.
const LOOK: usize = 2_000;
/// Among how many bills, those that are looked at next, the ones that owe something are looked for.
const LOOK_BILLS: usize = 20_000;
/// After how long an attempt in flight counts as unknown, and a refund as failing, in milliseconds: longer than the
/// wallet takes in good weather.
const LATE_MS: i64 = 10 * clock::SECOND;
/// The sweep leaves no row alone for longer than this; all that owe something are looked at.
const AHEAD_MS: i64 = clock::HOUR;

/// What can be wrong with a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Trouble {
    /// An attempt has been in flight for long: the wallet gives no answer.
    Unknown,
    /// Money has been on its way back for long: the wallet gives no answer.
    Refunding,
    /// A bill has been to be made or closed for long: the provider gives no answer.
    BillUnknown,
    /// Money has been owed back at a provider for long: it refuses, or gives no answer.
    BillRefunding,
}

impl Trouble {
    /// Whether it is not known what became of the payment.
    pub(crate) fn is_unknown(self) -> bool {
        matches!(self, Trouble::Unknown | Trouble::BillUnknown)
    }
}

/// A payment that somebody should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Troubled {
    /// What is wrong.
    pub trouble: Trouble,
    /// Since when.
    pub since: Ms,
    /// How often a sweep took it up.
    pub sweeps: u32,
    /// The pay order.
    pub record: Record,
}

/// The payments as they stood at one moment.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    /// When; none was taken yet.
    pub at: Option<Ms>,
    /// How much is owed, late or not.
    pub owed: Owed,
    /// What is late, the longest first.
    pub troubled: Vec<Troubled>,
}

/// Background of the service: its last picture, its sweep's rounds. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Watch {
    last: Arc<RwLock<Arc<Picture>>>,
    pub(crate) rounds: Rounds,
}

impl Service {
    /// The payments as they stood last.
    pub fn picture(&self) -> Arc<Picture> {
        self.watch.last.read().clone()
    }

    /// The sweep's rounds.
    pub fn rounds(&self) -> &Rounds {
        &self.watch.rounds
    }

    /// Takes a picture every few seconds until `stop`.
    pub async fn watch_forever(&self, stop: CancellationToken) {
        loop {
            if let Err(error) = self.look().await {
                tracing::warn!(%error, "what payments owe could not be read; the last picture stays");
            }
            let next = self.now() + EVERY_MS;
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = self.parts.clock.sleep_until(next) => {}
            }
        }
    }

    /// Takes one picture.
    pub async fn look(&self) -> Result<()> {
        let now = self.now();
        let owed = self.store().owed().await?;
        let payments = self.store().overdue(None, now + AHEAD_MS, LOOK).await?;
        let bills = self.store().owing_bills(LOOK_BILLS).await?;
        let mut troubled: Vec<Troubled> =
            payments.into_iter().filter_map(|row| known(row, of_payment, now)).collect();
        troubled.extend(bills.into_iter().filter_map(|row| known(row, of_bill, now)));
        troubled.sort_by_key(|troubled| (troubled.since, troubled.record.pay_order.id));
        *self.watch.last.write() = Arc::new(Picture { at: Some(now), owed, troubled });
        Ok(())
    }

    /// An order's pay order, if it has one, and every press of it that was let through, oldest first.
    pub async fn story(&self, order: OrderId) -> Result<Option<(Record, Vec<Press>)>> {
        let Some(record) = self.of_order(order).await? else { return Ok(None) };
        let presses = self.store().presses(record.pay_order.id).await?;
        Ok(Some((record, presses)))
    }
}

/// What `of` says of the row at `now`.
fn known(row: Overdue, of: impl Fn(&Record, Ms) -> Option<(Trouble, Ms)>, now: Ms) -> Option<Troubled> {
    let Found::Some(record) = row.record else { return None };
    let (trouble, since) = of(&record, now)?;
    Some(Troubled { trouble, since, sweeps: row.sweeps, record: *record })
}

/// What the wallet is late with, and since when.
fn of_payment(record: &Record, now: Ms) -> Option<(Trouble, Ms)> {
    let trouble = match record.pay_order.state {
        State::Waiting { in_flight: Some(_), .. } => Trouble::Unknown,
        State::Success { refund: Refund::Refunding } => Trouble::Refunding,
        _ => return None,
    };
    late(trouble, record.updated, now)
}

/// What the provider is late with, and since when. A row that is in the list for its payment is not there twice.
fn of_bill(record: &Record, now: Ms) -> Option<(Trouble, Ms)> {
    let trouble = match record.pay_order.bill {
        Bill::Opening | Bill::Closing => Trouble::BillUnknown,
        Bill::Returning => Trouble::BillRefunding,
        _ => return None,
    };
    let listed = of_payment(record, now).is_some();
    late(trouble, record.bill.as_ref()?.since, now).filter(|_| !listed)
}

fn late(trouble: Trouble, since: Ms, now: Ms) -> Option<(Trouble, Ms)> {
    (now.since(since) >= LATE_MS).then_some((trouble, since))
}
