//! Which orders have ended in every service, so that their rows can leave the tables.
//!
//! The facts of all services are joined as the auditor joins them, over the same one snapshot, and the auditor's own
//! checks have a say: what it would object to stays where it can be looked at.

use std::collections::{BTreeSet, VecDeque};

use audit::facts::{HoldFact, OrderFact, PayOrderFact};
use audit::{PAGE, Result, Source, Times};
use model::order::State;
use model::pay_order::{Bill, Refund, State as PayState};
use model::{Ms, OrderId, PayOrderId};

/// Pages looked at in one go at most, however few orders of them have ended.
const PAGES_MAX: usize = 20;

/// Facts of which those of archived orders can be left out.
pub trait Shelves: Source {
    /// Orders that are not archived, by id.
    fn kept_orders(&self, after: OrderId, limit: usize) -> Result<Vec<OrderFact>>;

    /// Those of `subjects` that a message, a duty or a dead letter of any service is about.
    fn awaited(&self, subjects: &[u64]) -> Result<BTreeSet<u64>>;
}

/// Which orders are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Those whose last change, in any service, and whose deadlines lie before this.
    pub before: Ms,
    /// Also those that were received and never reviewed: they cannot be reviewed any more then.
    pub received: bool,
    /// Only those with an id above this.
    pub after: OrderId,
    /// At most so many, or up to a page fewer.
    pub most: usize,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The orders that have ended, by id, each with the number of entries in its history.
    pub ended: Vec<(OrderId, usize)>,
    /// How many were looked at.
    pub looked: u64,
    /// Why the others stay.
    pub staying: Staying,
    /// The last order looked at.
    pub last: OrderId,
    /// Whether no order after it was placed before the time wanted.
    pub complete: bool,
}

/// How many orders stay, by the first reason that was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Staying {
    /// They can still change of themselves or by somebody's wish.
    pub open: u64,
    /// They changed, or had time, until after the time wanted.
    pub young: u64,
    /// A service still owes or waits for something.
    pub owing: u64,
    /// A message, duty or dead letter is about them.
    pub awaited: u64,
    /// The auditor objects to them.
    pub objected: u64,
}

/// Why an order stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stays {
    Open,
    Young,
    Owing,
    Objected,
}

/// An order that has ended, with the number of entries in its history, and its payment.
type Over = (OrderId, usize, Option<PayOrderId>);

/// Looks for orders that have ended, in the order of their ids.
pub fn ended(shelves: &dyn Shelves, wanted: Wanted, times: Times) -> Result<Found> {
    let mut found = Found { last: wanted.after, ..Found::default() };
    let mut over = Vec::new();
    for _ in 0..PAGES_MAX {
        let page = shelves.kept_orders(found.last, PAGE)?;
        let Some(last) = page.last().map(|fact| fact.order.clone()) else {
            found.complete = true;
            break;
        };
        over.extend(look_at(shelves, page, wanted, times, &mut found)?);
        found.last = last.id;
        // Ids are ordered by the time of placing.
        found.complete = last.placed_at >= wanted.before;
        if found.complete || over.len() >= wanted.most {
            break;
        }
    }
    leave_out_awaited(shelves, over, &mut found)?;
    Ok(found)
}

fn look_at(
    shelves: &dyn Shelves,
    page: Vec<OrderFact>,
    wanted: Wanted,
    times: Times,
    found: &mut Found,
) -> Result<Vec<Over>> {
    let from = found.last;
    let mut pays = Beside::of(|after| shelves.pay_orders(after, PAGE), |pay| pay.pay_order.order, from);
    let mut holds = Beside::of(|after| shelves.holds(after, PAGE), |hold| hold.order, from);
    let mut over = Vec::new();
    for order in page {
        found.looked += 1;
        let (id, moves) = (order.order.id, order.history.len());
        let (pay, hold) = (pays.take(id)?, holds.take(id)?);
        let pay_order = pay.as_ref().map(|pay| pay.pay_order.id);
        match may_leave(order, pay, hold, wanted, times) {
            Ok(()) => over.push((id, moves, pay_order)),
            Err(Stays::Open) => found.staying.open += 1,
            Err(Stays::Young) => found.staying.young += 1,
            Err(Stays::Owing) => found.staying.owing += 1,
            Err(Stays::Objected) => found.staying.objected += 1,
        }
    }
    Ok(over)
}

