//! Orders, their payments and their holds, joined by order.

use std::collections::BTreeMap;

use model::{ItemId, OrderId, hold::State};

use super::{reports, tallies};
use crate::checks::stock::Promised;
use crate::checks::{Joined, OF_ORDERS};
use crate::facts::{HoldFact, OrderFact, PayOrderFact};
use crate::report::CheckReport;
use crate::source::{Result, Source};
use crate::stream::{Stream, key};
use crate::{Times, tally::Tally};

/// What the holds of all orders sum up to, by item: as many entries as there are items that were held.
pub(crate) type PromisedByItem = BTreeMap<ItemId, Promised>;

struct Streams<'s> {
    orders: Stream<'s, OrderId, OrderFact>,
    pays: Stream<'s, OrderId, PayOrderFact>,
    holds: Stream<'s, OrderId, HoldFact>,
}

impl<'s> Streams<'s> {
    fn of(source: &'s dyn Source) -> Self {
        Self {
            orders: Stream::new("order", key::order, |after, limit| source.orders(after, limit)),
            pays: Stream::new("pay order", key::paid_order, |after, limit| source.pay_orders(after, limit)),
            holds: Stream::new("hold", key::hold, |after, limit| source.holds(after, limit)),
        }
    }

    /// All that is known of the next order anybody knows of.
    fn next(&mut self) -> Result<Option<Joined>> {
        let heads = [self.orders.peek()?, self.pays.peek()?, self.holds.peek()?];
        let Some(id) = heads.into_iter().flatten().min() else { return Ok(None) };
        let order = self.orders.take(&id)?;
        let pay = self.pays.take(&id)?;
        let hold = self.holds.take(&id)?;
        Ok(Some(Joined { id, order, pay, hold }))
    }
}

/// Judges every order; answers the reports, and what all holds sum up to.
pub(crate) fn orders(source: &dyn Source, times: Times) -> Result<(Vec<CheckReport>, PromisedByItem)> {
    let mut streams = Streams::of(source);
    let mut checks = tallies(OF_ORDERS);
    let mut promised = PromisedByItem::new();
    while let Some(joined) = streams.next()? {
        for check in &mut checks {
            judge(check, &joined, times);
        }
        add_up(&mut promised, joined.hold.as_ref());
    }
    Ok((reports(checks), promised))
}

fn judge(check: &mut Tally<crate::checks::OrderLook>, joined: &Joined, times: Times) {
    let finding = (check.look)(joined, times);
    check.note(finding, || format!("order {}", joined.id));
}

fn add_up(promised: &mut PromisedByItem, hold: Option<&HoldFact>) {
    let Some(hold) = hold else { return };
    for line in &hold.lines {
        let of_item = promised.entry(line.item).or_default();
        match hold.state {
            State::Held => of_item.held += i128::from(line.num),
            State::Sold => of_item.sold += i128::from(line.num),
            State::Released | State::Returned | State::Refused => {}
        }
    }
}
