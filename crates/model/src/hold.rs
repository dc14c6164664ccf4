//! The hold of an order: one header for all its lines, so that hold, release and sale meet on one row.
//!
//! ```text
//! (none) ──hold──▶ held ──▶ released
//!    │               └────▶ sold ──▶ returned
//!    ├──hold refused──▶ refused
//!    └──any end before a hold──▶ released   (the tombstone that refuses a late hold)
//! ```
//!
//! `item` is told an order's *end*, never a delta, so duplicates and any order of arrival converge.

use mutants::Mutant;
use serde::{Deserialize, Serialize};

/// What becomes of an order's stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum End {
    /// Back to available; the order was closed unpaid.
    Released,
    /// Gone; the order was paid.
    Sold,
    /// Back to available after a sale; the order was refunded.
    Returned,
}

impl End {
    /// The code stored in the database.
    pub fn code(self) -> i64 {
        self as i64
    }

    /// From the code stored in the database.
    pub fn from_code(code: i64) -> Option<Self> {
        const ALL: [End; 3] = [End::Released, End::Sold, End::Returned];
        usize::try_from(code).ok().and_then(|index| ALL.get(index).copied())
    }
}

/// Where a hold stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// All lines are taken off the available stock.
    Held,
    /// Given back, or never to be taken.
    Released,
    /// Sold.
    Sold,
    /// Sold, then given back.
    Returned,
    /// The hold was refused; remembered so that a duplicate gets the same answer.
    Refused,
}

impl State {
    /// The code stored in the database.
    pub fn code(self) -> i64 {
        self as i64
    }

    /// From the code stored in the database.
    pub fn from_code(code: i64) -> Option<Self> {
        const ALL: [State; 5] = [State::Held, State::Released, State::Sold, State::Returned, State::Refused];
        usize::try_from(code).ok().and_then(|index| ALL.get(index).copied())
    }
}

/// One movement of every line of the hold between the three counters of its items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Movement {
    /// available → held.
    Hold,
    /// held → available.
    Release,
    /// held → sold.
    Sell,
    /// sold → available.
    Return,
}

/// Why a hold cannot end so. It is the caller's mistake and never happens in the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("a hold that is {from:?} cannot be {end:?}")]
pub struct Impossible {
    /// Where the hold stands.
    pub from: State,
    /// What was asked for.
    pub end: End,
}

/// What settling does: the state afterwards and the movements that lead there, in order. No movement means
/// that it was so already.
pub type Settled = (State, &'static [Movement]);

/// Decides what telling `item` the `end` of an order does to its hold (`None`: there is none yet).
pub fn settle(hold: Option<State>, end: End) -> Result<Settled, Impossible> {
    match (hold, end) {
        (Some(State::Released), End::Released) if mutants::on(Mutant::ReleaseNotUnique) => {
            Ok((State::Released, &[Movement::Release]))
        }
        (None | Some(State::Released), End::Released) => Ok((State::Released, &[])),
        (Some(State::Refused), End::Released) => Ok((State::Refused, &[])),
        (Some(State::Held), End::Released) => Ok((State::Released, &[Movement::Release])),
        (Some(State::Held), End::Sold) => Ok((State::Sold, &[Movement::Sell])),
        (Some(State::Held), End::Returned) => Ok((State::Returned, &[Movement::Sell, Movement::Return])),
        (Some(State::Sold), End::Sold) => Ok((State::Sold, &[])),
        (Some(State::Sold), End::Returned) => Ok((State::Returned, &[Movement::Return])),
        // A late or repeated "sold" after the return: the order has gone on, the return stands.
        (Some(State::Returned), End::Sold | End::Returned) => Ok((State::Returned, &[])),
        (from, end) => Err(Impossible { from: from.unwrap_or(State::Released), end }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settling_twice_moves_nothing_the_second_time() {
        for start in [None, Some(State::Held), Some(State::Sold)] {
            for end in [End::Released, End::Sold, End::Returned] {
                if let Ok((after, _)) = settle(start, end) {
                    assert_eq!(settle(Some(after), end), Ok((after, &[][..])), "{start:?} {end:?}");
                }
            }
        }
    }

    #[test]
    fn sold_and_returned_converge_in_any_order_of_arrival() {
        let (returned, _) = settle(Some(State::Held), End::Returned).unwrap();
        let (late_sold, moved) = settle(Some(returned), End::Sold).unwrap();
        assert_eq!((late_sold, moved), (State::Returned, &[][..]));
    }

    #[test]
    fn released_stock_is_never_sold() {
        assert!(settle(Some(State::Released), End::Sold).is_err());
        assert!(settle(Some(State::Sold), End::Released).is_err());
    }
}
