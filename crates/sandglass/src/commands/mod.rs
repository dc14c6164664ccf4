//! The commands.

mod openapi;
mod order;

use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::cli::{Command, UpArgs};
use crate::{logging, up};

/// Runs one command to its end.
pub fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Up(args) => run_up(&args),
        Command::Openapi => openapi::print(),
        other => order::later(&other),
    }
}

fn run_up(args: &UpArgs) -> Result<ExitCode> {
    let config = args.configuration()?;
    logging::start(&config)?;
    show_times_in(&config.zone)?;
    runtime()?.block_on(up::up(config))?;
    Ok(ExitCode::SUCCESS)
}

fn show_times_in(zone: &str) -> Result<()> {
    let zone = if zone.is_empty() {
        jiff::tz::TimeZone::system()
    } else {
        jiff::tz::TimeZone::get(zone)
            .map_err(|error| crate::config::Wrong(format!("configuration: `zone`: {error}")))?
    };
    api::time::show_in(zone);
    Ok(())
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the runtime does not start")
}
