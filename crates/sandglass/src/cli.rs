//! The command line: what can be done, and with which options.

mod data;
mod measure;
mod process;
mod targets;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use self::data::{
    ArchiveArgs, AuditArgs, DeadCommand, DeadOne, ImportArgs, OrderCommand, TablesCommand, UserCommand,
};
pub use self::measure::{
    BenchCommand, BenchOrdersArgs, BenchPagesArgs, DemoArgs, FillArgs, FillState, FlashArgs, OverloadArgs,
    TimersArgs,
};
pub use self::process::{MigrateArgs, ServeArgs, UpArgs};
pub use self::targets::{AllArgs, Grows, GrowthArgs};
use crate::config::{Config, Layers, Wrong};

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
    /// Run simulated shops in which everything goes wrong; exit code 1 if an order did not end right.
    Sim(sim::SimArgs),
    /// Look at an order.
    #[command(subcommand)]
    Order(OrderCommand),
    /// Make staff users, put money into wallets.
    #[command(subcommand)]
    User(UserCommand),
    /// Look at messages nobody could handle, send them again or drop them.
    #[command(subcommand)]
    Dead(DeadCommand),
    /// Move orders that ended long ago from the tables into files; the shop may run.
    Archive(ArchiveArgs),
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
