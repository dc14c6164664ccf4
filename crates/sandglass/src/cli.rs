//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, Layers, Wrong};
use crate::shop::Role;

/// Every order reaches its right end: paid, or closed with its stock returned once and its money settled.
#[derive(Debug, Parser)]
#[command(name = "sandglass", version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the whole shop in one process.
    Up(UpArgs),
    /// Run one or more parts of a shop that is kept in PostgreSQL, as a process among others.
    Serve(ServeArgs),
    /// Bring the tables up to date, without starting.
    Migrate(MigrateArgs),
    /// Check every invariant; exit code 1 if one is violated.
    Audit(AuditArgs),
    /// Import a catalogue; safe to repeat.
    Import(ImportArgs),
    /// Play the reference's cases and watch each order come to its end.
    Demo(DemoArgs),
    /// Measure.
    #[command(subcommand)]
    Bench(BenchCommand),
    /// Look at an order.
    #[command(subcommand)]
    Order(OrderCommand),
    /// Make staff users, put money into wallets.
    #[command(subcommand)]
    User(UserCommand),
    /// Look at messages nobody could handle, send them again or drop them.
    #[command(subcommand)]
    Dead(DeadCommand),
    /// Move a shop from a data directory into PostgreSQL.
    #[command(subcommand)]
    Tables(TablesCommand),
    /// Write the OpenAPI document to standard output.
    Openapi,
}

