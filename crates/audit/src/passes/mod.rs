//! Each pass walks some sorted streams side by side once and shows what belongs together to the checks.

mod money;
mod orders;
mod plain;
mod stock;

pub(crate) use money::{payments, wallets};
pub(crate) use orders::orders;
pub(crate) use plain::{keys, outbox};
pub(crate) use stock::stock;

use crate::report::CheckReport;
use crate::tally::{Check, Tally};

fn tallies<F: Copy>(checks: &[Check<F>]) -> Vec<Tally<F>> {
    checks.iter().map(Tally::of).collect()
}

fn reports<F: Copy>(tallies: Vec<Tally<F>>) -> Vec<CheckReport> {
    tallies.into_iter().map(Tally::into_report).collect()
}
