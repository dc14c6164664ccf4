//! What each event does to an order in each state: the whole protocol of the order on one screen.

use model::Cents;
use model::hold::End;
use model::order::{CloseReason, Event, Order, Refusal, apply};
use model::{Actor, Ms};

use crate::grid::{row, squeeze};
use crate::orders::{DEADLINE, EXTENDED, WINDOW_MS, name, placing};

const BUYER: Event = Event::AskClose { reason: CloseReason::Buyer, actor: Actor::Buyer };

/// The columns: every event but the stock's acknowledgement, which has a table of its own.
const COLUMNS: [(&str, Event); 13] = [
    ("held", Event::Held { window_ms: WINDOW_MS }),
    ("noStock", Event::HoldRefused),
    ("expired", Event::PlacingExpired),
    ("apply", Event::PaymentApplied),
    ("askClose", BUYER),
    ("payClosed", Event::PayClosed),
    ("payPaid", Event::PayPaid),
    ("extend", Event::Extend { until: EXTENDED }),
    ("ship", Event::Ship),
    ("receive", Event::Receive),
    ("review", Event::Review),
    ("askRefund", Event::AskRefund),
    ("refunded", Event::Refunded),
];

/// A state reached is a move or a mark; `·` the state does not allow it; `=` it has already happened; `asked!`
/// and `refunding!` say what forbids it.
const TABLE: &str = "
          held    noStock expired apply   askClose payClosed payPaid extend  ship    receive  review   askRefund refunded
placing   unpaid  closed  closed  ·       ·        ·         ·       ·       ·       ·        ·        ·         ·
unpaid    ·       ·       ·       applied asked    ·         paid    unpaid  ·       ·        ·        ·         ·
applied   ·       ·       ·       =       asked    ·         paid    applied ·       ·        ·        ·         ·
asked     ·       ·       ·       asked!  =        closed    paid    asked!  ·       ·        ·        ·         ·
paid      ·       ·       ·       ·       ·        ·         =       ·       shipped ·        ·        refunding ·
refunding ·       ·       ·       ·       ·        ·         =       ·       refunding! ·     ·        =         repaid
shipped   ·       ·       ·       ·       ·        ·         =       ·       =       received ·        ·         ·
received  ·       ·       ·       ·       ·        ·         =       ·       ·       =        reviewed ·         ·
reviewed  ·       ·       ·       ·       ·        ·         =       ·       ·       ·        =        ·         ·
closed    ·       ·       ·       ·       ·        ·         late    ·       ·       ·        ·        ·         ·
late      ·       ·       ·       ·       ·        ·         =       ·       ·       ·        ·        ·         repaid
repaid    ·       ·       ·       ·       ·        ·         =       ·       ·       ·        ·        ·         =
";

/// One order in each row's state.
fn rows() -> Vec<Order> {
    let unpaid = after(&placing(Cents(100)), &[Event::Held { window_ms: WINDOW_MS }]);
    let paid = after(&unpaid, &[Event::PayPaid]);
    let closed = after(&unpaid, &[BUYER, Event::PayClosed]);
    vec![
        placing(Cents(100)),
        unpaid.clone(),
        after(&unpaid, &[Event::PaymentApplied]),
        after(&unpaid, &[BUYER]),
        paid.clone(),
        after(&paid, &[Event::AskRefund]),
        after(&paid, &[Event::Ship]),
        after(&paid, &[Event::Ship, Event::Receive]),
        after(&paid, &[Event::Ship, Event::Receive, Event::Review]),
        closed.clone(),
        after(&closed, &[Event::PayPaid]),
        after(&closed, &[Event::PayPaid, Event::Refunded]),
    ]
}

fn after(order: &Order, events: &[Event]) -> Order {
    let step = |order, event| apply(&order, event, Ms(0)).expect("the rows take legal ways").order;
    events.iter().fold(order.clone(), step)
}

fn cell(order: &Order, event: &Event) -> &'static str {
    // A placement expires at its own deadline; everything else happens while there is still time to pay.
    let now = if *event == Event::PlacingExpired { DEADLINE } else { Ms(0) };
    match apply(order, event, now) {
        Ok(decision) => name(&decision.order),
        Err(Refusal::Already) => "=",
        Err(Refusal::WrongState(state)) if state == order.state => "·",
        Err(Refusal::CloseAsked) => "asked!",
        Err(Refusal::Refunding) => "refunding!",
        Err(other) => panic!("{other:?} is a matter of time, and there is time"),
    }
}

#[test]
fn every_event_in_every_state() {
    let mut table = vec![row("", COLUMNS.map(|(column, _)| column))];
    for order in rows() {
        table.push(row(name(&order), COLUMNS.iter().map(|(_, event)| cell(&order, event))));
    }
    assert_eq!(squeeze(&table.join("\n")), squeeze(TABLE));
}

#[test]
fn only_the_end_that_is_owed_can_be_settled_and_only_once() {
    for order in rows() {
        for end in [End::Released, End::Sold, End::Returned] {
            let settled = apply(&order, &Event::StockSettled(end), Ms(0));
            let owed = order.stock.is_some_and(|stock| stock.end == end);
            assert_eq!(settled.is_ok(), owed, "{} {end:?}", name(&order));
            let Ok(decision) = settled else { continue };
            let again = apply(&decision.order, &Event::StockSettled(end), Ms(0));
            assert_eq!(again, Err(Refusal::Already));
        }
    }
}
