//! Mutants: the protocol broken on purpose, so that whoever checks it can be checked.
//!
//! A mutant is one guard taken out of the product. Beside the guard stands one line,
//!
//! ```
//! use mutants::Mutant;
//!
//! # let (asked, deadline, now) = (false, 7, 5);
//! let due = now >= deadline || mutants::on(Mutant::EarlyMessageHandled);
//! # assert_eq!(due, asked);
//! ```
//!
//! so reading the guard shows what becomes of a shop without it. As built for anybody, [`on`] is a constant `false` and
//! the line is gone: there is no switch, no name and no look at the environment in what ships. With the feature
//! `armed`, which only `cargo xtask mutants` turns on, a process is one mutant from its start to its end: the one that
//! the variable [`VARIABLE`](armed::VARIABLE) names, or none.
//!
//! `cargo xtask mutants` runs every mutant before the simulator, the model check and the services' suites, and
//! says who caught it. One that nobody catches is a hole in the checkers.

mod list;

#[cfg(feature = "armed")]
pub mod armed;

pub use list::Mutant;

#[cfg(feature = "armed")]
pub use armed::on;

/// Whether the protocol is broken in this way: never, in a build without the feature `armed`.
#[cfg(not(feature = "armed"))]
#[must_use]
#[inline]
pub const fn on(_: Mutant) -> bool {
    false
}

#[cfg(all(test, not(feature = "armed")))]
mod tests {
    use super::*;

    #[test]
    fn without_the_feature_a_switch_is_a_constant() {
        const _: () = assert!(!on(Mutant::DoubtReadAsUnpaid) && !on(Mutant::HistoryNotWritten));
    }
}
