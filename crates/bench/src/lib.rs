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
mod compare;
mod machine;
mod orders;
mod pace;
mod pages;
mod pool;
mod progress;
pub mod report;
mod search;
mod stats;
mod steady;
mod timeline;
mod users;
mod verdict;
mod views;
mod wall;
mod workload;

pub use args::{Mix, Mode, OrdersArgs};
pub use compare::{CompareArgs, compare};
pub use machine::Machine;
pub use pages::{PagesArgs, PagesReport, pages, pages_seen, unplanned};
pub use search::{SearchArgs, SearchReport, looks, search};
pub use stats::float;
pub use steady::{Sample, SteadyArgs, steadily};

use std::pin::Pin;

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::task::LocalSet;

use report::{Made, OrdersReport, publish};

/// Asks for an audit of a shop that has no operator's port to ask at; answers what `GET /audit` would there.
pub type Auditor = Pin<Box<dyn Future<Output = Result<Value>>>>;

/// Runs the load that `args` describes, prints the report and answers whether the verdict is clean.
///
/// An error is a run that could not be done, such as a server that is not there.
pub fn run(args: &OrdersArgs, auditor: Option<Auditor>) -> Result<bool> {
    let report = orders(args, auditor)?;
    let made = Made::now();
    publish(&args.outputs, &report.lines(&made.machine), &report, &report.sheet(made))?;
    Ok(report.clean())
}

/// The same without telling anybody. The shop's own audit is asked for at the end, of `auditor` or else at the operator's
/// port that is found in the data directory.
pub fn orders(args: &OrdersArgs, auditor: Option<Auditor>) -> Result<OrdersReport> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("the load tool's runtime does not start")?;
    LocalSet::new().block_on(&runtime, orders::orders(args, auditor))
}
