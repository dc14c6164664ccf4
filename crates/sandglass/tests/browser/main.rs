//! The pages in a real Chromium, against a whole shop in this process whose clock is driven by hand.
//!
//! Each test has a browser of its own; one runs at a time. Where there is no Chromium or `ChromeDriver`, a test says by
//! name that it was skipped. Nothing sleeps for a while and hopes: conditions are polled, within a bound.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod browser;
mod buying;
mod console;
mod driver;
mod findings;
mod live;
mod opening;
mod pictures;
mod scenes;
mod scriptless;
mod wire;
mod world;
