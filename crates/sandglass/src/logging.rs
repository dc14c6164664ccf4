//! Structured logs on standard error: standard output belongs to what was asked for.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::config::{Config, LogFormat, Wrong};

/// Starts logging as configured. Only the first call counts.
pub fn start(config: &Config) -> Result<(), Wrong> {
    let filter = EnvFilter::try_new(&config.log).map_err(|error| {
        Wrong(format!("configuration: `log = {:?}` is no log filter: {error}", config.log))
    })?;
    let colours = std::io::stderr().is_terminal();
    let lines = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
    let started = match config.log_format {
        LogFormat::Text => lines.compact().try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    if started.is_err() {
        tracing::debug!("logging was already started");
    }
    Ok(())
}
