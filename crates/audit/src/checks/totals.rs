//! Invariant 5: totals are those at placement.

use model::Cents;

use super::{Joined, OrderLook};
use crate::Times;
use crate::facts::OrderFact;
use crate::tally::{Check, Finding};

pub(crate) const TOTAL_IS_SUM: Check<OrderLook> = Check {
    invariant: 5,
    name: "total_is_sum",
    sentence: "An order's total is the sum of its lines: price at placement times number.",
    look: total_is_sum,
};

fn total_is_sum(joined: &Joined, _: Times) -> Finding {
    let Some(fact) = joined.recorded() else { return Finding::Skip };
    let (sum, total) = (sum(fact), fact.order.total);
    Finding::ensure(sum == Some(total), || format!("total {}, lines sum up to {sum:?}", total.0))
}

/// None if there are no lines, or more than fits.
fn sum(fact: &OrderFact) -> Option<Cents> {
    if fact.lines.is_empty() {
        return None;
    }
    fact.lines.iter().try_fold(Cents::ZERO, |sum, line| sum.plus(line.price.times(line.num)?))
}
