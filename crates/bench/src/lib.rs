//! A load tool that does not believe the shop.
//!
//! It places and pays orders over plain HTTP as fast as asked, writes everything that was acknowledged into
//! its own book, and afterwards holds the shop to that book: nothing acknowledged may be lost, nothing may be
//! done twice, every wallet must add up. Any server that speaks the same HTTP contract can be measured.
//!
//! It shares the machine with the server it measures, so it is written to be cheap: one thread, one
//! keep-alive connection for each virtual client, bodies made beforehand, answers read without a parser.

mod api;
mod args;
mod book;
mod catalogue;
mod client;
mod machine;
mod orders;
mod pace;
mod pool;
mod progress;
mod report;
mod stats;
mod users;
mod verdict;
mod wall;
mod workload;

pub use args::{Mix, Mode, OrdersArgs};

use anyhow::{Context, Result};
use tokio::task::LocalSet;

/// Runs the load that `args` describes, prints the report and answers whether the verdict is clean.
///
/// An error is a run that could not be done, such as a server that is not there.
pub fn run(args: &OrdersArgs) -> Result<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("the load tool's runtime does not start")?;
    LocalSet::new().block_on(&runtime, orders::orders(args))
}
