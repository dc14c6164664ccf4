//! The independent auditor.
//!
//! It believes nobody's code, only *facts*: what the services' databases say, as the plain structs of
//! [`facts`]. A [`Source`] gives them in bounded pages sorted by key, so ten million orders are joined by
//! merging sorted streams and need no more memory than ten. The same checks therefore run over a live
//! instance, over the data of a stopped one, over PostgreSQL, and beside the simulator and the load tool.
//!
//! [`audit`] runs every check once and answers a [`Report`]. Some invariants hold at every instant; others
//! hold once the parts they need are back, within a grace ([`Times`]). A source that is one snapshot can be
//! believed at once. Over several databases, or a live instance, an instant may lie between two of them:
//! audit again after the grace and keep what both saw ([`Report::confirmed_by`]).
//!
//! What data alone cannot show is listed in [`Report::not_checked`] rather than passed over in silence.

mod checks;
pub mod facts;
mod memory;
mod passes;
mod report;
mod source;
mod stream;
mod table;
mod tally;

pub use memory::Memory;
pub use report::{CheckReport, NotChecked, Offender, Report};
pub use source::{Error, PAGE, Result, Source};

use checks::{Joined, OF_ORDERS};
use facts::{HoldFact, OrderFact, PayOrderFact};
use model::Ms;
use tally::Finding;

/// When the audit takes place, and how long whatever must happen *in time* may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// The present, by the clock of the audited instance.
    pub now: Ms,
    /// How long after its due time something may still be unfinished, in milliseconds.
    pub grace_ms: i64,
}

impl Times {
    /// Whether what should have happened at `due` is late beyond the grace.
    pub(crate) fn overdue(self, due: Ms) -> bool {
        self.now > due + self.grace_ms
    }
}

/// The names of the checks over orders that this one violates, beside its payment and its hold.
pub fn violated(
    order: OrderFact,
    pay: Option<PayOrderFact>,
    hold: Option<HoldFact>,
    times: Times,
) -> Vec<&'static str> {
    let joined = Joined { id: order.order.id, order: Some(order), pay, hold };
    let broken = OF_ORDERS.iter().filter(|check| matches!((check.look)(&joined, times), Finding::Broken(_)));
    broken.map(|check| check.name).collect()
}

/// Runs every check over the facts of `source`.
pub fn audit(source: &dyn Source, times: Times) -> Result<Report> {
    let mut checks = Vec::new();
    let (orders, promised) = passes::orders(source, times)?;
    checks.extend(passes::stock(source, &promised)?);
    checks.extend(passes::wallets(source)?);
    checks.extend(passes::payments(source, times)?);
    checks.extend(orders);
    checks.extend(passes::keys(source)?);
    checks.extend(passes::outbox(source, times)?);
    checks.sort_by_key(|check| check.invariant);
    Ok(Report::of(times, checks))
}
