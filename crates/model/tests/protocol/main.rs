//! The protocol as a whole, with nothing but the pure functions: one order, its payment, its hold and its
//! buyer's wallet, joined by a network that loses, repeats, delays and reorders whatever it likes.
//!
//! [`world`] says what can happen; [`invariants`] says what must hold after each step; [`weather`] clears the
//! network — every process crashed, every message lost — and brings the order to its end from the rows alone.
//! [`every_interleaving`] visits *all* states within small bounds, [`chance`] walks further at random.
//!
//! Where this world does for itself what a service does, it is broken as that service is by a mutant.

mod chance;
mod every_interleaving;
mod invariants;
mod item;
mod pay;
mod provider;
mod trade;
mod wallet;
mod weather;
mod world;
