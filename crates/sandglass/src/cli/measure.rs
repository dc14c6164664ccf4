//! Playing and measuring.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{AllArgs, Common, GrowthArgs};

/// Options of `demo`.
#[derive(Clone, Debug, Args)]
pub struct DemoArgs {
    /// A running instance, started with --demo; without it the demo brings up its own.
    #[arg(long)]
    pub url: Option<String>,
    /// The running instance's data, for the fault switches and the audit.
    #[command(flatten)]
    pub common: Common,
}

/// What can be measured, and what for.
#[derive(Clone, Debug, Subcommand)]
pub enum BenchCommand {
    /// Place orders, pay some; exit code 1 if one was lost or doubled, or a wallet does not add up.
    Orders(BenchOrdersArgs),
    /// Memory and lateness with very many pending timers, in a shop of its own.
    Timers(TimersArgs),
    /// Very many orders due at one instant while others are placed, in a shop of its own.
    Flash(FlashArgs),
    /// Search the catalogue and read items' pages.
    Search(bench::SearchArgs),
    /// Look at every page of the shop and of the console; exit code 1 if one is slow or missing.
    Pages(BenchPagesArgs),
    /// How placing goes as the data, the catalogue and the crowd grow, on shops of its own.
    Growth(GrowthArgs),
    /// Every target of this machine, one after the other, on shops of its own; exit code 1 if one is not met.
    All(AllArgs),
    /// Two reports that were written with --json, side by side.
    Compare(bench::CompareArgs),
    /// Make many orders in a data directory that nobody serves.
    Fill(FillArgs),
}

/// Options of `bench orders`.
#[derive(Clone, Debug, Args)]
pub struct BenchOrdersArgs {
    /// The load.
    #[command(flatten)]
    pub load: bench::OrdersArgs,
    /// The shop's configuration: of one process instead of --data, of several to audit its database at the end.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Options of `bench pages`.
#[derive(Clone, Debug, Args)]
pub struct BenchPagesArgs {
    /// The looks.
    #[command(flatten)]
    pub looks: bench::PagesArgs,
    /// The shop's data, where a staff user is made if no password of one is given.
    #[command(flatten)]
    pub common: Common,
}

/// Options of `bench timers`.
#[derive(Clone, Debug, Args)]
pub struct TimersArgs {
    /// Orders whose time does not come while they are watched.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..=20_000_000))]
    pub pending: u64,
    /// Orders due a second.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=20_000))]
    pub rate: u64,
    /// For how many seconds.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub seconds: u64,
    /// Kill the shop in the middle and start it again.
    #[arg(long)]
    pub kill: bool,
    /// Where the shop's data is made for the time of the run; the disk there is what is measured.
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub below: PathBuf,
    /// Where the report goes.
    #[command(flatten)]
    pub outputs: bench::report::Outputs,
}

/// Options of `bench flash`.
#[derive(Clone, Debug, Args)]
pub struct FlashArgs {
    /// Orders due at the instant.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..=2_000_000))]
    pub orders: u64,
    /// New orders placed a second, before and meanwhile.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub placing: u32,
    /// Clients that place them.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=1_024))]
    pub clients: u32,
    /// Where the shop's data is made for the time of the run; the disk there is what is measured.
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub below: PathBuf,
    /// Where the report goes.
    #[command(flatten)]
    pub outputs: bench::report::Outputs,
}

/// Options of `bench fill`.
#[derive(Clone, Debug, Args)]
pub struct FillArgs {
    /// How many orders.
    #[arg(long)]
    pub orders: u64,
    /// What becomes of them.
    #[arg(long, value_enum, default_value = "open")]
    pub state: FillState,
    /// Where the report goes.
    #[command(flatten)]
    pub outputs: bench::report::Outputs,
    /// Which data.
    #[command(flatten)]
    pub common: Common,
}

/// What becomes of orders made in bulk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum FillState {
    /// They wait for their payment.
    Open,
    /// They are closed and settled.
    Ended,
}
