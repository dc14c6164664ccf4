//! What can be asked of the tool.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::report::Outputs;

/// The longest run and the longest wait after it, in seconds: together shorter than the half hour a login
/// lives, so that no token ends in the middle.
const SECONDS_MAX: u64 = 1_200;
const PATIENCE_MAX: u64 = 300;

/// Options of `bench orders`.
#[derive(Clone, Debug, Args)]
pub struct OrdersArgs {
    /// Where the shop answers; plain HTTP.
    #[arg(long, default_value = "http://127.0.0.1:8080", value_name = "URL")]
    pub url: String,
    /// The shop's data directory: where its operator's port is found for the audit at the end.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Virtual clients, each with a connection of its own.
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=4_096))]
    pub clients: u32,
    /// How long to measure, after the warm-up.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=SECONDS_MAX))]
    pub seconds: u64,
    /// How long to run before measuring.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(0..=120))]
    pub warmup: u64,
    /// Closed: each client sends when it has its answer. Open: orders arrive at `--rate`, whatever happens.
    #[arg(long, value_enum, default_value_t = Mode::Closed)]
    pub mode: Mode,
    /// Orders a second of the open loop; latency counts from when each should have been sent.
    #[arg(long, required_if_eq("mode", "open"), value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub rate: Option<u32>,
    /// Only place orders, or pay some of them and let the others run out of time.
    #[arg(long, value_enum, default_value_t = Mix::Place)]
    pub mix: Mix,
    /// How many of a hundred orders are paid in a lifecycle run.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub paid: u8,
    /// How many buyers to register; the clients share them.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=2_000))]
    pub users: u32,
    /// How many different items are bought.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub items: u32,
    /// Everybody buys the same item.
    #[arg(long)]
    pub hot: bool,
    /// Live views that are open meanwhile, each about an order placed before the load.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=2_048))]
    pub views: u32,
    /// Where the pages are, if they are a process of their own.
    #[arg(long, value_name = "URL")]
    pub pages_url: Option<String>,
    /// A staff user: puts money into the buyers' wallets and reads their orders.
    #[arg(long, default_value = "admin", value_name = "NAME")]
    pub staff_user: String,
    /// The staff user's password; better given by the environment, where other users cannot see it.
    #[arg(long, env = "SANDGLASS_STAFF_PASSWORD", hide_env_values = true, value_name = "PASSWORD")]
    pub staff_password: Option<String>,
    /// How many seconds to wait for unpaid orders to be closed after a lifecycle run.
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u64).range(0..=PATIENCE_MAX))]
    pub patience: u64,
    /// How many seconds after its deadline an unpaid order may still be open.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(0..=3_600))]
    pub slack: u64,
    /// Where the report goes.
    #[command(flatten)]
    pub outputs: Outputs,
    /// Makes the same choices of items, payers and samples again.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// Who sets the pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// The server: a client sends its next order when it has the answer to the last.
    Closed,
    /// The clock.
    Open,
}

/// What becomes of the orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mix {
    /// They are placed.
    Place,
    /// Some are paid, the others are left to time out.
    Lifecycle,
}

impl OrdersArgs {
    /// Of a hundred orders, how many are paid.
    pub(crate) fn paid_of_hundred(&self) -> u8 {
        match self.mix {
            Mix::Place => 0,
            Mix::Lifecycle => self.paid,
        }
    }
}