/// Looks through all queues once.
fn leave_out_awaited(shelves: &dyn Shelves, over: Vec<Over>, found: &mut Found) -> Result<()> {
    if over.is_empty() {
        return Ok(());
    }
    let subjects = over.iter().flat_map(|(id, _, pay)| [Some(id.0), pay.map(|pay| pay.0)]).flatten();
    let awaited = shelves.awaited(&subjects.collect::<Vec<_>>())?;
    for (id, moves, pay) in over {
        if awaited.contains(&id.0) || pay.is_some_and(|pay| awaited.contains(&pay.0)) {
            found.staying.awaited += 1;
        } else {
            found.ended.push((id, moves));
        }
    }
    Ok(())
}

fn may_leave(
    order: OrderFact,
    pay: Option<PayOrderFact>,
    hold: Option<HoldFact>,
    wanted: Wanted,
    times: Times,
) -> Result<(), Stays> {
    let is_final = match order.order.state {
        State::Closed | State::Reviewed => true,
        State::Received => wanted.received,
        State::Placing | State::Unpaid | State::Paid | State::Shipped => false,
    };
    if !is_final {
        return Err(Stays::Open);
    }
    if last_change(&order, pay.as_ref()) >= wanted.before {
        return Err(Stays::Young);
    }
    if !trade::store::archive::is_over(&order.order) || !pay.as_ref().is_none_or(pay_is_over) {
        return Err(Stays::Owing);
    }
    // That the hold has the end the order asks for is one of its checks.
    if hold.is_none() || !audit::violated(order, pay, hold, times).is_empty() {
        return Err(Stays::Objected);
    }
    Ok(())
}

/// The latest time at which anything happened to the order, or could have by itself.
fn last_change(order: &OrderFact, pay: Option<&PayOrderFact>) -> Ms {
    let trade = order.history.iter().map(|step| step.at).chain([order.order.deadline]);
    let pay = pay.into_iter().flat_map(|pay| {
        let bill = pay.bill.map(|bill| bill.since);
        let attempts = pay.attempts.iter().map(|attempt| attempt.started);
        attempts.chain(bill).chain(pay.success_at).chain([pay.pay_order.deadline])
    });
    trade.chain(pay).max().unwrap_or(order.order.placed_at)
}

/// Nothing in flight, and the money is where it belongs.
fn pay_is_over(pay: &PayOrderFact) -> bool {
    let state = match pay.pay_order.state {
        PayState::Waiting { .. } => false,
        PayState::Closed => true,
        PayState::Success { refund } => refund != Refund::Refunding,
    };
    let bill = match pay.pay_order.bill {
        Bill::None | Bill::Paid | Bill::Closed | Bill::Returned => true,
        Bill::Opening | Bill::Open | Bill::Closing | Bill::Returning => false,
    };
    let watched = pay.bill.is_some_and(|bill| bill.watched);
    state && bill && !watched && pay.attempts.iter().all(|attempt| attempt.outcome.is_some())
}

/// Sorted facts beside the orders of a page, read a page ahead.
struct Beside<T, F> {
    fetch: F,
    key: fn(&T) -> OrderId,
    page: VecDeque<T>,
    last: OrderId,
    ended: bool,
}

impl<T, F: Fn(OrderId) -> Result<Vec<T>>> Beside<T, F> {
    fn of(fetch: F, key: fn(&T) -> OrderId, after: OrderId) -> Self {
        Self { fetch, key, page: VecDeque::new(), last: after, ended: false }
    }

    /// What there is of `order`; earlier ones are passed over.
    fn take(&mut self, order: OrderId) -> Result<Option<T>> {
        loop {
            if self.page.is_empty() && !self.ended {
                let page = (self.fetch)(self.last)?;
                self.ended = page.is_empty();
                self.last = page.last().map_or(self.last, self.key);
                self.page = page.into();
            }
            match self.page.front().map(self.key) {
                None => return Ok(None),
                Some(key) if key < order => drop(self.page.pop_front()),
                Some(key) if key > order => return Ok(None),
                Some(_) => return Ok(self.page.pop_front()),
            }
        }
    }
}
