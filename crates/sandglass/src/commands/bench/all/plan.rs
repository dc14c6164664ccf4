//! How large everything is that is measured.

use std::path::PathBuf;

use crate::cli::AllArgs;

/// Sizes of everything.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    /// Of the short runs.
    pub(super) seconds: u64,
    pub(super) warmup: u64,
    pub(super) clients: u32,
    pub(super) users: u32,
    pub(super) items: u64,
    /// Pieces of the one item that is sold out.
    pub(super) sold_out: i64,
    pub(super) lifecycle_seconds: u64,
    pub(super) lifecycle_window: &'static str,
    pub(super) pending: u64,
    pub(super) due_per_second: u64,
    pub(super) due_seconds: u64,
    pub(super) flash_orders: u64,
    pub(super) flash_placing: u32,
    pub(super) flash_clients: u32,
    pub(super) search_items: u64,
    pub(super) search_clients: u32,
}

impl Sizes {
    /// Those that the targets speak of.
    const WANTED: Self = Self {
        seconds: 15,
        warmup: 3,
        clients: 256,
        users: 256,
        items: 5_000,
        sold_out: 20_000,
        lifecycle_seconds: 360,
        lifecycle_window: "5s",
        pending: 1_000_000,
        due_per_second: 1_000,
        due_seconds: 20,
        flash_orders: 100_000,
        flash_placing: 500,
        flash_clients: 64,
        search_items: 1_000_000,
        search_clients: 64,
    };
    /// Small enough for a test.
    const QUICK: Self = Self {
        seconds: 2,
        warmup: 1,
        clients: 8,
        users: 4,
        items: 200,
        sold_out: 50,
        lifecycle_seconds: 3,
        lifecycle_window: "2s",
        pending: 2_000,
        due_per_second: 100,
        due_seconds: 2,
        flash_orders: 1_000,
        flash_placing: 20,
        flash_clients: 4,
        search_items: 1_000,
        search_clients: 4,
    };
}

/// What is measured how, and what is known already.
pub(super) struct Plan {
    pub(super) quick: bool,
    /// How often the short ones are run; their median counts.
    pub(super) runs: usize,
    pub(super) sizes: Sizes,
    /// Where the shops' data is made.
    pub(super) below: PathBuf,
    /// Orders already in the data, at most.
    pub(super) orders_up_to: u64,
    /// Orders placed a second over many items, once that is known.
    pub(super) spread: Option<f64>,
}

impl Plan {
    pub(super) fn of(args: &AllArgs) -> Self {
        Self {
            quick: args.quick,
            runs: if args.quick { 1 } else { args.runs },
            sizes: if args.quick { Sizes::QUICK } else { Sizes::WANTED },
            below: args.below.clone(),
            orders_up_to: args.orders_up_to,
            spread: None,
        }
    }
}

/// The place in `values` of their median; the lower one of two.
pub(super) fn median(values: &[f64]) -> usize {
    let mut places: Vec<usize> = (0..values.len()).collect();
    places.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    places.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(0)
}

/// What `sandglass bench all` with these words would do.
#[cfg(test)]
pub(super) fn args(words: &[&str]) -> AllArgs {
    use clap::Parser;

    use crate::cli::{BenchCommand, Cli, Command};
    let words = ["sandglass", "bench", "all"].iter().chain(words);
    match Cli::parse_from(words).command {
        Command::Bench(BenchCommand::All(args)) => args,
        other => panic!("{other:?} is another command"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle_of_the_values_not_of_the_runs() {
        assert_eq!(median(&[5.0, 1.0, 3.0]), 2);
        assert_eq!(median(&[9.0, 1.0]), 1);
        assert_eq!(median(&[9.0]), 0);
    }
}
