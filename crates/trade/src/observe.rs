//! What the metrics are told of transitions.

use std::time::Duration;

use clock::Ms;
use model::Actor;
use model::order::{CloseReason, Order, State};

use crate::closes::Closes;
use crate::store::Applied;

/// Who can have closed an order.
const CLOSERS: [&str; 8] =
    ["timer", "sweep", "buyer", "staff", "notice", "noStock", "placementFailed", "refund"];
/// The moves that bring an order on.
const MOVES: [&str; 6] = ["held", "paid", "shipped", "received", "reviewed", "closed"];

/// Shows every counter that alerts look at as nought, so that its first count is seen as a rise.
pub fn show_counters() {
    for by in CLOSERS {
        metrics::counter!("sandglass_orders_closed_total", "by" => by).increment(0);
    }
    for to in MOVES {
        metrics::counter!("sandglass_order_moves_total", "to" => to).increment(0);
    }
    metrics::counter!("sandglass_unknown_orders_total").increment(0);
}

/// Counts closes by who asked for them, and how long after the deadline they came.
pub(crate) fn moved(closes: &Closes, applied: &[Applied], now: Ms) {
    for applied in applied {
        let Applied::Moved { order, moves } = applied else { continue };
        for step in moves.iter().filter(|step| step.from != step.to) {
            metrics::counter!("sandglass_order_moves_total", "to" => step.name).increment(1);
            if step.to == State::Closed {
                closed(closes, order, now);
            }
        }
    }
}

fn closed(closes: &Closes, order: &Order, now: Ms) {
    let by = match (order.close_reason, order.close_asked) {
        (Some(CloseReason::NoStock), _) => "noStock",
        (Some(CloseReason::PlacementFailed), _) => "placementFailed",
        (Some(CloseReason::Refunded), _) => "refund",
        (_, Some(asked)) => actor(asked.actor),
        (_, None) => "unknown",
    };
    metrics::counter!("sandglass_orders_closed_total", "by" => by).increment(1);
    let lag_ms = (by == "timer" || by == "sweep").then(|| now.since(order.deadline).max(0));
    closes.count(now, by, lag_ms);
    if let Some(lag_ms) = lag_ms {
        let lag = Duration::from_millis(u64::try_from(lag_ms).unwrap_or(0));
        metrics::histogram!("sandglass_close_lag_seconds").record(lag);
    }
}

fn actor(actor: Actor) -> &'static str {
    match actor {
        Actor::Buyer => "buyer",
        Actor::Timer => "timer",
        Actor::Sweep => "sweep",
        Actor::Staff => "staff",
        Actor::Notice => "notice",
        Actor::Service => "service",
    }
}
