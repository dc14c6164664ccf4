//! What many seeds together must have reached.
//!
//! A simulation that never meets a race proves nothing about it. So everything worth meeting has a name here, and
//! a run of many seeds over all profiles fails if one of them was never met.

use crate::mark::{Mark, Marks};
use crate::place::{Act, Place, Point, Side};

/// From how many seeds on a run of all profiles must have reached everything.
pub const SEEDS_FOR_ALL: u64 = 1_400;

/// Every transition and end.
const MOVES: &[&str] = &[
    "order: held",
    "order: holdRefused",
    "order: placingExpired",
    "order: paymentApplied",
    "order: closeAsked by buyer",
    "order: closeAsked by timer",
    "order: closeAsked by sweep",
    "order: closeAsked by staff",
    "order: closed by buyer",
    "order: closed by timer",
    "order: closed by sweep",
    "order: closed by staff",
    "order: paid by timer",
    "order: paid by sweep",
    "order: paid by notice",
    "order: paid by staff",
    "order: extended",
    "order: shipped",
    "order: received",
    "order: reviewed",
    "order: refundAsked",
    "order: refunded",
    "order: stockSettled",
    "payment: tombstone",
    "payment: closed",
    "payment: success",
    "payment: refunded",
    "payment: paid at the provider",
    "payment: late money refunded",
    "payment: extra money refunded",
    "payment: bill closed",
    "attempt: debited",
    "attempt: wrong password",
    "attempt: not enough",
    "attempt: frozen",
    "attempt: voided",
    "attempt: too many tries",
    "hold: released",
    "hold: tombstone",
    "hold: sold",
    "hold: returned",
    "hold: refused",
];

/// Every race.
const RACES: &[&str] = &[
    "a payment succeeds between the wish to close and the close",
    "a payment succeeds after the first deadline, because of an extension",
    "a placement is given up although its hold came about",
    "a close meets a payment in flight",
    "a close finds the order paid",
    "a hold comes after its release",
    "a price changes between quote and hold",
    "an item leaves the shop between quote and hold",
    "somebody else took the last pieces",
    "a debit comes after its void",
    "a debit in doubt turns out to be made",
    "a debit in doubt turns out to be refused",
    "a debit in doubt is voided",
    "a cancel waits for the payment's side",
    "a cancel comes after the payment",
    "a press is told that its outcome is not known yet",
    "a press meets another in flight",
    "a press comes after the close",
    "a press comes after the deadline",
    "a parcel is stopped by a refund",
    "an extension comes after the close was asked for",
    "a key is used for another body",
    "a notice came twice",
    "money comes to a closed bill",
    "a refund failed and was retried",
];

/// Everything people do.
const PEOPLE: &[&str] = &[
    "pays early",
    "pays at the last moment",
    "pays too late",
    "pays at the provider",
    "pays at the provider when it is too late",
    "pays at the provider and from the balance",
    "pays twice at once",
    "guesses passwords in a loop",
    "cancels",
    "cancels while paying",
    "tries to pay what is being cancelled",
    "puts an ordered item into the cart again",
    "places twice at once with one key",
    "tries again with the same key",
    "hangs up",
    "disappears",
    "pays and waits for the parcel",
    "asks for more time",
    "wants the money back",
    "wants an item that does not exist",
    "changes an item while it is ordered",
    "pries into others' orders",
    "offers less than it costs",
    "extends",
    "refunds",
    "closes",
    "ships",
    "asks whether an order is paid",
    "changes stock",
    "changes a price",
    "takes an item off sale",
    "freezes an account",
];

/// Every fault other than a death.
const FAULTS: &[&str] = &[
    "a request was lost",
    "a request was late",
    "a request came twice",
    "an answer was lost after the work was done",
    "a message was lost",
    "a message was late",
    "a message came twice",
    "a duty was handed over twice",
    "a confirmation was lost",
    "all messages were wiped",
    "a link was cut",
    "a disk fell ill",
    "a cut link swallowed a request",
    "a cut link swallowed an answer",
    "a cut link swallowed a message",
    "the clock was stepped forward",
    "the clock was stepped back",
    "a commit took its time",
    "a commit found the disk full",
    "the provider refused a refund",
];

const fn commit(place: Place, unit: &'static str) -> [Point; 2] {
    both(place, Act::Commit(unit))
}

const fn both(place: Place, act: Act) -> [Point; 2] {
    [Point { place, act, side: Side::Before }, Point { place, act, side: Side::After }]
}

/// Both sides of every act that matters to an order.
const ACTS: [[Point; 2]; 33] = [
    // Seldom done, so aimed at more often.
    commit(Place::Trade, "refuse"),
    commit(Place::Trade, "reprice"),
    commit(Place::Trade, "apply_once"),
    commit(Place::Trade, "postpone"),
    commit(Place::Pay, "postpone"),
    commit(Place::User, "settle_debits"),
    commit(Place::User, "refund"),
    commit(Place::Cart, "clear"),
    both(Place::Trade, Act::Ask("pay.refund")),
    both(Place::Pay, Act::Ask("user.settle_debits")),
    both(Place::Pay, Act::Ask("user.refund")),
    // Done for almost every order.
    commit(Place::Trade, "begin"),
    commit(Place::Trade, "apply_together"),
    commit(Place::Trade, "settle"),
    commit(Place::Pay, "open"),
    commit(Place::Pay, "press"),
    commit(Place::Pay, "apply"),
    commit(Place::Pay, "close"),
    commit(Place::Pay, "settle"),
    commit(Place::Item, "hold"),
    commit(Place::Item, "settle"),
    commit(Place::User, "debit"),
    both(Place::Trade, Act::Ask("item.quote")),
    both(Place::Trade, Act::Ask("item.hold")),
    both(Place::Trade, Act::Ask("item.settle")),
    both(Place::Trade, Act::Ask("pay.close")),
    both(Place::Trade, Act::Ask("pay.status")),
    both(Place::Pay, Act::Ask("trade.apply_payment")),
    both(Place::Pay, Act::Ask("user.debit")),
    both(Place::Trade, Act::HandOver("trade.duty.order")),
    both(Place::Pay, Act::HandOver("pay.duty.attempt")),
    both(Place::Pay, Act::HandOver("pay.success")),
    both(Place::Trade, Act::HandOver("pay.success")),
];

/// How many points of [`DEATHS`] are of what is seldom done; they come first.
pub(crate) const SELDOM: usize = 2 * 11;

/// Every point at which some process must have ended.
pub(crate) const DEATHS: &[Point] = ACTS.as_flattened();

/// Everything a run of all profiles must reach.
pub fn wanted() -> impl Iterator<Item = Mark> {
    let names =
        |names: &'static [&'static str], mark: fn(&'static str) -> Mark| names.iter().copied().map(mark);
    names(MOVES, Mark::Move)
        .chain(names(RACES, Mark::Race))
        .chain(names(PEOPLE, Mark::Person))
        .chain(names(FAULTS, Mark::Fault))
        .chain(DEATHS.iter().copied().map(Mark::Death))
}

/// What of it was never reached.
pub fn missing(marks: &Marks) -> Vec<Mark> {
    wanted().filter(|mark| marks.count(*mark) == 0).collect()
}
