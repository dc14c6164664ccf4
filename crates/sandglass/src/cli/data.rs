//! Looking into a shop's data, and changing it as an operator may.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Common;

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

/// Options of `archive`.
#[derive(Clone, Debug, Args)]
pub struct ArchiveArgs {
    /// Orders that ended before this: a day, a local time or one with an offset, such as 2026-03-01 or
    /// 2026-03-01T12:00+08:00.
    #[arg(long, value_name = "TIME")]
    pub before: String,
    /// Another folder than `archive` in the data directory; the process that has the data must be able to write it.
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,
    /// Also orders that were received and never reviewed; they cannot be reviewed any more then.
    #[arg(long)]
    pub received: bool,
    /// Which data.
    #[command(flatten)]
    pub common: Common,
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
