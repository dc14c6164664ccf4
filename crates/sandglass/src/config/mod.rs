//! The configuration: defaults, then a file, then the environment, then flags.
//!
//! The defaults are a file too, `sandglass.default.toml`, where every key is explained; this type has no
//! defaults of its own that could drift from it.

mod cluster;
mod layers;
mod network;
mod origin;
mod ratio;
mod span;

pub use cluster::{Hidden, Number};
pub use layers::{Layers, Wrong};
pub use network::Network;
pub use origin::Origin;
pub use ratio::Ratio;
pub use span::Span;

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

/// The longest pause between two sweeps, in milliseconds. They are what ends an order whose messages are lost,
/// so no setting may put them off for long.
const SWEEP_INTERVAL_MAX_MS: i64 = clock::HOUR;

/// The keys of `sandglass.default.toml`, checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own, and none is a state of another")]
pub struct Config {
    /// Where the shop listens.
    pub listen: SocketAddr,
    /// Where the operator's calls are answered.
    pub ops_listen: SocketAddr,
    /// The data directory.
    pub data: PathBuf,
    /// How long an unpaid order waits for its payment.
    pub payment_window: Span,
    /// The same for one way of paying, where set.
    pub payment_window_alipay: Option<Span>,
    /// The same for one way of paying, where set.
    pub payment_window_wechat: Option<Span>,
    /// The same for one way of paying, where set.
    pub payment_window_balance: Option<Span>,
    /// When to check whether a payment succeeded, after it was opened.
    pub check_delays: Vec<Span>,
    /// How often the sweeps look; at most an hour apart.
    pub sweep_interval: Span,
    /// How long a login lasts.
    pub token_lifetime: Span,
    /// Zone in which times are written; empty: the server's.
    pub zone: String,
    /// The log filter.
    pub log: String,
    /// How the log is written.
    pub log_format: LogFormat,
    /// The base URL of the collector that traces go to over OTLP; empty: none.
    pub otlp: String,
    /// How many of the traces that begin here are recorded.
    pub otlp_sample: Ratio,
    /// Whether to fill an empty shop with things to try.
    pub demo: bool,
    /// Whether the fault switches are open.
    pub chaos: bool,
    /// Where `PostgreSQL` is; empty: the data directory keeps everything.
    pub database: Hidden,
    /// The file with the password of a service's role; empty: none.
    pub database_password_file: String,
    /// Connections of each service's process.
    pub database_connections: Number,
    /// Whether it may forget what it acknowledged, when its machine fails.
    pub database_may_forget: bool,
    /// How long one statement may take.
    pub statement_timeout: Span,
    /// Where `RabbitMQ` is; empty: nowhere.
    pub broker: Hidden,
    /// The file with that address; empty: none.
    pub broker_file: String,
    /// Where delayed messages wait.
    pub broker_mode: BrokerMode,
    /// Where the gateway's replicas are, for the pages.
    pub gateway_at: Vec<String>,
    /// Where `user`'s replicas are.
    pub user_at: Vec<String>,
    /// Where `item`'s replicas are.
    pub item_at: Vec<String>,
    /// Where `cart`'s replicas are.
    pub cart_at: Vec<String>,
    /// Where `trade`'s replicas are.
    pub trade_at: Vec<String>,
    /// Where `pay`'s replicas are.
    pub pay_at: Vec<String>,
    /// How many requests a second one address may send through the gateway, up to 1,000; 0: as many as it likes.
    pub requests_per_address: Number,
    /// Proxies in front of the shop whose word on the client's address counts.
    pub trusted_proxies: Vec<Network>,
    /// Whether visitors of the pages always come over TLS.
    pub web_tls: bool,
    /// Where pictures of items may be, beside here.
    pub web_pictures_from: Vec<Origin>,
    /// How long one service waits for another's answer.
    pub call_deadline: Span,
    /// The directory of the keys; empty: `keys` in the data directory.
    pub keys: PathBuf,
    /// Where the sandbox payment provider is; empty: there is none.
    pub sandbox_at: String,
    /// The file with the secret shared with it.
    pub sandbox_key_file: String,
    /// Operator's ports of processes on other machines, for staff's pages.
    pub ops_at: Vec<String>,
    /// The file with the token of every operator's port; empty: each process makes one at its start.
    pub ops_token_file: String,
}

/// Where delayed messages wait on the way through `RabbitMQ`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BrokerMode {
    /// In queues with a time to live.
    Ttl,
    /// In an `x-delayed-message` exchange.
    Plugin,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Config {
    /// The payment windows of payment types 1, 2 and 3, in milliseconds.
    pub fn windows_ms(&self) -> [i64; 3] {
        let one = |own: Option<Span>| own.unwrap_or(self.payment_window).ms();
        [one(self.payment_window_alipay), one(self.payment_window_wechat), one(self.payment_window_balance)]
    }

    /// Whom a door that clients reach believes where they are.
    pub fn proxies(&self) -> edge::Proxies {
        self.trusted_proxies.iter().map(|network| network.0).collect()
    }

    /// What the single keys cannot check alone.
    fn check(self) -> Result<Self, Wrong> {
        if self.chaos && !(self.listen.ip().is_loopback() && self.ops_listen.ip().is_loopback()) {
            return Err(Wrong(
                "`chaos` is refused while `listen` or `ops_listen` is not a loopback address; \
                              the fault switches are for trying things out on one machine"
                    .into(),
            ));
        }
        if self.sandbox_at.is_empty() != self.sandbox_key_file.is_empty() {
            return Err(Wrong(
                "`sandbox_at` and `sandbox_key_file` belong together: a provider is believed by its key alone".into(),
            ));
        }
        if self.database_connections.0 == 0 {
            return Err(Wrong("`database_connections` must be at least 1".into()));
        }
        if !self.check_delays.is_sorted() {
            return Err(Wrong("`check_delays` must be in rising order".into()));
        }
        if self.sweep_interval.ms() > SWEEP_INTERVAL_MAX_MS {
            return Err(Wrong(
                "`sweep_interval` must be at most 1h: the sweeps end the orders whose messages were lost"
                    .into(),
            ));
        }
        Ok(self)
    }
}
