//! Processes that serve a shop, and what must be there before they start.

use std::path::PathBuf;

use clap::Args;

use super::Common;
use crate::config::{Config, Wrong};
use crate::shop::Role;

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
    /// Which parts: gateway (alone), web (alone), user, item, cart, trade, pay.
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
