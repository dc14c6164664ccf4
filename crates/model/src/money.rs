//! Money: integer cents, checked.

use serde::{Deserialize, Serialize};

/// An amount of money in cents. All arithmetic is checked: what does not fit is `None`, never a wrap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cents(pub i64);

impl Cents {
    /// Nothing owed.
    pub const ZERO: Cents = Cents(0);

    /// The sum, if it fits.
    pub fn plus(self, other: Cents) -> Option<Cents> {
        self.0.checked_add(other.0).map(Cents)
    }

    /// The difference, if it fits. May be negative.
    pub fn minus(self, other: Cents) -> Option<Cents> {
        self.0.checked_sub(other.0).map(Cents)
    }

    /// This price taken `num` times, if it fits.
    pub fn times(self, num: u32) -> Option<Cents> {
        self.0.checked_mul(i64::from(num)).map(Cents)
    }

    /// The sum of all, if it fits.
    pub fn sum(amounts: impl IntoIterator<Item = Cents>) -> Option<Cents> {
        amounts.into_iter().try_fold(Cents::ZERO, Cents::plus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_that_do_not_fit_are_refused() {
        assert_eq!(Cents::sum([Cents(i64::MAX), Cents(1)]), None);
        assert_eq!(Cents(i64::MAX / 2 + 1).times(2), None);
        assert_eq!(Cents::sum([Cents(2), Cents(3)]), Some(Cents(5)));
    }
}
