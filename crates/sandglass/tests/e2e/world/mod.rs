//! A shop to test with, whatever it runs on: in this process with a clock driven by hand, or in processes of its
//! own where time passes by itself.
//!
//! A case speaks of time in spans that its world names, such as [`World::window_ms`], lets them pass, and then says
//! what must come about within a span. Where the clock is driven by hand this is exact; over a network it is waited
//! for, bounded. So a case says nothing of how soon a real machine does something.

pub(crate) mod broker;
mod cluster;
mod door;
pub(crate) mod local;
pub(crate) mod person;
pub(crate) mod told;

use std::time::Duration;

use clock::{Clock, SystemClock};
use sandglass::chaos::Positions;

pub(crate) use self::cluster::Cluster;
pub(crate) use self::door::Door;
pub(crate) use self::local::Local;
pub(crate) use self::person::{PASSWORD, PRICE, Person, time};
use self::told::Told;

pub(crate) const UNPAID: i64 = 1;
pub(crate) const PAID: i64 = 2;
pub(crate) const CLOSED: i64 = 5;

/// How many looks a bounded wait takes, one a millisecond.
const LOOKS: u32 = 60_000;
/// Over a network, how many times fewer things are done of which each takes its time.
const FEWER: u32 = 8;

/// A shop in which the test has an item, and buyers, to itself.
pub(crate) enum World {
    Local(Box<Local>),
    Cluster(Box<Cluster>),
}

/// What a test does to the shop beside ordinary traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Nothing: others may work on the same shop.
    None,
    /// It breaks something, so it must be alone.
    Faults,
}

impl World {
    /// A shop with `stock` pieces of an item of this test's own.
    pub(crate) async fn start(stock: u32) -> Self {
        Self::open(stock, Trouble::None).await
    }

    /// The same for a test that breaks something.
    pub(crate) async fn start_alone(stock: u32) -> Self {
        Self::open(stock, Trouble::Faults).await
    }

    async fn open(stock: u32, trouble: Trouble) -> Self {
        match Told::read() {
            Told::Cluster { url, config } => {
                Self::Cluster(Box::new(Cluster::enter(&url, &config, stock, trouble).await))
            }
            Told::Embedded | Told::Postgres => Self::Local(Box::new(Local::start(stock).await)),
        }
    }

    /// A buyer with `balance` cents.
    pub(crate) async fn buyer(&self, name: &str, balance: i64) -> Person {
        match self {
            World::Local(local) => local.buyer(name, balance).await,
            World::Cluster(cluster) => cluster.buyer(name, balance).await,
        }
    }

    /// The same person once more, whose token may have run out.
    pub(crate) async fn again(&self, person: &Person) -> Person {
        match self {
            World::Local(local) => local.login(&person.name).await,
            World::Cluster(_) => person.clone(),
        }
    }

    /// A staff user.
    pub(crate) async fn staff(&self) -> Person {
        match self {
            World::Local(local) => local.staff().await,
            World::Cluster(cluster) => cluster.staff().await,
        }
    }

    /// Sets the fault switches that are named. Only for tests that are alone.
    pub(crate) async fn switch(&self, wanted: Positions) {
        match self {
            World::Local(local) => drop(local.shop.switches.set(wanted)),
            World::Cluster(cluster) => cluster.switch(wanted).await,
        }
    }

    /// How long a hurried buyer's order waits for its payment.
    pub(crate) fn window_ms(&self) -> i64 {
        match self {
            World::Local(local) => local.shop.config.windows_ms()[0],
            World::Cluster(cluster) => cluster.config.windows_ms()[0],
        }
    }

    /// How long after an application for payment it is asked whether it succeeded.
    pub(crate) fn check_ms(&self) -> i64 {
        match self {
            World::Local(local) => local.shop.config.check_delays[0].ms(),
            World::Cluster(cluster) => cluster.config.check_delays[0].ms(),
        }
    }

    /// How many times to do something of which in this process there may be `count`.
    pub(crate) fn few(&self, count: u32) -> u32 {
        match self {
            World::Local(_) => count,
            World::Cluster(_) => count.div_ceil(FEWER),
        }
    }

    /// Lets a span pass.
    pub(crate) async fn pass(&self, span_ms: i64) {
        match self {
            World::Local(local) => local.pass(span_ms).await,
            World::Cluster(_) => SystemClock.sleep_until(SystemClock.now() + span_ms).await,
        }
    }

    /// Lets time pass until `holds`, which it must within the span.
    pub(crate) async fn within(&self, span_ms: i64, what: &str, holds: impl AsyncFn() -> bool) {
        match self {
            World::Local(local) => local.within(span_ms, what, holds).await,
            World::Cluster(cluster) => cluster.within(span_ms, what, holds).await,
        }
    }

    /// Has the shop, or the part of it that keeps orders, be away for the span, and come back.
    pub(crate) async fn away(self, span_ms: i64) -> Self {
        match self {
            World::Local(local) => {
                let clock = local.clock.clone();
                let local = local.restart().await;
                clock.advance(span_ms);
                World::Local(Box::new(local))
            }
            World::Cluster(cluster) => {
                cluster.trade_stops(span_ms).await;
                World::Cluster(cluster)
            }
        }
    }

    /// Every invariant holds. In this process nothing may be late by more than `grace_ms`; on a shop where others
    /// work as well, by more than an audit lets pass.
    pub(crate) async fn assert_clean(&self, grace_ms: i64) {
        match self {
            World::Local(local) => {
                local.quiet().await;
                local.assert_clean(grace_ms).await;
            }
            World::Cluster(cluster) => cluster.assert_clean().await,
        }
    }
}

/// Waits, bounded, until `holds`.
pub(crate) async fn until(holds: impl AsyncFn() -> bool) {
    assert!(comes(&holds).await, "it did not come about in {LOOKS} looks");
}

async fn comes(holds: &impl AsyncFn() -> bool) -> bool {
    for _ in 0..LOOKS {
        if holds().await {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    false
}
