//! The way of an order: what happened to it, and what comes next.

use crate::bodies::{Entry, Order};
use crate::i18n::{Lang, Words, fill};
use crate::order::{PAID, RECEIVED, SHIPPED, UNPAID};

/// A step of the way.
pub(crate) struct Step {
    pub(crate) what: &'static str,
    pub(crate) at: String,
    pub(crate) iso: String,
    pub(crate) note: String,
}

/// The steps a buyer understands; what the services have among themselves is left out.
pub(crate) fn steps(entries: &[Entry], lang: Lang) -> Vec<Step> {
    let w = lang.words();
    let step = |entry: &Entry| {
        Some(Step {
            what: what(entry, w)?,
            at: entry.at.show(lang),
            iso: entry.at.iso().to_owned(),
            note: if is_told(entry) { entry.note.clone() } else { String::new() },
        })
    };
    entries.iter().filter_map(step).collect()
}

/// What staff said of why an order ends, or may wait longer, is the buyer's to read.
fn is_told(entry: &Entry) -> bool {
    entry.actor == "staff" && ["closeAsked", "refundAsked", "extended"].contains(&entry.event.as_str())
}

fn what(entry: &Entry, w: &'static Words) -> Option<&'static str> {
    Some(match entry.event.as_str() {
        "placed" => w.way_placed,
        "held" => w.way_held,
        "holdRefused" => w.way_no_stock,
        "placingExpired" => w.way_expired,
        "paymentApplied" => w.way_applied,
        "extended" => w.way_extended,
        "closeAsked" => match entry.actor.as_str() {
            "buyer" => w.way_asked_buyer,
            "staff" => w.way_asked_staff,
            _ => w.way_asked_timeout,
        },
        "closed" => w.way_closed,
        "paid" => w.way_paid,
        "shipped" => w.way_shipped,
        "received" => w.way_received,
        "reviewed" => w.way_reviewed,
        "refundAsked" => w.way_refund_asked,
        "lateMoney" => w.way_late,
        "refunded" | "lateMoneyRefunded" => w.way_refunded,
        _ => return None,
    })
}

/// What comes next, in one sentence; nothing where the order has come to its end.
pub(crate) fn next(order: &Order, lang: Lang) -> Option<String> {
    let w = lang.words();
    Some(match order.status {
        UNPAID if order.close_asked => w.next_closing.to_owned(),
        UNPAID => fill(w.next_unpaid, &[&order.deadline.show(lang)]),
        PAID if order.refunding => w.next_refunding.to_owned(),
        PAID => w.next_paid.to_owned(),
        SHIPPED => w.next_shipped.to_owned(),
        RECEIVED => w.next_received.to_owned(),
        _ => return None,
    })
}
