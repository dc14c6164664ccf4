//! What an event does to an order.

use mutants::Mutant;
use serde::{Deserialize, Serialize};

use super::{CloseAsked, CloseReason, Order, Refund, State, StockDuty};
use crate::{Actor, Cents, Ms, hold::End};

/// Something that happened to an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// `item` holds all lines. The payment window starts now and lasts `window_ms`.
    Held {
        /// Length of the payment window, in milliseconds.
        window_ms: i64,
    },
    /// `item` refused the hold.
    HoldRefused,
    /// Placing took too long.
    PlacingExpired,
    /// The buyer opened the payment.
    PaymentApplied,
    /// Somebody wants the order closed.
    AskClose {
        /// Why.
        reason: CloseReason,
        /// Who.
        actor: Actor,
    },
    /// `pay` answered that the order is closed there and can never be paid.
    PayClosed,
    /// `pay` answered that the order is paid.
    PayPaid,
    /// Staff gives the buyer more time.
    Extend {
        /// The new deadline.
        until: Ms,
    },
    /// `item` acknowledged the end of the stock.
    StockSettled(End),
    /// Staff sent the parcel.
    Ship,
    /// The buyer has it.
    Receive,
    /// The buyer wrote a review.
    Review,
    /// Staff cancels a paid order.
    AskRefund,
    /// `pay` acknowledged the refund.
    Refunded,
}

/// Why an event has no effect. The order stays as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "camelCase")]
pub enum Refusal {
    /// The same already happened: nothing to do, and nothing wrong.
    #[error("this has already happened")]
    Already,
    /// The order's state does not allow it.
    #[error("the order's state does not allow this")]
    WrongState(State),
    /// Closing was asked for; that is irrevocable.
    #[error("closing of the order was already asked for")]
    CloseAsked,
    /// A refund is under way.
    #[error("the order is being refunded")]
    Refunding,
    /// The deadline has not come yet.
    #[error("the order's deadline has not come yet")]
    NotDue,
    /// The deadline is over.
    #[error("the order's deadline is over")]
    Overdue,
    /// The new deadline is not after the old one.
    #[error("the new deadline must lie after the present one")]
    NotLater,
}

/// One step of the state, to be written to the history. Marks have `from == to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Move {
    /// Before.
    pub from: State,
    /// After.
    pub to: State,
    /// The event's name in the history.
    pub name: &'static str,
}

/// What must be committed together with the new state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Wake the order at this time: its deadline.
    WakeAt(Ms),
    /// Start the delayed checks whether the payment's success was heard.
    ArmChecks,
    /// The placing duty is done; drop it.
    DropPlacingDuty,
    /// Take the ordered items out of the buyer's cart.
    ClearCart,
    /// Something is owed to another service from now on.
    Owes,
}

/// The outcome of an event: the new state and all that is committed with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The order afterwards.
    pub order: Order,
    /// Its moves, oldest first; at least one.
    pub moves: Vec<Move>,
    /// What goes with it.
    pub effects: Vec<Effect>,
}

/// Decides what `event` does to `order` at `now`.
pub fn apply(order: &Order, event: &Event, now: Ms) -> Result<Decision, Refusal> {
    match *event {
        Event::Held { window_ms } => held(order, window_ms, now),
        Event::HoldRefused => fail_placing(order, CloseReason::NoStock, "holdRefused"),
        Event::PlacingExpired if order.state == State::Placing && now < order.deadline => {
            Err(Refusal::NotDue)
        }
        Event::PlacingExpired => fail_placing(order, CloseReason::PlacementFailed, "placingExpired"),
        Event::PaymentApplied => payment_applied(order, now),
        Event::AskClose { reason, actor } => ask_close(order, reason, actor, now),
        Event::PayClosed => pay_closed(order),
        Event::PayPaid => pay_paid(order),
        Event::Extend { until } => extend(order, until, now),
        Event::StockSettled(end) => stock_settled(order, end),
        Event::Ship => ship(order),
        Event::Receive => forward(order, State::Shipped, State::Received, "received"),
        Event::Review => forward(order, State::Received, State::Reviewed, "reviewed"),
        Event::AskRefund => ask_refund(order),
        Event::Refunded => refunded(order),
    }
}

fn held(order: &Order, window_ms: i64, now: Ms) -> Result<Decision, Refusal> {
    require(order, State::Placing)?;
    let deadline = now + window_ms;
    let unpaid = Order { state: State::Unpaid, deadline, ..order.clone() };
    let mut decision = moved(
        order,
        unpaid,
        "held",
        vec![Effect::DropPlacingDuty, Effect::ClearCart, Effect::WakeAt(deadline)],
    );
    if order.total == Cents::ZERO {
        paid_at_once(&mut decision);
    }
    Ok(decision)
}

/// Nothing to pay: the order does not wait for a payment that can never come.
fn paid_at_once(decision: &mut Decision) {
    decision.order.state = State::Paid;
    decision.order.stock = Some(StockDuty { end: End::Sold, settled: false });
    decision.moves.push(Move { from: State::Unpaid, to: State::Paid, name: "paid" });
    decision.effects.retain(|effect| !matches!(effect, Effect::WakeAt(_)));
    decision.effects.push(Effect::Owes);
}

/// Closes a placement and owes the release, which leaves the tombstone that refuses a late hold.
fn fail_placing(order: &Order, reason: CloseReason, name: &'static str) -> Result<Decision, Refusal> {
    require(order, State::Placing)?;
    let effects = vec![Effect::DropPlacingDuty, Effect::Owes];
    Ok(moved(order, closed(order, reason, End::Released), name, effects))
}

