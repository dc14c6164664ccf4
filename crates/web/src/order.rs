//! What pages make of an order.

use serde::Deserialize;

use crate::bodies::Order;
use crate::money::Money;
use crate::when::When;

/// The wire's codes.
pub(crate) const UNPAID: u8 = 1;
pub(crate) const PAID: u8 = 2;
pub(crate) const SHIPPED: u8 = 3;
pub(crate) const RECEIVED: u8 = 4;
pub(crate) const CLOSED: u8 = 5;
pub(crate) const REVIEWED: u8 = 6;

impl Order {
    /// Whether it can be paid now.
    pub(crate) fn is_open(&self) -> bool {
        self.status == UNPAID && !self.close_asked && self.left_ms() > 0
    }

    /// How long it can still be paid.
    pub(crate) fn left_ms(&self) -> i64 {
        self.deadline.left_ms(&self.now)
    }

    /// How long it could be paid in all.
    pub(crate) fn span_ms(&self) -> i64 {
        self.deadline.left_ms(&self.create_time).max(1)
    }

    /// How many pieces.
    pub(crate) fn pieces(&self) -> i64 {
        self.details.iter().map(|line| line.num).sum()
    }

    /// What the things cost; there is nothing else to pay for.
    pub(crate) fn goods(&self) -> Money {
        self.details.iter().map(|line| line.price.times(line.num)).sum()
    }

    /// Changes with whatever a reader would see.
    pub(crate) fn version(&self) -> String {
        version(self.status, self.close_asked, self.refunding, &self.deadline)
    }
}

/// How an order stands, as the interface tells the pages of many at once.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Standing {
    pub(crate) status: u8,
    pub(crate) close_asked: bool,
    pub(crate) refunding: bool,
    pub(crate) deadline: When,
}

impl Standing {
    /// The same as [`Order::version`] of the same order.
    pub(crate) fn version(&self) -> String {
        version(self.status, self.close_asked, self.refunding, &self.deadline)
    }
}

fn version(status: u8, close_asked: bool, refunding: bool, deadline: &When) -> String {
    format!("{status}-{}{}-{:x}", u8::from(close_asked), u8::from(refunding), deadline.ms().0)
}
