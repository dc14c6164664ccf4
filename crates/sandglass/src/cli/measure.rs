//! Playing and measuring.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Common;

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

/// Options of `bench fill`.
#[derive(Clone, Debug, Args)]
pub struct FillArgs {
    /// How many orders.
    #[arg(long)]
    pub orders: u64,
    /// What becomes of them.
    #[arg(long, value_enum, default_value = "open")]
    pub state: FillState,
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
