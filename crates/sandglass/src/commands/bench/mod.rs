//! `sandglass bench`.

mod all;
mod closings;
mod fill;
mod flash;
mod growth;
mod load;
mod own;
mod pages;
mod supply;
mod timers;

use std::process::ExitCode;

use ::bench::Auditor;
use anyhow::Result;
use clock::{Clock, SystemClock};

use super::{quiet, runtime};
use crate::cli::{BenchCommand, BenchOrdersArgs, Common};
use crate::config::Config;
use crate::shop::audit_schemas;

pub(super) fn run(command: &BenchCommand) -> Result<ExitCode> {
    match command {
        BenchCommand::Orders(args) => orders(args),
        BenchCommand::Timers(args) => timers::run(args),
        BenchCommand::Flash(args) => flash::run(args),
        BenchCommand::Growth(args) => growth::run(args),
        BenchCommand::All(args) => all::run(args),
        BenchCommand::Search(args) => {
            ::bench::search(args)?;
            Ok(ExitCode::SUCCESS)
        }
        BenchCommand::Pages(args) => pages::run(args),
        BenchCommand::Compare(args) => {
            ::bench::compare(args)?;
            Ok(ExitCode::SUCCESS)
        }
        BenchCommand::Fill(args) => {
            let config = quiet(&args.common)?;
            runtime()?.block_on(fill::fill(config, args))
        }
    }
}

/// Puts load on a shop; exit code 1 if the verdict is not clean.
fn orders(args: &BenchOrdersArgs) -> Result<ExitCode> {
    let (mut load, mut auditor) = (args.load.clone(), None);
    if args.config.is_some() {
        let config = quiet(&Common { config: args.config.clone(), data: load.data.clone() })?;
        if config.is_cluster() {
            auditor = Some(of_schemas(config)?);
        } else {
            load.data = Some(config.data);
        }
    }
    let clean = ::bench::run(&load, auditor)?;
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Audits the database of several processes, as `sandglass audit` does. Its address is looked for now, for a mistake in
/// it should not come out after the load.
fn of_schemas(config: Config) -> Result<Auditor> {
    config.database_of_auditor()?;
    Ok(Box::pin(async move {
        let report = audit_schemas(&config, SystemClock.now(), books::GRACE_MS).await?;
        Ok(serde_json::to_value(report)?)
    }))
}

/// Says on standard error what is being done.
#[expect(clippy::print_stderr, reason = "whoever waits for a long measurement is told what goes on")]
fn say(line: &str) {
    eprintln!("{line}");
}
