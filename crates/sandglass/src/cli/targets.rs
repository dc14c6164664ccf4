//! Measuring how things grow, and everything at once.

use std::path::PathBuf;

use bench::report::Outputs;
use clap::{Args, ValueEnum};

use super::FillState;

/// Options of `bench growth`.
#[derive(Clone, Debug, Args)]
pub struct GrowthArgs {
    /// Measure this alone; may be given again. All three otherwise.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub only: Vec<Grows>,
    /// The most orders that are already in the data.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..=20_000_000))]
    pub orders_up_to: u64,
    /// What became of the orders already in the data; ended if not given.
    #[arg(long, value_enum)]
    pub state: Option<FillState>,
    /// The most items in the catalogue.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..=2_000_000))]
    pub items_up_to: u64,
    /// The most clients.
    #[arg(long, default_value_t = 1_024, value_parser = clap::value_parser!(u64).range(1..=4_096))]
    pub clients_up_to: u64,
    /// How long to measure at each point, after the warm-up.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub seconds: u64,
    /// How long to run before measuring.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(0..=120))]
    pub warmup: u64,
    /// Where the shops' data is made for the time of the run; the disk there is what is measured.
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub below: PathBuf,
    /// Where the report goes.
    #[command(flatten)]
    pub outputs: Outputs,
}

/// What grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Grows {
    /// Orders already in the data.
    Orders,
    /// Items in the catalogue.
    Items,
    /// Clients that place orders at once.
    Clients,
}

/// Options of `bench all`.
#[derive(Clone, Debug, Args)]
pub struct AllArgs {
    /// How often the short ones are run; their median counts.
    #[arg(long, default_value_t = 5, value_parser = runs)]
    pub runs: usize,
    /// Everything small, within two minutes: whether all is right, not how fast.
    #[arg(long)]
    pub quick: bool,
    /// Measure this part alone; may be given again.
    #[arg(long, value_name = "PART")]
    pub only: Vec<String>,
    /// Measure placing beside very many orders too; filling takes long.
    #[arg(long)]
    pub growth: bool,
    /// The most orders that are already in the data.
    #[arg(long, default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1..=20_000_000))]
    pub orders_up_to: u64,
    /// Where the shops' data is made for the time of the run; the disk there is what is measured.
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub below: PathBuf,
    /// Where the report goes.
    #[command(flatten)]
    pub outputs: Outputs,
}

/// A number of runs that has a median and an end.
fn runs(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(runs @ 1..=99) => Ok(runs),
        _ => Err("a number from 1 to 99".to_owned()),
    }
}