fn payment_applied(order: &Order, now: Ms) -> Result<Decision, Refusal> {
    require(order, State::Unpaid)?;
    match order {
        Order { close_asked: Some(_), .. } => Err(Refusal::CloseAsked),
        Order { applied_at: Some(_), .. } => Err(Refusal::Already),
        Order { deadline, .. } if now >= *deadline => Err(Refusal::Overdue),
        _ => {
            let applied = Order { applied_at: Some(now), ..order.clone() };
            Ok(moved(order, applied, "paymentApplied", vec![Effect::ArmChecks]))
        }
    }
}

fn ask_close(order: &Order, reason: CloseReason, actor: Actor, now: Ms) -> Result<Decision, Refusal> {
    require(order, State::Unpaid)?;
    if order.close_asked.is_some() {
        return Err(Refusal::Already);
    }
    let early = mutants::on(Mutant::EarlyMessageHandled) || mutants::on(Mutant::DeadlineFromSetting);
    if reason == CloseReason::Timeout && now < order.deadline && !early {
        return Err(Refusal::NotDue);
    }
    let asked = Order { close_asked: Some(CloseAsked { reason, actor, at: now }), ..order.clone() };
    Ok(moved(order, asked, "closeAsked", vec![Effect::Owes]))
}

fn pay_closed(order: &Order) -> Result<Decision, Refusal> {
    require(order, State::Unpaid)?;
    let Some(asked) = order.close_asked else { return Err(Refusal::WrongState(order.state)) };
    Ok(moved(order, closed(order, asked.reason, End::Released), "closed", vec![Effect::Owes]))
}

fn pay_paid(order: &Order) -> Result<Decision, Refusal> {
    match (order.state, order.refund) {
        (State::Unpaid, _) => Ok(paid(order)),
        (State::Closed, _) if mutants::on(Mutant::NoCompareOnMarkPaid) => Ok(paid(order)),
        (State::Closed, Refund::None) => {
            let late = Order { refund: Refund::Owed, ..order.clone() };
            Ok(moved(order, late, "lateMoney", vec![Effect::Owes]))
        }
        (State::Placing, _) => Err(Refusal::WrongState(order.state)),
        _ => Err(Refusal::Already),
    }
}

fn paid(order: &Order) -> Decision {
    let stock = Some(StockDuty { end: End::Sold, settled: false });
    let paid = Order { state: State::Paid, stock, ..order.clone() };
    moved(order, paid, "paid", vec![Effect::Owes])
}

fn extend(order: &Order, until: Ms, now: Ms) -> Result<Decision, Refusal> {
    require(order, State::Unpaid)?;
    if order.close_asked.is_some() && !mutants::on(Mutant::ExtensionAfterCloseAsked) {
        return Err(Refusal::CloseAsked);
    }
    if until <= order.deadline || until <= now {
        return Err(Refusal::NotLater);
    }
    let extended = Order { deadline: until, ..order.clone() };
    Ok(moved(order, extended, "extended", vec![Effect::WakeAt(until)]))
}

fn stock_settled(order: &Order, end: End) -> Result<Decision, Refusal> {
    match order.stock {
        Some(StockDuty { end: owed, settled: false }) if owed == end => {
            let settled = Order { stock: Some(StockDuty { end, settled: true }), ..order.clone() };
            Ok(moved(order, settled, "stockSettled", vec![]))
        }
        Some(StockDuty { end: owed, settled: true }) if owed == end => Err(Refusal::Already),
        _ => Err(Refusal::WrongState(order.state)),
    }
}

fn ship(order: &Order) -> Result<Decision, Refusal> {
    if order.refunding() && !mutants::on(Mutant::ShipWhileRefunding) {
        return Err(Refusal::Refunding);
    }
    forward(order, State::Paid, State::Shipped, "shipped")
}

fn ask_refund(order: &Order) -> Result<Decision, Refusal> {
    require(order, State::Paid)?;
    if order.refund != Refund::None {
        return Err(Refusal::Already);
    }
    let refunding = Order { refund: Refund::Owed, ..order.clone() };
    Ok(moved(order, refunding, "refundAsked", vec![Effect::Owes]))
}

fn refunded(order: &Order) -> Result<Decision, Refusal> {
    match (order.state, order.refund) {
        (State::Paid, Refund::Owed) => {
            let base = Order { refund: Refund::Done, ..order.clone() };
            let after = closed(&base, CloseReason::Refunded, End::Returned);
            Ok(moved(order, after, "refunded", vec![Effect::Owes]))
        }
        (State::Closed, Refund::Owed) => {
            let after = Order { refund: Refund::Done, ..order.clone() };
            Ok(moved(order, after, "lateMoneyRefunded", vec![]))
        }
        (_, Refund::Done) => Err(Refusal::Already),
        (state, _) => Err(Refusal::WrongState(state)),
    }
}

fn forward(order: &Order, from: State, to: State, name: &'static str) -> Result<Decision, Refusal> {
    if order.state == to {
        return Err(Refusal::Already);
    }
    require(order, from)?;
    Ok(moved(order, Order { state: to, ..order.clone() }, name, vec![]))
}

fn closed(order: &Order, reason: CloseReason, end: End) -> Order {
    Order {
        state: State::Closed,
        close_reason: Some(reason),
        stock: Some(StockDuty { end, settled: false }),
        ..order.clone()
    }
}

fn require(order: &Order, state: State) -> Result<(), Refusal> {
    if order.state == state { Ok(()) } else { Err(Refusal::WrongState(order.state)) }
}

fn moved(before: &Order, after: Order, name: &'static str, effects: Vec<Effect>) -> Decision {
    let step = Move { from: before.state, to: after.state, name };
    Decision { order: after, moves: vec![step], effects }
}