/// Where the configuration comes from.
#[derive(Clone, Debug, Default, Args)]
pub struct Common {
    /// A configuration file (TOML); `sandglass.default.toml` explains every key.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The data directory.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// Options of `up`.
#[derive(Clone, Debug, Args)]
pub struct UpArgs {
    /// Where the configuration comes from.
    #[command(flatten)]
    pub common: Common,
    /// Where the shop listens; port 0 picks a free one.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Where the operator's calls are answered.
    #[arg(long, value_name = "ADDRESS")]
    pub ops_listen: Option<String>,
    /// How long an unpaid order waits for its payment, such as 30m.
    #[arg(long, value_name = "DURATION")]
    pub payment_window: Option<String>,
    /// Fill an empty shop with a catalogue and users to try it with.
    #[arg(long)]
    pub demo: bool,
    /// Open the fault switches; loopback only.
    #[arg(long)]
    pub chaos: bool,
    /// Set any other key, such as `--set sweep_interval=5s`.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

/// Options of `serve`.
#[derive(Clone, Debug, Args)]
pub struct ServeArgs {
    /// Which parts: gateway (alone), user, item, cart, trade, pay.
    #[arg(required = true, value_name = "ROLE")]
    pub roles: Vec<Role>,
    /// The configuration, and where to listen.
    #[command(flatten)]
    pub up: UpArgs,
}

/// Options of `migrate`.
#[derive(Clone, Debug, Args)]
pub struct MigrateArgs {
    /// Where the configuration comes from.
    #[command(flatten)]
    pub common: Common,
    /// First make the database's roles and schemas, as its owner, whose address this is.
    #[arg(long, value_name = "ADDRESS")]
    pub provision: Option<String>,
    /// The same, with the address in a file, because it holds a password.
    #[arg(long, value_name = "FILE", conflicts_with = "provision")]
    pub provision_file: Option<PathBuf>,
}

/// Options of `audit`.
#[derive(Clone, Debug, Args)]
pub struct AuditArgs {
    /// Which data; a running instance is asked, otherwise the data is opened.
    #[command(flatten)]
    pub common: Common,
    /// Answer JSON.
    #[arg(long)]
    pub json: bool,
}

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

/// Options of `import`.
#[derive(Clone, Debug, Args)]
pub struct ImportArgs {
    /// CSV or JSON Lines; `-` is standard input.
    #[arg(required_unless_present = "items")]
    pub file: Option<String>,
    /// Instead of a file: make up this many items, the same every time.
    #[arg(long, value_name = "N", conflicts_with = "file")]
    pub items: Option<u64>,
    /// `csv` or `jsonl`, where the name does not tell.
    #[arg(long)]
    pub format: Option<String>,
    /// Make the stock of items that exist what the file says; otherwise it is left alone.
    #[arg(long)]
    pub set_stock: bool,
    /// Write the good rows although there are bad ones.
    #[arg(long)]
    pub skip_bad: bool,
    /// Which data.
    #[command(flatten)]
    pub common: Common,
}

/// What can be done with users.
#[derive(Clone, Debug, Subcommand)]
pub enum UserCommand {
    /// Make a staff user; prints the password.
    Staff {
        /// The new user's name.
        username: String,
        /// May look, but change nothing.
        #[arg(long)]
        read_only: bool,
        /// Which data.
        #[command(flatten)]
        common: Common,
    },
    /// Put money into a wallet.
    Credit {
        /// Whose.
        username: String,
        /// How much, in cents.
        amount: i64,
        /// Why; recorded with it.
        #[arg(long)]
        reason: String,
        /// Which data.
        #[command(flatten)]
        common: Common,
    },
}

/// What can be done with orders.
#[derive(Clone, Debug, Subcommand)]
pub enum OrderCommand {
    /// Show one with its history.
    Show {
        /// Its id.
        id: model::OrderId,
        /// Which data.
        #[command(flatten)]
        common: Common,
    },
}

/// What can be done with dead letters.
#[derive(Clone, Debug, Subcommand)]
pub enum DeadCommand {
    /// List them.
    List {
        /// Which data.
        #[command(flatten)]
        common: Common,
    },
    /// Show one.
    Show(DeadOne),
    /// Send one again.
    Replay(DeadOne),
    /// Drop one for good.
    Drop(DeadOne),
}

/// How a shop is moved.
#[derive(Clone, Debug, Subcommand)]
pub enum TablesCommand {
    /// Write all tables of a data directory that nobody serves to a new file.
    Export {
        /// The new file; only its owner can read it, for it holds password hashes. Packed if it is called `….gz`.
        file: PathBuf,
        /// Which data.
        #[command(flatten)]
        common: Common,
    },
    /// Fill the empty tables of a database that nobody serves with such a file.
    Import {
        /// The file, packed or not.
        file: PathBuf,
        /// The configuration that names the database.
        #[command(flatten)]
        common: Common,
    },
}

/// Names one dead letter.
#[derive(Clone, Debug, Args)]
pub struct DeadOne {
    /// Where, as `dead list` says: `trade`, `pay`, or in a shop of several processes also `trade.broker`.
    pub service: String,
    /// Its number.
    pub id: i64,
    /// Which data.
    #[command(flatten)]
    pub common: Common,
}

impl Common {
    fn layers(&self) -> Result<Layers, Wrong> {
        let mut layers = Layers::defaults();
        if let Some(file) = &self.config {
            layers = layers.file(file)?;
        }
        layers = layers.environment(std::env::vars())?;
        Ok(match &self.data {
            Some(dir) => layers.set("data", &dir.display().to_string()),
            None => layers,
        })
    }

    /// The configuration these options lead to.
    pub fn configuration(&self) -> Result<Config, Wrong> {
        self.layers()?.config()
    }
}

impl UpArgs {
    /// The configuration these options lead to.
    pub fn configuration(&self) -> Result<Config, Wrong> {
        let mut layers = self.common.layers()?;
        for pair in &self.set {
            let (key, value) =
                pair.split_once('=').ok_or_else(|| Wrong(format!("--set takes KEY=VALUE, not `{pair}`")))?;
            layers = layers.checked_set(key.trim(), value.trim())?;
        }
        let given = [
            ("listen", &self.listen),
            ("ops_listen", &self.ops_listen),
            ("payment_window", &self.payment_window),
        ];
        for (key, value) in given {
            if let Some(value) = value {
                layers = layers.set(key, value);
            }
        }
        for (key, on) in [("demo", self.demo), ("chaos", self.chaos)] {
            if on {
                layers = layers.set(key, "true");
            }
        }
        layers.config()
    }
}
