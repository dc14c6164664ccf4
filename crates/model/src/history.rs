//! Who moved an order, and why: recorded once with every transition.

use serde::{Deserialize, Serialize};

/// Who caused a transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Actor {
    /// The owner of the order.
    Buyer,
    /// A delayed message that came due: the deadline or a check.
    Timer,
    /// The periodic look at the business tables.
    Sweep,
    /// An operator.
    Staff,
    /// A notice of another service, such as `pay.success`.
    Notice,
    /// The service itself, in the course of a request or a duty.
    Service,
}

impl Actor {
    /// The code stored in the database.
    pub fn code(self) -> i64 {
        self as i64
    }

    /// From the code stored in the database.
    pub fn from_code(code: i64) -> Option<Self> {
        const ALL: [Actor; 6] =
            [Actor::Buyer, Actor::Timer, Actor::Sweep, Actor::Staff, Actor::Notice, Actor::Service];
        usize::try_from(code).ok().and_then(|index| ALL.get(index).copied())
    }
}

/// What a transition is recorded with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Who moved it.
    pub actor: Actor,
    /// Which user, for buyer and staff; 0 otherwise.
    pub by: u64,
    /// The reason given, in the actor's words; may be empty.
    pub note: String,
    /// The W3C trace id of the request or message that led here; empty if there was none.
    pub trace: String,
}

impl Cause {
    /// A cause without user, note or trace.
    pub fn of(actor: Actor) -> Self {
        Self { actor, by: 0, note: String::new(), trace: String::new() }
    }
}
